"""A tree of web pages, followed from link to link, or the pages that a sitemap names.

robots.txt (RFC 9309) is obeyed, only the one server is asked, and only below the address that was given.
"""

from __future__ import annotations

import hashlib
import posixpath
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import unquote, urldefrag, urljoin, urlsplit
from urllib.robotparser import RobotFileParser

from selectolax.lexbor import LexborHTMLParser

from index.errors import NetworkError
from sync.hub.settings import SourceSettings
from sync.hub.sources.http import AGENT, Gone, Reply, WebServer, asks_for_password, login_page
from sync.hub.sources.mirror import Mirror, TooLarge

_COMPANIONS: Final = frozenset(
    {".avif", ".bmp", ".gif", ".ico", ".jpeg", ".jpg", ".png", ".svg", ".webp", ".css", ".js", ".mjs", ".map"}
    | {".eot", ".otf", ".ttf", ".woff", ".woff2", ".mp3", ".mp4", ".ogg", ".wav", ".webm", ".zip", ".gz", ".exe"}
)
_SITEMAPS: Final = 50  # that an index of sitemaps may name
_DELAY_S: Final = 10.0  # the longest pause between requests that robots.txt may ask for


class WebSource:
    """Compares by ETag and Last-Modified.

    Args:
        settings: Of type ``web`` or ``sitemap``.
        sleep: Waits, where robots.txt asks for it.
    """

    def __init__(self, settings: SourceSettings, sleep: Callable[[float], None] = time.sleep) -> None:
        self._settings = settings
        self._sleep = sleep
        parts = urlsplit(settings.location)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        top = "/" if settings.type == "sitemap" else posixpath.dirname(parts.path or "/")
        self._top = top if top.endswith("/") else f"{top}/"

    def refresh(self, mirror: Mirror) -> str:
        """See `sync.hub.sources.base.Source.refresh`."""
        with WebServer(self._settings) as server:
            robots = self._robots(server)
            pause_s = min(float(robots.crawl_delay(AGENT) or 0), _DELAY_S)
            first = self._settings.location
            starts = list(self._sitemap(server, first, robots)) if self._settings.type == "sitemap" else [first]
            if not any(self._ours(url) and robots.can_fetch(AGENT, url) for url in starts):
                raise NetworkError(
                    f"{first} names no page that may be read.",
                    "Its robots.txt forbids it, or a sitemap is empty or of another server. Ask who keeps the site.",
                )
            self._crawl(mirror, server, robots, deque(starts), pause_s, follow=self._settings.type == "web")
        return ""

    def _robots(self, server: WebServer) -> RobotFileParser:
        robots = RobotFileParser()
        try:
            _, text = server.page(f"{self._origin}/robots.txt")
        except Gone:
            text = b""
        robots.parse(text.decode("utf-8", "replace").splitlines())
        return robots

    def _sitemap(self, server: WebServer, first: str, robots: RobotFileParser) -> Iterator[str]:
        pending, seen = deque([first]), {first}
        while pending:
            url = pending.popleft()
            try:
                _, body = server.page(url)
            except Gone as error:
                raise NetworkError(f"There is no sitemap at {url}.", "Check the address.") from error
            # A lenient parser that expands no entities; the tags are all that is looked for.
            tree = LexborHTMLParser(body)
            if not tree.css("urlset, sitemapindex"):
                raise (
                    login_page(url)
                    if asks_for_password(body)
                    else NetworkError(f"{url} is no sitemap.", "Check the address, or add the source with --type web.")
                )
            for node in tree.css("loc"):
                address = urljoin(url, node.text(strip=True))
                if node.parent is not None and node.parent.tag == "sitemap":
                    if address not in seen and len(seen) < _SITEMAPS and self._ours(address):
                        seen.add(address)
                        pending.append(address)
                else:
                    yield address

    def _crawl(
        self,
        mirror: Mirror,
        server: WebServer,
        robots: RobotFileParser,
        pending: deque[str],
        pause_s: float,
        *,
        follow: bool,
    ) -> None:
        first = pending[0] if pending else ""
        seen = set(pending)
        while pending:
            url = pending.popleft()
            path = self._path(url)
            if not self._ours(url) or not robots.can_fetch(AGENT, url):
                continue
            if pause_s:
                self._sleep(pause_s)
            try:
                links = self._visit(mirror, server, url, path)
            except Gone as error:
                if follow and url == first:
                    raise NetworkError(f"There is no page at {url}.", "Check the address.") from error
                mirror.gone(path)
                continue
            except TooLarge as error:
                mirror.problem(path, str(error))
                continue
            except NetworkError as error:
                if url == first:
                    raise
                mirror.incomplete(path, str(error))
                continue
            for link in links if follow else ():
                if link not in seen and self._ours(link):
                    seen.add(link)
                    pending.append(link)

    def _visit(self, mirror: Mirror, server: WebServer, url: str, path: str) -> list[str]:
        """Fetch one page or document; return where its links lead."""
        wanted = mirror.wanted(path)  # a page that isn't wanted itself is still read for its links
        known = mirror.known(path) if wanted else None
        found: list[str] = []

        def use(reply: Reply) -> None:
            found.clear()
            if reply.status == 304:
                mirror.keep(path)
                if _is_page(path):
                    found.extend(_links(mirror.read(path), url))
            elif reply.is_page:
                body = reply.body()
                if asks_for_password(body):
                    raise login_page(url)
                found.extend(_links(body, reply.url))
                if wanted:
                    mirror.put(path, reply.version, [body])
            elif wanted and reply.media_type.partition("/")[0] not in ("image", "audio", "video", "font"):
                mirror.put(path, reply.version, reply.pieces)

        server.ask(url, use, version=known or "")
        return found

    def _ours(self, url: str) -> bool:
        parts = urlsplit(url)
        if f"{parts.scheme}://{parts.netloc}" != self._origin or not (parts.path or "/").startswith(self._top):
            return False
        return posixpath.splitext(parts.path)[1].lower() not in _COMPANIONS

    def _path(self, url: str) -> str:
        """Return the name of a page's file: that of its address below the source's."""
        parts = urlsplit(url)
        path = unquote(parts.path).removeprefix(self._top).lstrip("/")
        stem, suffix = posixpath.splitext(path)
        if not suffix or path.endswith("/"):
            stem, suffix = posixpath.join(path, "index"), ".html"
        if parts.query:
            stem += f"_{hashlib.sha256(parts.query.encode()).hexdigest()[:8]}"
        return posixpath.normpath(stem + suffix).replace("//", "/")


def _is_page(path: str) -> bool:
    return posixpath.splitext(path)[1].lower() not in (
        ".pdf",
        ".docx",
        ".pptx",
        ".xlsx",
        ".csv",
        ".txt",
        ".md",
        ".epub",
    )


def _links(page: bytes, url: str) -> list[str]:
    tree = LexborHTMLParser(page)
    base = tree.css_first("base[href]")
    if base is not None:
        url = urljoin(url, base.attributes.get("href") or "")
    found = []
    for node in tree.css("a[href], area[href]"):
        try:
            found.append(urldefrag(urljoin(url, (node.attributes.get("href") or "").strip())).url)
        except ValueError:  # what stands there is no address
            continue
    return found
