"""Real servers on loopback: a package index, a model hub, plain files; slow, cut or lying where a test wants it."""

from __future__ import annotations

import hashlib
import re
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Served:
    """What stands at a path.

    Attributes:
        bodies: Each request gets the next one; the last one again and again.
        cuts: Each request's line breaks after so many bytes, in turn; then none does.
        statuses: Each request is answered so, in turn, without a body; then properly.
        hold: The answer waits until this is set.
        asked: Set once somebody asks.
    """

    bodies: list[bytes]
    etag: str | None = None
    ranges: bool = True
    cuts: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    redirect: str | None = None
    hold: threading.Event | None = None
    asked: threading.Event = field(default_factory=threading.Event)


class Server:
    def __init__(self) -> None:
        self.files: dict[str, Served] = {}
        self.requests: list[tuple[str, str | None]] = []
        self.tokens: list[str | None] = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"

    def serve(self, path: str, *bodies: bytes, **options: object) -> Served:
        served = Served(list(bodies), **options)  # type: ignore[arg-type]
        self.files[path] = served
        return served

    def add_package(self, name: str, version: str, *wheels: bytes) -> Served:
        """Put a package into the index; each download of it gets the next of the wheels."""
        wheel = f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
        self.serve(
            f"/simple/{name}/", f'<a href="/files/{wheel}">{wheel}</a>'.encode(), headers={"Content-Type": "text/html"}
        )
        return self.serve(f"/files/{wheel}", *wheels)

    def asked_for(self, part: str) -> list[str | None]:
        """The Range headers of the requests whose path holds ``part``."""
        return [span for path, span in self.requests if part in path]

    def _handler(outer) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.requests.append((self.path, self.headers.get("Range")))
                outer.tokens.append(self.headers.get("Authorization"))
                served = outer.files.get(self.path)
                if served is None:
                    return self.empty(404)
                served.asked.set()
                if served.hold is not None:
                    served.hold.wait(60)
                if served.statuses:
                    return self.empty(served.statuses.pop(0))
                if served.redirect:
                    return self.empty(302, served.headers | {"Location": served.redirect})
                body = served.bodies.pop(0) if len(served.bodies) > 1 else served.bodies[0]
                return self.answer(served, body)

            def answer(self, served: Served, body: bytes) -> None:
                start, status, headers = 0, 200, dict(served.headers)
                span = re.match(r"bytes=(\d+)-$", self.headers.get("Range", ""))
                same = self.headers.get("If-Range") in (None, served.etag)
                if span and served.ranges and same:
                    start = int(span[1])
                    if start >= len(body):
                        return self.empty(416, {"Content-Range": f"bytes */{len(body)}"})
                    status = 206
                    headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
                if served.etag:
                    headers["ETag"] = served.etag
                rest = body[start:]
                self.send_response(status)
                for name, value in ({"Content-Length": str(len(rest))} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                if served.cuts:
                    rest = rest[: served.cuts.pop(0)]
                    self.close_connection = True
                self.wfile.write(rest)
                return None

            def empty(self, status: int, headers: dict[str, str] | None = None) -> None:
                self.send_response(status)
                for name, value in ({"Content-Length": "0"} | (headers or {})).items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        return Handler


@contextmanager
def running() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        for served in server.files.values():
            if served.hold is not None:
                served.hold.set()
        server._http.shutdown()
        server._http.server_close()
        thread.join()


def make_wheel(path: Path, name: str, version: str, members: dict[str, bytes], damage: bytes | None = None) -> bytes:
    """Build a wheel; ``damage`` is a piece of stored content that is garbled afterwards, the archive staying intact."""
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    wheel = path.read_bytes()
    if damage is not None:
        assert wheel.count(damage) == 1
        wheel = wheel.replace(damage, bytes(byte ^ 0xFF for byte in damage))
    return wheel


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
