"""Running the endpoint: where it may listen, with which certificate, and how it ends."""

from __future__ import annotations

import ipaddress
import logging
import socket
import ssl
from collections.abc import Callable
from typing import Final

import uvicorn
from fastapi import FastAPI

from copilot.settings.serve import ServeSettings
from index.errors import UsageError

_CONNECTIONS: Final = 1024
_KEEP_ALIVE_S: Final = 30
_WAITING_CONNECTIONS: Final = 256  # of the system's, not yet accepted


class Server(uvicorn.Server):
    """Uvicorn, which tells the application as soon as it is to stop, so that endless streams end."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """See `uvicorn.Server.shutdown`."""
        self.config.loaded_app.state.stopping.set() if hasattr(self.config.loaded_app, "state") else None
        await super().shutdown(sockets)


def server(app: FastAPI, serve: ServeSettings) -> uvicorn.Server:
    """A server that is ready to run.

    Raises:
        UsageError: It would be open to other machines without TLS, or the certificate can't be used.
    """
    if not is_loopback(serve.host) and serve.tls_cert is None:
        raise UsageError(
            f"On {serve.host}, questions and documents would travel unencrypted between machines.",
            "Give a certificate with --tls-cert and --tls-key, or listen on 127.0.0.1.",
        )
    config = uvicorn.Config(
        app,
        host=serve.host,
        port=serve.port,
        ssl_certfile=serve.tls_cert,
        ssl_keyfile=serve.tls_key,
        log_config=None,
        access_log=False,  # paths hold quotes of documents
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_CONNECTIONS,
        backlog=_WAITING_CONNECTIONS,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=max(1, round(serve.shutdown_s)),
    )
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        raise UsageError(f"The certificate can't be used: {error}", "Check --tls-cert and --tls-key.") from error
    return Server(config)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def run(server: uvicorn.Server, tell: Callable[[str], None]) -> None:
    """Serve until told to stop.

    Args:
        server: As `server` makes it.
        tell: Told where it listens, once it does.

    Raises:
        UsageError: The address can't be listened on.
    """
    config = server.config
    listening = listen(config.host, config.port, config.backlog)
    scheme = "https" if config.is_ssl else "http"
    host, port = listening.getsockname()[:2]
    tell(f"Listening on {scheme}://{f'[{host}]' if ':' in host else host}:{port} (Ctrl-C stops)")
    with listening:
        server.run([listening])


def listen(host: str, port: int, backlog: int = _WAITING_CONNECTIONS) -> socket.socket:
    """Open the socket.

    Raises:
        UsageError: It can't be.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host.strip("[]"), port), family=family, backlog=backlog)
    except OSError as error:
        raise UsageError(
            f"{host}:{port} can't be listened on ({error.strerror or type(error).__name__}).",
            "Stop what listens there, or choose another port with --port.",
        ) from error
