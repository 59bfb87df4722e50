"""Sources of one's own, their mirrors, and a web server on loopback that tests fill as they like."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import stamina

from sync.hub.settings import SourceSettings
from sync.hub.sources import Mirror, Refreshed, open_source
from sync.hub.state import HubState


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    """Try as often as in earnest, but don't wait in between."""
    with stamina.set_testing(True, attempts=4, cap=True):
        yield


@pytest.fixture(autouse=True)
def _no_power_cuts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Don't wait for the disk: a killed process loses nothing that it has written."""
    monkeypatch.setattr("os.fsync", lambda _: None)


@dataclass
class Site:
    """A web server; ``pages`` maps paths to (status, headers, body), ``asked`` holds what came.

    ``failures`` of a path are answered first, in turn: a status, or None for a connection that breaks.
    """

    url: str = ""
    pages: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    failures: dict[str, list[int | None]] = field(default_factory=dict)

    def page(self, path: str, body: str | bytes, media_type: str = "text/html", **headers: str) -> None:
        content = body.encode() if isinstance(body, str) else body
        self.pages[path] = (200, {"Content-Type": media_type} | headers, content)

    def answer(self, path: str, status: int, **headers: str) -> None:
        self.pages[path] = (status, headers, b"")

    def paths(self, method: str = "GET") -> list[str]:
        return [path for asked, path, _ in self.asked if asked == method]


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet: two would wait for each other's acknowledgement

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            made.asked.append((self.command, self.path, dict(self.headers.items())))
            if made.failures.get(self.path):
                status = made.failures[self.path].pop(0)
                if status is None:
                    self.close_connection = True
                    self.send_response(200)
                    self.send_header("Content-Length", "100")
                    self.end_headers()
                    self.wfile.write(b"only this")
                    return None
                return self.send(status, {}, b"")
            key = f"{self.command} {self.path}" if self.command != "GET" else self.path
            status, headers, body = made.pages.get(key, (404, {}, b""))
            unchanged = [
                self.headers.get("If-None-Match") is not None and self.headers["If-None-Match"] == headers.get("ETag"),
                self.headers.get("If-Modified-Since") is not None
                and self.headers["If-Modified-Since"] == headers.get("Last-Modified"),
            ]
            if any(unchanged):
                return self.send(304, {k: v for k, v in headers.items() if k != "Content-Type"}, b"")
            return self.send(status, headers, body)

        do_PROPFIND = do_OPTIONS = do_GET  # noqa: N815

        def send(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 304:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if status != 304:
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def state(tmp_path: Path) -> Iterator[HubState]:
    with HubState(tmp_path / "state.db") as opened:
        yield opened


class Mirrored:
    """Refreshes one source into a mirror, as often as asked."""

    def __init__(self, folder: Path, settings: SourceSettings, state: HubState) -> None:
        self.folder, self.settings, self.state = folder, settings, state

    def refresh(self, **changes: object) -> Refreshed:
        settings = self.settings.model_copy(update=changes)
        mirror = Mirror(self.folder, settings, self.state, lambda: datetime.now(UTC))
        version = open_source(settings).refresh(mirror)
        return mirror.finish(version)

    def files(self) -> dict[str, bytes]:
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in sorted(found)}


@pytest.fixture
def mirrored(tmp_path: Path, state: HubState) -> Callable[..., Mirrored]:
    def make(type_: str, location: str | Path, **settings: object) -> Mirrored:
        source = SourceSettings.model_validate(
            {"id": "s", "collection": "presses", "type": type_, "location": str(location)} | settings
        )
        return Mirrored(tmp_path / "sources/s/files", source, state)

    return make
