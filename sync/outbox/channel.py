"""The way to the hub's receiver: one POST, over HTTP with a token or a client certificate."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final, Protocol, Self
from urllib.parse import urlsplit

import httpx

from index.errors import NetworkError, UsageError

_MOST_ANSWER_BYTES: Final = 4 << 20
_LONGEST_WAIT_S: Final = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver said.

    Attributes:
        retry_after_s: When it wants to be asked again, where it said so.
    """

    status: int
    media_type: str
    body: bytes
    retry_after_s: float | None = None


class Channel(Protocol):
    """Carries batches to a receiver."""

    def post(self, path: str, body: bytes) -> Answer:
        """Send a zstd frame and wait for the answer.

        Raises:
            NetworkError: No answer came; whether the batch arrived is unknown.
        """
        ...


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """Who this device is. Never shown.

    Attributes:
        token: Sent with every request.
        certificate, key: A client certificate and its private key, PEM, instead of the token or with it.
        authority: Certificates that the hub's is checked against, PEM; None for those of the system.
    """

    token: str | None = None
    certificate: Path | None = None
    key: Path | None = None
    authority: Path | None = None


class HttpChannel:
    """A receiver's address.

    Args:
        url: Of the receiver, without ``/v1``.
        credentials: Who this device is.
        timeout_s: For connecting, and for each piece that is sent or received.
        now: For a ``Retry-After`` that names a time.

    Raises:
        UsageError: The address holds a password, or a token would travel unencrypted; a certificate can't be read.
    """

    def __init__(
        self,
        url: str,
        credentials: Credentials,
        *,
        timeout_s: float = 30.0,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        parts = urlsplit(url)
        if parts.username or parts.password:
            raise UsageError(
                "outbox.url holds a user name or a password, which would end up in logs.",
                "Take it out, and use outbox.token_file or outbox.token_env.",
            )
        if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
            raise UsageError(
                f"outbox.url is not encrypted ({url}): what leaves this device could be read on the way.",
                "Use https://.",
            )
        self._host = parts.netloc
        self._now = now or (lambda: datetime.now(UTC))
        headers = {"User-Agent": "edge-copilot", "Content-Type": "application/json", "Content-Encoding": "zstd"}
        if credentials.token is not None:
            headers["Authorization"] = f"Bearer {_checked_token(credentials.token)}"
        self._client = httpx.Client(
            base_url=url.rstrip("/"),
            headers=headers,
            timeout=timeout_s,
            # A redirect could lead the token and the batch to another machine.
            follow_redirects=False,
            verify=_tls(credentials) if parts.scheme == "https" else _TRUSTING_NOBODY,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *args: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def post(self, path: str, body: bytes) -> Answer:
        """Send a zstd frame and wait for the answer.

        Raises:
            NetworkError: No answer came; whether the batch arrived is unknown.
        """
        try:
            with self._client.stream("POST", path, content=body) as response:
                said = bytearray()
                for piece in response.iter_bytes():
                    said += piece
                    if len(said) > _MOST_ANSWER_BYTES:
                        raise NetworkError(f"{self._host} answers without end.", "Check outbox.url.")
                media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
                return Answer(response.status_code, media_type, bytes(said), self._retry_after_s(response))
        except httpx.TimeoutException as error:
            raise NetworkError(f"The hub does not answer in time ({self._host}).", _LATER) from error
        except (httpx.HTTPError, ssl.SSLError) as error:
            raise NetworkError(f"The hub can't be reached ({self._host}): {_cause(error)}.", _LATER) from error

    def _retry_after_s(self, response: httpx.Response) -> float | None:
        said = response.headers.get("Retry-After", "").strip()
        if not said:
            return None
        try:
            seconds = float(said) if said.isdecimal() else (parsedate_to_datetime(said) - self._now()).total_seconds()
        except (ValueError, TypeError):
            return None
        return min(max(seconds, 0.0), _LONGEST_WAIT_S)


_TRUSTING_NOBODY: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # httpx would read every certificate of the system

_LATER: Final = "What is in the outbox stays there; it is sent when the network is back."


def _cause(error: Exception) -> str:
    said = str(error).strip().rstrip(".")
    return said.split("\n")[0] if said else type(error).__name__


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _checked_token(token: str) -> str:
    if not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError("The hub's token has characters that no token has.", "Copy it again, without line breaks.")
    return token


def _tls(credentials: Credentials) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=credentials.authority)
        if credentials.certificate is not None:
            context.load_cert_chain(credentials.certificate, credentials.key)
    except (OSError, ssl.SSLError) as error:
        raise UsageError(
            f"The certificates for the hub can't be used: {error}",
            "Check outbox.client_cert, outbox.client_key and outbox.ca_file.",
        ) from error
    return context
