"""A server on loopback that keeps every byte it is sent, and answers as it is told."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import zstandard

from sync.outbox.channel import Credentials, HttpChannel
from sync.outbox.delivery import Delivery, Patience
from sync.outbox.preparing import Preparer
from sync.outbox.store import Outbox

TOKEN = "ecd_secret-token-of-this-device"


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.unpacked)

    @property
    def unpacked(self) -> bytes:
        return zstandard.ZstdDecompressor().decompress(self.body)

    @property
    def ids(self) -> list[str]:
        return [item["id"] for item in self.json["items"]]


@dataclass
class Said:
    """An answer; ``cut`` closes the connection instead."""

    status: int = 200
    body: Any = None
    media_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


Answering = Callable[[Request], Said]


def takes_all(request: Request) -> Said:
    return Said(body={"accepted": request.ids})


@dataclass
class Wiretap:
    url: str
    answering: list[Answering] = field(default_factory=list)  # each request gets the next one; then all is taken
    requests: list[Request] = field(default_factory=list)
    captured: bytearray = field(default_factory=bytearray)

    def clear(self) -> None:
        self.answering.clear()
        self.requests.clear()
        self.captured.clear()

    def unpacked(self) -> bytes:
        """Every byte that came, and every body unpacked."""
        return bytes(self.captured) + b"".join(request.unpacked for request in self.requests)


@contextmanager
def tapped() -> Iterator[Wiretap]:
    listening = socket.create_server(("127.0.0.1", 0))
    tap = Wiretap(f"http://127.0.0.1:{listening.getsockname()[1]}")

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                threading.Thread(target=_serve, args=(connection, tap), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield tap
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def _serve(connection: socket.socket, tap: Wiretap) -> None:
    with connection, suppress(OSError):
        buffer = b""
        while True:
            while b"\r\n\r\n" not in buffer:
                piece = connection.recv(65536)
                if not piece:
                    return
                tap.captured += piece
                buffer += piece
            head, _, buffer = buffer.partition(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
            while len(buffer) < int(headers["content-length"]):
                piece = connection.recv(65536)
                if not piece:
                    return
                tap.captured += piece
                buffer += piece
            body, buffer = buffer[: int(headers["content-length"])], buffer[int(headers["content-length"]) :]
            request = Request(first.split(" ")[1], headers, body)
            tap.requests.append(request)
            said = (tap.answering.pop(0) if tap.answering else takes_all)(request)
            if said.cut:
                return
            content = said.body if isinstance(said.body, bytes) else json.dumps(said.body).encode()
            lines = [f"HTTP/1.1 {said.status} X", f"Content-Length: {len(content)}", f"Content-Type: {said.media_type}"]
            lines += [f"{name}: {value}" for name, value in said.headers.items()]
            connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + content)


@dataclass
class Sleeper:
    """A sleep that takes no time and remembers how long it was."""

    slept_s: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        self.slept_s.append(seconds)


def delivery(
    outbox: Outbox, tap: Wiretap, preparer: Preparer, sleep: Callable[[float], None] | None = None, **options: Any
) -> tuple[Delivery, HttpChannel]:
    channel = HttpChannel(tap.url, Credentials(token=TOKEN), timeout_s=10)
    return (
        Delivery(
            outbox,
            channel,
            preparer,
            options.pop("patience", Patience()),
            sleep=sleep or (lambda _: None),
            chance=lambda: 0.5,
            **options,
        ),
        channel,
    )
