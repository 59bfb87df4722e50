"""Asking a web server on a source's behalf: patiently, politely, within limits, and only that server."""

from __future__ import annotations

import json
import os
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath
from types import TracebackType
from typing import Final, Self
from urllib.parse import urljoin, urlsplit

import httpx
import stamina

from index.errors import NetworkError
from sync.hub.settings import SourceSettings
from sync.hub.sources.mirror import Mirror, TooLarge

AGENT: Final = "edge-copilot-hub"
PAGE_BYTES: Final = 32 << 20  # of a page or listing that is read for its links
_ATTEMPTS: Final = 4
_WAIT_S: Final = 1.0
_REDIRECTS: Final = 5
_TIMEOUT: Final = httpx.Timeout(60.0, connect=15.0)
_HTML: Final = ("text/html", "application/xhtml+xml")
_LOGIN: Final = re.compile(rb"<input[^>]+type\s*=\s*[\"']?password", re.IGNORECASE)


class _Busy(Exception):
    """The server is overloaded or ill: worth another try."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


class Gone(Exception):
    """The server says that there is no such thing."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The head of a response.

    Attributes:
        url: Where it came from in the end.
        status: 200, 207, or 304 where the copy that is here is still right.
        media_type: Without parameters.
        version: By which the server is asked next time.
        pieces: The body.
    """

    url: str
    status: int
    media_type: str
    version: str
    pieces: Iterator[bytes]

    @property
    def is_page(self) -> bool:
        """Whether it is HTML."""
        return self.media_type in _HTML

    def body(self) -> bytes:
        """Read all of the body.

        Raises:
            NetworkError: It is too long for a page.
        """
        parts, size = [], 0
        for piece in self.pieces:
            size += len(piece)
            if size > PAGE_BYTES:
                raise NetworkError(f"{self.url} is longer than a page or listing should be.", "Check the address.")
            parts.append(piece)
        return b"".join(parts)


class WebServer:
    """One server, asked with the source's credentials.

    Args:
        settings: Of the source.
    """

    def __init__(self, settings: SourceSettings) -> None:
        self._settings = settings
        self.root = settings.location
        headers = {"User-Agent": AGENT}
        auth = None
        if settings.token_env is not None:
            headers["Authorization"] = f"Bearer {_secret(settings.token_env)}"
        elif settings.username is not None:
            password = _secret(settings.password_env) if settings.password_env else ""
            auth = httpx.BasicAuth(settings.username, password)
        self._client = httpx.Client(
            headers=headers, auth=auth, timeout=_TIMEOUT, follow_redirects=False, verify=tls_context()
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def ask(
        self,
        url: str,
        use: Callable[[Reply], None],
        *,
        version: str = "",
        method: str = "GET",
        headers: dict[str, str] | None = None,
        content: bytes | None = None,
    ) -> None:
        """Ask, and hand the reply to ``use``; both are done again where the connection breaks.

        Args:
            url: On the source's server.
            use: Reads the body as far as it needs it.
            version: Of the copy that is here; where it is still right, the reply has status 304.

        Raises:
            Gone: There is no such thing.
            NetworkError: It can't be had: no connection, too many failures, not allowed, another server.
        """
        sent = (headers or {}) | _conditions(version)
        try:
            for attempt in stamina.retry_context(
                on=(httpx.TransportError, _Busy), attempts=_ATTEMPTS, timeout=None, wait_initial=_WAIT_S
            ):
                with attempt, self._opened(url, method, sent, content) as reply:
                    use(reply)
        except _Busy as error:
            raise NetworkError(
                f"{url} answers with status {error.status}, also after {_ATTEMPTS} tries.", "Try again later."
            ) from error
        except httpx.HTTPError as error:
            raise NetworkError(
                f"{url} can't be reached ({type(error).__name__}: {error}).", "Check the address and the network."
            ) from error
        except httpx.InvalidURL as error:
            raise NetworkError(f"{url[:200]} is no address ({error}).", "Check the address.") from error

    def page(self, url: str, *, version: str = "") -> tuple[Reply, bytes]:
        """Get a page or listing as a whole."""
        got: list[tuple[Reply, bytes]] = []
        self.ask(url, lambda reply: got.append((reply, reply.body())), version=version)
        return got[-1]

    def fetch(self, mirror: Mirror, url: str, path: str) -> None:
        """Bring one file of the mirror up to date; what can't be had is noted as a problem."""
        known = mirror.known(path)

        def use(reply: Reply) -> None:
            if reply.status == 304:
                mirror.keep(path)
            elif reply.is_page and not _names_a_page(path):
                raise NetworkError(
                    f"{url} is answered with a web page instead of the document.",
                    "Perhaps a login page: give --username or --token-env.",
                )
            else:
                mirror.put(path, reply.version, reply.pieces)

        try:
            self.ask(url, use, version=known or "")
        except Gone:
            mirror.gone(path)
        except (NetworkError, TooLarge) as error:
            mirror.problem(path, str(error))

    @contextmanager
    def _opened(self, url: str, method: str, headers: dict[str, str], content: bytes | None) -> Iterator[Reply]:
        for _ in range(_REDIRECTS + 1):
            with self._client.stream(method, url, headers=headers, content=content) as response:
                if response.has_redirect_location:
                    url = self._allowed(url, urljoin(url, response.headers.get("Location", "")))
                    continue
                self._complain(response, url)
                yield Reply(
                    url=url,
                    status=response.status_code,
                    media_type=response.headers.get("Content-Type", "").partition(";")[0].strip().lower(),
                    version=_version(response.headers),
                    pieces=response.iter_bytes(),
                )
                return
        raise NetworkError(f"{self.root} redirects without end.", "Check the address.")

    def _allowed(self, url: str, to: str) -> str:
        if urlsplit(to).hostname != urlsplit(self.root).hostname or urlsplit(to).scheme not in ("http", "https"):
            raise NetworkError(
                f"{url} leads to another server ({urlsplit(to).hostname}).",
                "Perhaps a login page: give --username or --token-env, or name that server as the source.",
            )
        return to

    @staticmethod
    def _complain(response: httpx.Response, url: str) -> None:
        status = response.status_code
        if status in (200, 203, 207, 304):
            return
        if status in (404, 410):
            raise Gone(url)
        if status in (401, 403, 407):
            raise NetworkError(
                f"{url} may not be read (status {status}).",
                "Give --username with --password-env, or --token-env, and check that they are right.",
            )
        if status in (408, 425, 429) or status >= 500:
            raise _Busy(status)
        raise NetworkError(f"{url} is answered with status {status}.", "Check the address.")


