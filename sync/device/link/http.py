"""A published repository on any static file server."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

import httpx

from index.errors import NetworkError, UsageError
from sync.device.link.base import Answer, LineBroken, Missing
from sync.device.link.limiting import TokenBucket

TIMEOUTS: Final = httpx.Timeout(connect=15.0, read=45.0, write=15.0, pool=15.0)
_AS_IT_IS: Final = "/%:@!$&'()*+,;=~"
"""What a path may hold (RFC 3986); the names of roles come quoted already."""
_MOST_REDIRECTS: Final = 5
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_WHY: Final = {"ConnectTimeout": "no answer", "ReadTimeout": "it fell silent", "PoolTimeout": "no free connection"}
_ERRNO: Final = re.compile(r"^\[Errno -?\d+\] ")
_HTML_BEGINS: Final = re.compile(rb"\s*<(!doctype\s+html|html|head|body)\b", re.IGNORECASE)


class HttpLink:
    """Asks an HTTP server for files and parts of files.

    Args:
        url: Of ``public/``, without credentials.
        token: Sent as a bearer token to this very host; never to one that it redirects to.
        bucket: Bandwidth limit.
        timeouts: For each phase: connecting, the next byte, sending, a free connection.
        transport: Takes the place of the network's own, where somebody has another.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        bucket: TokenBucket | None = None,
        timeouts: httpx.Timeout = TIMEOUTS,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"{url} is no address of a hub.", "It looks like https://hub.example.com/public")
        if parts.username or parts.password:
            raise UsageError(
                "The hub's address holds a user name or password.",
                "Leave it out, and name an environment variable that holds a token: --token-env",
            )
        self._base = url.rstrip("/") + "/"
        self._origin = (parts.scheme, parts.hostname, parts.port)
        self._token = token
        self._bucket = bucket or TokenBucket(None)
        self._hub_time: datetime | None = None
        self._client = httpx.Client(
            timeout=timeouts, follow_redirects=False, transport=transport, verify=_certificates()
        )

    @property
    def address(self) -> str:
        """The address of ``public/``."""
        return self._base.rstrip("/")

    @property
    def hub_time(self) -> datetime | None:
        """The `Date` of the last answer."""
        return self._hub_time

    @contextmanager
    def ask(self, path: str, start: int = 0, end: int | None = None, validator: str | None = None) -> Iterator[Answer]:
        """See `Link.ask`."""
        headers = {"Accept-Encoding": "identity", "User-Agent": "edge-copilot"}
        if start or end is not None:
            headers["Range"] = f"bytes={start}-{'' if end is None else end - 1}"
            if validator is not None:
                headers["If-Range"] = validator
        try:
            with self._redirected(self._base + quote(path, safe=_AS_IT_IS), headers) as response:
                yield self._answer(response, path, start)
        except httpx.TransportError as error:
            raise self._broken(error) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NetworkError(f"{self.address} can't be asked: {error}", "Check the hub's address.") from error

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    @contextmanager
    def _redirected(self, url: str, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        """Follow redirects ourselves: few, never back to where we were, never from https to http."""
        seen = [url]
        while True:
            own = dict(headers)
            parts = urlsplit(url)
            if self._token is not None and (parts.scheme, parts.hostname, parts.port) == self._origin:
                own["Authorization"] = f"Bearer {self._token}"
            with self._client.stream("GET", url, headers=own) as response:
                if response.status_code not in _REDIRECTS or "Location" not in response.headers:
                    yield response
                    return
                onward = urljoin(url, response.headers["Location"])
            if onward in seen:
                raise NetworkError(
                    f"The hub sends in a circle: {seen[0]} leads back to {onward}.",
                    "Check the hub's address, and the redirects of its web server.",
                )
            if len(seen) > _MOST_REDIRECTS:
                raise NetworkError(
                    f"The hub sends from address to address, more than {_MOST_REDIRECTS} times ({seen[0]}).",
                    "Check the hub's address, and the redirects of its web server.",
                )
            scheme = urlsplit(onward).scheme
            if scheme not in ("http", "https") or (urlsplit(url).scheme == "https" and scheme == "http"):
                raise NetworkError(
                    f"The hub sends from {url} to {onward}, which is not protected as https is.",
                    "Check the hub's address, and the redirects of its web server.",
                )
            seen.append(onward)
            url = onward

    def _answer(self, response: httpx.Response, path: str, start: int) -> Answer:
        if response.status_code == 416:  # it ends before what was asked for; where, it says
            return Answer(start, _total_of(response), None, iter(()))
        self._hub_time = _date_of(response)
        self._refuse(response, path)
        begins = _start_of(response) if response.status_code == 206 else 0
        if begins is None:
            raise NetworkError(
                f"{self.address} answers with a part of {path} and doesn't say which.",
                "Its web server is faulty; nothing was used.",
            )
        return Answer(begins, _total_of(response), _validator(response), self._blocks(response, whole=begins == 0))

    def _blocks(self, response: httpx.Response, whole: bool) -> Iterator[bytes]:
        # In the pieces that arrive: what httpx would gather into larger blocks is lost when the line breaks.
        size = self._bucket.block
        first = whole
        try:
            for arrived in response.iter_raw():
                if first and arrived:
                    first = False
                    if _HTML_BEGINS.match(arrived):
                        raise self._login_page(response)
                for at in range(0, len(arrived), size):
                    block = arrived[at : at + size]
                    self._bucket.take(len(block))
                    yield block
        except httpx.TransportError as error:
            raise self._broken(error) from error

    def _refuse(self, response: httpx.Response, path: str) -> None:
        code = response.status_code
        what = f"{code} {response.reason_phrase}".strip()
        if code in _PASSING:
            raise LineBroken(f"{self.address} answers {what}.", "It may be over in a moment: try again later.")
        if code == 401 or code == 407:
            raise NetworkError(
                f"{self.address} wants to know who asks ({what}).",
                "Enrol again with --token-env, naming the variable that holds this device's token.",
            )
        if code in (403, 404, 410):
            raise Missing(
                f"{self.address} has no {path} ({what}).",
                "Check the hub's address: it must lead to its folder “public”.",
                status=code,
            )
        if code not in (200, 206):
            raise NetworkError(f"{self.address} answers {what}.", "Check the hub's address and its web server.")
        if "html" in response.headers.get("Content-Type", "").lower():
            raise self._login_page(response)
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise NetworkError(
                f"{self.address} delivers {path} packed, though asked not to.",
                "Switch compression off in its web server; what it serves is compressed already.",
            )

    def _login_page(self, response: httpx.Response) -> NetworkError:
        return NetworkError(
            f"A login page answered instead of the hub ({response.url.host}).",
            "Open a browser and log in to this network, or ask for one that lets this device through; then try again.",
        )

    def _broken(self, error: httpx.TransportError) -> LineBroken:
        why = _WHY.get(type(error).__name__) or _ERRNO.sub("", str(error)).strip() or type(error).__name__
        return LineBroken(
            f"{self.address} can't be reached ({why}).",
            "What has arrived is kept. Try again where there is a network: edge-copilot sync now",
        )


@cache
def _certificates() -> ssl.SSLContext:
    """Reading the system's certificates takes 20 ms, and httpx would do it for each proxy it knows of."""
    return httpx.create_ssl_context()


def _date_of(response: httpx.Response) -> datetime | None:
    try:
        return parsedate_to_datetime(response.headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return None


def _start_of(response: httpx.Response) -> int | None:
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(found[1]) if found else None


def _total_of(response: httpx.Response) -> int | None:
    """The whole file's size, as far as the server tells it."""
    if response.status_code in (206, 416):
        told = response.headers.get("Content-Range", "").rpartition("/")[2]
    else:
        told = response.headers.get("Content-Length", "")
    return int(told) if told.isdecimal() and len(told) < 19 else None


def _validator(response: httpx.Response) -> str | None:
    """What says at the next try that the file is still the same; a weak tag doesn't (RFC 9110, 13.1.5)."""
    tag = response.headers.get("ETag", "")
    if tag and not tag.startswith("W/"):
        return str(tag)
    modified = response.headers.get("Last-Modified")
    return str(modified) if modified else None
