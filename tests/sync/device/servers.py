"""A real server on loopback over a folder: with ranges or without, cutting, lying, redirecting, as a test says."""

from __future__ import annotations

import os
import random
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote


@dataclass
class Behaviour:
    """What the server does; changed while it runs.

    Attributes:
        ranges: Whether it knows them.
        cut: Called with the length of each body; returns after how many bytes the line breaks, or None.
        replace: Bodies other than the files', by path.
        statuses: Answered without a body, one for each request, before anything else.
        redirect: Called with the path; returns where to go instead, or None.
        headers: Sent with every body; they take the place of the server's own.
        etag: Of all files; None sends none.
        endless: Paths whose bodies never end, and that declare no length.
        reset: Whether a cut line is reset, so that what is under way is lost, rather than closed.
        lost_bytes: Of each cut body, what was under way and never arrives though it was sent.
        latency_s, bytes_per_s: The line's; for the benchmark.
    """

    ranges: bool = True
    cut: Callable[[int], int | None] = lambda length: None
    replace: dict[str, bytes] = field(default_factory=dict)
    statuses: list[int] = field(default_factory=list)
    redirect: Callable[[str], str | None] = lambda path: None
    headers: dict[str, str] = field(default_factory=dict)
    etag: str | None = '"1"'
    endless: set[str] = field(default_factory=set)
    reset: bool = False
    lost_bytes: int = 0
    latency_s: float = 0.0
    bytes_per_s: int | None = None


@dataclass
class FolderServer:
    folder: Path
    behaviour: Behaviour = field(default_factory=Behaviour)
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    sent_bytes: int = 0
    cuts: int = 0
    url: str = ""

    def asked_for(self, part: str) -> list[str | None]:
        return [span for path, span in self.requests if part in path]


def cutting(share: float, seed: int = 1) -> Callable[[int], int | None]:
    """Cut this share of connections at a random byte."""
    chance = random.Random(seed)
    lock = threading.Lock()

    def cut(length: int) -> int | None:
        with lock:
            return chance.randrange(length) if length and chance.random() < share else None

    return cut


@contextmanager
def serving(folder: Path, behaviour: Behaviour | None = None) -> Iterator[FolderServer]:
    server = FolderServer(folder, behaviour or Behaviour())
    with _running(_handler(server)) as url:
        server.url = url
        yield server


@contextmanager
def plain_server(folder: Path) -> Iterator[str]:
    """Python's own ``http.server``, which knows no ranges."""

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, directory=str(folder), **options)

        def log_message(self, *args: object) -> None:
            pass

    with _running(Handler) as url:
        yield url


@contextmanager
def _running(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    http.daemon_threads = True
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_address[1]}"
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


def _handler(server: FolderServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # head and body go in two writes; the second would wait for the first's receipt

        def do_GET(self) -> None:
            behaviour, path = server.behaviour, unquote(self.path)
            server.requests.append((path, self.headers.get("Range")))
            server.tokens.append(self.headers.get("Authorization"))
            if behaviour.latency_s:
                time.sleep(behaviour.latency_s)
            if behaviour.statuses:
                return self.empty(behaviour.statuses.pop(0))
            if onward := behaviour.redirect(path):
                return self.empty(302, {"Location": onward})
            if path in behaviour.endless:
                return self.endless()
            place = server.folder / path.lstrip("/")
            if path not in behaviour.replace and not place.is_file():
                return self.empty(404)
            return self.answer(behaviour, behaviour.replace.get(path) or place.read_bytes())

        def answer(self, behaviour: Behaviour, body: bytes) -> None:
            start, end, status, headers = 0, len(body), 200, dict(behaviour.headers)
            span = re.match(r"bytes=(\d+)-(\d*)$", self.headers.get("Range", ""))
            if span and behaviour.ranges and self.headers.get("If-Range") in (None, behaviour.etag):
                start, end = int(span[1]), min(end, int(span[2]) + 1 if span[2] else end)
                if start >= len(body):
                    return self.empty(416, {"Content-Range": f"bytes */{len(body)}"})
                status = 206
                headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(body)}"
            if behaviour.etag:
                headers["ETag"] = behaviour.etag
            rest = body[start:end]
            self.head(status, {"Content-Length": str(len(rest))} | headers)
            cut = behaviour.cut(len(rest))
            if cut is not None:
                lost = min(cut, behaviour.lost_bytes)
                server.sent_bytes += lost
                rest = rest[: cut - lost]
                self.close_connection = True
            self.send(rest, behaviour.bytes_per_s)
            if cut is not None:
                server.cuts += 1
                if behaviour.reset:
                    self.reset()
            return None

        def reset(self) -> None:
            """Close without a goodbye (RFC 9293, 3.10.7): the other side hears of an error, not of an end."""
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(self.request.detach())

        def endless(self) -> None:
            self.close_connection = True
            self.head(200, {"Connection": "close"})
            try:
                while True:
                    self.send(b"{" * 65536, None)
            except OSError:
                pass

        def send(self, data: bytes, bytes_per_s: int | None) -> None:
            step = len(data) if bytes_per_s is None else max(256, bytes_per_s // 20)
            for at in range(0, len(data), step or 1):
                piece = data[at : at + step]
                try:
                    self.wfile.write(piece)
                except OSError:
                    self.close_connection = True
                    if server.behaviour.endless:
                        raise
                    return
                server.sent_bytes += len(piece)
                if bytes_per_s is not None:
                    time.sleep(len(piece) / bytes_per_s)

        def head(self, status: int, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def empty(self, status: int, headers: dict[str, str] | None = None) -> None:
            self.head(status, {"Content-Length": "0"} | (headers or {}))

        def log_message(self, *args: object) -> None:
            pass

    return Handler
