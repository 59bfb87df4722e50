"""The two ways in: standard input and output, or HTTP on this machine alone."""

from __future__ import annotations

import ipaddress
import logging
import socket
from collections.abc import Callable

import uvicorn
from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette

from index.errors import UsageError

PATH = "/mcp"
_OURS = ("127.0.0.1:*", "localhost:*", "[::1]:*")
_SHUTDOWN_S = 5


async def over_stdio(server: MCPServer[object]) -> None:
    """Serve the assistant that started this process, until it goes."""
    await server.run_stdio_async()


def loopback_app(server: MCPServer[object]) -> Starlette:
    """Streamable HTTP without keys, for whoever is on this machine: pages of other origins are refused."""
    security = TransportSecuritySettings(
        allowed_hosts=list(_OURS),
        allowed_origins=[f"{scheme}://{host}" for scheme in ("http", "https") for host in _OURS],
    )
    return server.streamable_http_app(streamable_http_path=PATH, stateless_http=True, transport_security=security)


async def over_http(server: MCPServer[object], host: str, port: int, tell: Callable[[str], None]) -> None:
    """Serve assistants on this machine by streamable HTTP until told to stop.

    Args:
        server: As `build_server` makes it.
        host: An address of this machine alone.
        port: 0 takes a free one.
        tell: Told where it listens, once it does.

    Raises:
        UsageError: The address is none of this machine alone, or can't be listened on.
    """
    if not _is_loopback(host):
        raise UsageError(
            f"On {host} other machines could call these tools, and nobody would ask them for a key.",
            "Let them come through edge-copilot serve, which offers the same tools at /mcp, with TLS and keys.",
        )
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    config = uvicorn.Config(
        loopback_app(server),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_SHUTDOWN_S,
    )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host.strip("[]"), port), family=family)
    except OSError as error:
        raise UsageError(
            f"{host}:{port} can't be listened on ({error.strerror or type(error).__name__}).",
            "Stop what listens there, or choose another port with --port.",
        ) from error
    with listening:
        name, number = listening.getsockname()[:2]
        tell(f"http://{f'[{name}]' if ':' in name else name}:{number}{PATH}")
        await uvicorn.Server(config).serve([listening])


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
