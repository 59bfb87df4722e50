"""The two servers of `bench.fleet`, each in a process of its own, counting what goes over the wire."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync.receiver.app import Limits, create_app
from sync.receiver.serving import Address, server
from sync.receiver.storage import open_storage

PROCESSES = multiprocessing.get_context("spawn")


class Counting:
    """Counts requests by what they ask for, and bytes both ways: bodies, and headers as they stand in HTTP/1.1."""

    def __init__(self, app: ASGIApp, counts: Counter[str], kind_of: Callable[[str], str]) -> None:
        self._app, self._counts, self._kind_of = app, counts, kind_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self._counts[f"requests {self._kind_of(scope['path'])}"] += 1
        self._counts["bytes in"] += len(scope["method"]) + len(scope["path"]) + 12 + _header_bytes(scope["headers"])

        async def counted_receive() -> Message:
            message = await receive()
            self._counts["bytes in"] += len(message.get("body", b""))
            return message

        async def counted_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._counts["bytes out"] += 17 + _header_bytes(message["headers"])
                self._counts[f"status {message['status']}"] += 1
            else:
                self._counts["bytes out"] += len(message.get("body", b""))
            await send(message)

        await self._app(scope, counted_receive, counted_send)


def _header_bytes(headers: Any) -> int:  # noqa: ANN401 - ASGI's pairs
    return 2 + sum(len(name) + len(value) + 4 for name, value in headers)


def kind_of_file(path: str) -> str:
    return path.strip("/").split("/")[1] if path.startswith("/objects/") else path.strip("/").split("/")[0]


@dataclass
class Running:
    """A server that runs: its address, and its counters since they were last taken."""

    url: str
    pipe: Connection

    def take(self) -> Counter[str]:
        self.pipe.send("take")
        return Counter(self.pipe.recv())


def serve_static(pipe: Connection, folder: Path) -> None:
    counts: Counter[str] = Counter()
    app = Starlette()
    app.mount("/", StaticFiles(directory=folder))
    _serve(pipe, Counting(app, counts, kind_of_file), counts)


def serve_receiver(pipe: Connection, folder: Path) -> None:
    counts: Counter[str] = Counter()
    app = create_app(open_storage(folder), Limits(requests_per_minute=100_000, burst=10_000))
    _serve(pipe, Counting(app, counts, lambda path: path), counts)


def _serve(pipe: Connection, app: Any, counts: Counter[str]) -> None:  # noqa: ANN401 - an ASGI application
    serving = server(app, Address(port=0))

    def answer() -> None:
        while not serving.started:
            time.sleep(0.005)
        pipe.send(serving.servers[0].sockets[0].getsockname()[1])
        while pipe.recv() == "take":
            pipe.send(dict(counts))
            counts.clear()

    threading.Thread(target=answer, daemon=True).start()
    serving.run()


@contextmanager
def running(target: Callable[..., None], folder: Path) -> Iterator[Running]:
    """A server on loopback, ended by its process id when the block is left."""
    pipe, other = PROCESSES.Pipe()
    process = PROCESSES.Process(target=target, args=(other, folder), daemon=True)
    process.start()
    other.close()
    try:
        yield Running(f"http://127.0.0.1:{pipe.recv()}", pipe)
    finally:
        process.terminate()
        process.join(10)
        if process.is_alive():
            process.kill()
            process.join()
