"""Running the endpoint: where it may listen, with which certificate, and how it ends."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Final

import uvicorn
from fastapi import FastAPI

from copilot.http.certificates import CIPHERS, Certificate
from copilot.http.connections import PatientProtocol
from copilot.http.quiet import quieten
from copilot.http.security.keys import KeyFile
from copilot.settings import Settings
from copilot.settings.serve import is_loopback, keys_needed
from index.errors import UnreadableFile, UsageError

_CONNECTIONS: Final = 512
_KEEP_ALIVE_S: Final = 30
_BACKLOG: Final = 256  # connections that the system keeps until they are accepted
_SILENT_S: Final = 60  # after which the system asks whether the other side is still there


class Server(uvicorn.Server):
    """Uvicorn, which tells the application as soon as it is to stop, so that endless streams end.

    Args:
        config: Of uvicorn.
        stopping: Set then.
        certificate: Renewed while it runs; None without TLS.
    """

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event, certificate: Certificate | None = None) -> None:
        super().__init__(config)
        self.certificate = certificate
        self._stopping = stopping
        self._renewing: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """See `uvicorn.Server.startup`."""
        await super().startup(sockets)
        if self.certificate is not None:
            self._renewing = asyncio.create_task(self.certificate.keep())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """See `uvicorn.Server.shutdown`."""
        self._stopping.set()
        if self._renewing is not None:
            self._renewing.cancel()
        await super().shutdown(sockets)


def server(app: FastAPI, settings: Settings) -> Server:
    """A server that is ready to run.

    Raises:
        UsageError: Other machines could reach it without TLS, nobody could ask it, or the certificate can't be used.
        UnreadableFile: The certificate can't be read.
    """
    serve = settings.serve
    check(settings)
    config = uvicorn.Config(
        app,
        host=serve.host,
        port=serve.port,
        http=PatientProtocol,
        ssl_certfile=serve.tls_cert,
        ssl_keyfile=serve.tls_key,
        ssl_ciphers=CIPHERS,
        log_config=None,
        access_log=False,  # paths hold quotes of documents
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_CONNECTIONS,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=max(1, round(serve.shutdown_s)),
    )
    quieten()
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        raise UsageError(
            f"The certificate can't be used ({getattr(error, 'reason', None) or type(error).__name__}).",
            "serve.tls_cert must be a certificate with its chain and serve.tls_key its private key, both PEM, without "
            "a password.",
        ) from error
    certificate = None
    if config.ssl is not None and serve.tls_cert is not None and serve.tls_key is not None:
        certificate = Certificate(config.ssl, serve.tls_cert, serve.tls_key)
    return Server(config, app.state.stopping, certificate)


def check(settings: Settings) -> None:
    """See whether the endpoint may be opened as the settings say.

    Raises:
        UsageError: Other machines could reach it without TLS, or nobody could ask it.
        UnreadableFile: A certificate can't be read.
    """
    serve = settings.serve
    if not is_loopback(serve.host) and serve.tls_cert is None:
        raise UsageError(
            f"On {serve.host} other machines can reach this endpoint; without TLS, questions, documents and keys could "
            "be read on the way.",
            "Give a certificate with --tls-cert and --tls-key, or listen on 127.0.0.1.",
        )
    for path in (serve.tls_cert, serve.tls_key):
        if path is not None:
            _check_readable(path)
    if keys_needed(serve) and not KeyFile.of(settings.data_dir).entries():
        raise UsageError(
            "Nobody could ask this endpoint: it wants a key, and there is none yet.",
            "Make one: edge-copilot keys add NAME --role ask",
        )


def run(server: uvicorn.Server, tell: Callable[[str], None]) -> None:
    """Serve until told to stop.

    Args:
        server: As `server` makes it.
        tell: Told the address, once it listens.

    Raises:
        UsageError: The address can't be listened on.
    """
    config = server.config
    with listen(config.host, config.port) as listening:
        tell(address_of(listening, tls=config.is_ssl))
        server.run([listening])


def address_of(listening: socket.socket, *, tls: bool) -> str:
    """Where an open socket can be reached."""
    host, port = listening.getsockname()[:2]
    return f"{'https' if tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"


def listen(host: str, port: int) -> socket.socket:
    """Open the socket.

    Raises:
        UsageError: It can't be.
    """
    name = host.strip("[]")
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family = found[0][0]
        listening = socket.create_server((name, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise UsageError(
            f"{host}, port {port}, can't be listened on ({error.strerror or type(error).__name__}).",
            "Stop what listens there, or choose another address with --host and --port.",
        ) from error
    # Those that are accepted take it over: a machine that was cut off is noticed, and its connection closed.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_KEEPIDLE"):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _SILENT_S)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _SILENT_S // 4)
    return listening


def _check_readable(path: Path) -> None:
    try:
        path.open("rb").close()
    except OSError as error:
        raise UnreadableFile(
            f"{path} can't be read ({error.strerror}).", "Check serve.tls_cert, serve.tls_key and their permissions."
        ) from error
