"""Running the receiver: addresses, certificates, and what may not be served without them."""

from __future__ import annotations

import ipaddress
import logging
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvicorn
from fastapi import FastAPI

from index.errors import UsageError
from sync.receiver.identity import CertificateProtocol

_CONCURRENT: Final = 512
_KEEP_ALIVE_S: Final = 30


@dataclass(frozen=True, slots=True)
class Address:
    """Where a receiver listens.

    Attributes:
        certificate, key: For TLS, PEM.
        client_authority: Devices may show a certificate that this one signed, instead of a token; PEM.
        behind_proxy: Something in front of it speaks TLS, so that it may listen to other machines without.
    """

    host: str = "127.0.0.1"
    port: int = 8450
    certificate: Path | None = None
    key: Path | None = None
    client_authority: Path | None = None
    behind_proxy: bool = False


def server(app: FastAPI, address: Address) -> uvicorn.Server:
    """A server that is ready to run.

    Raises:
        UsageError: Tokens would travel unencrypted between machines, or a certificate can't be used.
    """
    if address.certificate is None:
        if address.client_authority is not None:
            raise UsageError("Client certificates need TLS.", "Give --tls-cert and --tls-key too.")
        if not address.behind_proxy and not _is_loopback(address.host):
            raise UsageError(
                f"Without TLS, the tokens and notes of devices could be read on the way to {address.host}.",
                "Give --tls-cert and --tls-key, or --behind-proxy where a proxy in front speaks TLS.",
            )
    config = uvicorn.Config(
        app,
        host=address.host,
        port=address.port,
        http=CertificateProtocol if address.certificate else "auto",
        ssl_certfile=address.certificate,
        ssl_keyfile=address.key,
        ssl_ca_certs=str(address.client_authority) if address.client_authority else None,
        ssl_cert_reqs=ssl.CERT_OPTIONAL if address.client_authority else ssl.CERT_NONE,
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=_CONCURRENT,
        timeout_keep_alive=_KEEP_ALIVE_S,
        lifespan="off",
    )
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        raise UsageError(f"The certificates can't be used: {error}", "Check --tls-cert and --tls-key.") from error
    return uvicorn.Server(config)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
