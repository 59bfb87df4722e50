"""Who asks: by a token, or by the client certificate of the connection."""

from __future__ import annotations

from typing import Any, Final

from fastapi import Request
from uvicorn.protocols.http.h11_impl import H11Protocol

from sync.receiver.limiting import RateLimiter
from sync.receiver.problems import Refused
from sync.receiver.storage.base import Device, Role, Storage
from sync.receiver.tokens import token_hash

_STATE: Final = "client_certificate_name"
_UNKNOWN: Final = "The hub does not know this device: its token or certificate is unknown here or was revoked."


class CertificateProtocol(H11Protocol):
    """Uvicorn's HTTP/1.1, which also hands on whose client certificate the connection has.

    ASGI has an extension for it (https://asgi.readthedocs.io/en/latest/specs/tls.html), which uvicorn doesn't offer.
    """

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 - asyncio's transports, TLS or not
        """Look at the certificate once the connection is there."""
        super().connection_made(transport)
        tls = transport.get_extra_info("ssl_object")
        name = _common_name(tls.getpeercert()) if tls is not None else None
        self.app_state = {**self.app_state, _STATE: name}


def _common_name(certificate: Any) -> str | None:  # noqa: ANN401 - ssl's nested tuples
    for part in (certificate or {}).get("subject", ()):
        for key, value in part:
            if key == "commonName":
                return str(value)
    return None


class Doorkeeper:
    """Lets in whom the storage knows, and nobody who guesses or asks too often.

    Args:
        storage: Knows the devices.
        requests: How often each device may ask.
        failures: How often one address may be wrong.
    """

    def __init__(self, storage: Storage, requests: RateLimiter, failures: RateLimiter) -> None:
        self._storage = storage
        self._requests = requests
        self._failures = failures

    def admit(self, request: Request, role: Role) -> Device:
        """Who asks.

        Raises:
            Refused: Nobody who is known, nobody who may do this, or too often.
        """
        device = self._known(request)
        if device is None:
            # Those who are known are not kept waiting for others behind the same address.
            wait_s = self._failures.wait_s(request.client.host if request.client else "unknown")
            if wait_s:
                raise Refused(429, "Too many attempts", "Wait before trying another token.", wait_s)
            raise Refused(401, "Not known", _UNKNOWN)
        if device.role != role:
            raise Refused(403, "Not allowed", f"This token is one of the role {device.role}.")
        wait_s = self._requests.wait_s(device.name)
        if wait_s:
            raise Refused(429, "Too many requests", "The hub takes fewer requests from one device.", wait_s)
        return device

    def _known(self, request: Request) -> Device | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token:
            return self._storage.by_token(token_hash(token.strip()))
        subject = getattr(request.state, _STATE, None)
        return self._storage.by_subject(subject) if subject else None