@cache
def tls_context() -> ssl.SSLContext:
    """Return what servers' certificates are checked with; reading them all takes a tenth of a second."""
    return httpx.create_ssl_context()


def asks_for_password(page: bytes) -> bool:
    """Whether a page is a login page."""
    return _LOGIN.search(page) is not None


def login_page(url: str) -> NetworkError:
    """The error for a login page where something else was expected."""
    return NetworkError(
        f"{url} answers with a login page.", "Give --username with --password-env, or --token-env, as it asks for."
    )


def _names_a_page(path: str) -> bool:
    return PurePosixPath(path).suffix.lower() in ("", ".htm", ".html", ".xhtml", ".php", ".asp", ".aspx", ".jsp")


def _conditions(version: str) -> dict[str, str]:
    if not version:
        return {}
    known = json.loads(version)
    headers = {}
    if "etag" in known:
        headers["If-None-Match"] = known["etag"]
    if "modified" in known:
        headers["If-Modified-Since"] = known["modified"]
    return headers


def _version(headers: httpx.Headers) -> str:
    found = {"etag": headers.get("ETag"), "modified": headers.get("Last-Modified")}
    return json.dumps({key: value for key, value in found.items() if value})


def _secret(variable: str) -> str:
    value = os.environ.get(variable)
    if not value:
        raise NetworkError(f"The environment variable {variable} is not set.", "Set it to the source's secret.")
    return value
