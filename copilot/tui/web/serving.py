"""Serves the terminal UI to a browser on loopback.

textual-serve is made for the open web. What is changed here: only names of this machine are answered, so that no name
that is pointed at it gets in (DNS rebinding); a page of another origin may not open the socket, which no browser would
keep it from; and the page loads nothing from elsewhere, and says so in its policy.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import web
from textual_serve.server import Server

from index.errors import ResourceError

_HOST: Final = "127.0.0.1"
_NAMES: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
_POLICY: Final = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data: blob:; font-src 'self'; connect-src 'self' ws://127.0.0.1:* ws://localhost:*;"
    " frame-ancestors 'none'; base-uri 'none'"
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class LoopbackServer(Server):
    """Serves one command to browsers on this machine.

    Args:
        command: Starts the terminal UI.
        port: To listen on.
        name: By which browsers reach it; one of this machine's.
    """

    def __init__(self, command: str, port: int, tell: Callable[[str], None]) -> None:
        super().__init__(
            command,
            host=_HOST,
            port=port,
            title="Edge Copilot",
            templates_path=str(Path(__file__).parent / "page"),
        )
        self._tell = tell

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(_guard)
        return app

    async def on_startup(self, app: web.Application) -> None:
        """Say where it is."""
        self._tell(self.public_url)

    def initialize_logging(self) -> None:
        """Keep ours: what passes over the socket is text of documents."""


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    if _name_of(request.host) not in _NAMES:
        raise web.HTTPMisdirectedRequest(text="This is not the name of this machine.")
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise web.HTTPForbidden(text="Only the page of this server may use it.")
    if request.path == "/ws" and origin is None:
        raise web.HTTPForbidden(text="Only a browser on this machine may use it.")
    response = await handler(request)
    if not response.prepared:
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _name_of(host: str) -> str:
    return host if host.endswith("]") else host.rpartition(":")[0] or host


def serve(command: str, port: int, tell: Callable[[str], None]) -> None:
    """Serve until Ctrl-C.

    Args:
        command: Starts the terminal UI, quoted for a shell.
        port: To listen on, on loopback.
        tell: Told the address once it listens.

    Raises:
        ResourceError: The port is taken.
    """
    server: Any = LoopbackServer(command, port, tell)
    try:
        server.serve()
    except OSError as error:
        raise ResourceError(f"Port {port} can't be listened on.", "Choose another with --port.") from error
