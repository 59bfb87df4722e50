"""Folders that a web server shows: WebDAV (RFC 4918), as SharePoint and Nextcloud speak it, and plain HTML listings."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree import ElementTree

from selectolax.lexbor import LexborHTMLParser

from index.errors import NetworkError
from sync.hub.settings import SourceSettings
from sync.hub.sources.http import Gone, Reply, WebServer, asks_for_password, login_page
from sync.hub.sources.mirror import Mirror

_PROPERTIES: Final = (
    b'<?xml version="1.0" encoding="utf-8"?><d:propfind xmlns:d="DAV:"><d:prop>'
    b"<d:resourcetype/><d:getetag/><d:getlastmodified/><d:getcontentlength/></d:prop></d:propfind>"
)
_TITLE: Final = re.compile(r"index of|directory listing|parent directory|\[to parent directory\]", re.IGNORECASE)
_FOLDERS: Final = 50_000


@dataclass(frozen=True, slots=True)
class _Entry:
    url: str
    is_folder: bool
    etag: str = ""


class _Listed:
    """Walks folders; what they hold, each kind of server tells in its way."""

    def __init__(self, settings: SourceSettings) -> None:
        location = re.sub(r"^(web)?davs?(?=://)", lambda m: "https" if "s" in m[0][3:] else "http", settings.location)
        self._settings = settings.model_copy(
            update={"location": location if location.endswith("/") else f"{location}/"}
        )
        self._root = self._settings.location

    def refresh(self, mirror: Mirror) -> str:
        """See `sync.hub.sources.base.Source.refresh`."""
        with WebServer(self._settings) as server:
            pending, seen = [self._root], {self._key(self._root)}
            while pending:
                folder = pending.pop()
                try:
                    entries = list(self._list(server, folder))
                except Gone as error:
                    if folder == self._root:
                        raise NetworkError(f"There is nothing at {folder}.", "Check the address.") from error
                    continue
                except NetworkError as error:
                    if folder == self._root:
                        raise
                    mirror.incomplete(self._path(folder), str(error))
                    continue
                for entry in sorted(entries, key=lambda entry: entry.url):
                    if not self._below(entry.url) or self._key(entry.url) in seen:
                        continue
                    seen.add(self._key(entry.url))
                    if not entry.is_folder:
                        self._take(mirror, server, entry)
                    elif len(seen) < _FOLDERS:
                        pending.append(entry.url if entry.url.endswith("/") else f"{entry.url}/")
        return ""

    def _list(self, server: WebServer, folder: str) -> Iterator[_Entry]:
        raise NotImplementedError

    def _take(self, mirror: Mirror, server: WebServer, entry: _Entry) -> None:
        path = self._path(entry.url)
        if not mirror.wanted(path):
            return
        known = mirror.known(path)
        if entry.etag and known is not None and f'"{entry.etag}"' in known.replace('\\"', ""):
            mirror.keep(path)
        else:
            server.fetch(mirror, entry.url, path)

    def _below(self, url: str) -> bool:
        there, here = urlsplit(url), urlsplit(self._root)
        return (there.scheme, there.netloc) == (here.scheme, here.netloc) and unquote(there.path).startswith(
            unquote(here.path)
        )

    def _path(self, url: str) -> str:
        return posixpath.normpath(unquote(urlsplit(url).path).removeprefix(unquote(urlsplit(self._root).path)))

    @staticmethod
    def _key(url: str) -> str:
        return unquote(urlsplit(url).path).rstrip("/")


class WebDavSource(_Listed):
    """Lists with PROPFIND, folder by folder; compares by ETag where the listing has it."""

    def _list(self, server: WebServer, folder: str) -> Iterator[_Entry]:
        got: list[tuple[Reply, bytes]] = []
        server.ask(
            folder,
            lambda reply: got.append((reply, reply.body())),
            method="PROPFIND",
            headers={"Depth": "1", "Content-Type": "application/xml"},
            content=_PROPERTIES,
        )
        reply, body = got[-1]
        if reply.status != 207:
            if reply.is_page and asks_for_password(body):
                raise login_page(folder)
            raise NetworkError(f"{folder} doesn't speak WebDAV.", "Check the address, or try --type listing.")
        if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
            raise NetworkError(f"{folder} answers with XML that declares entities.", "No WebDAV server should.")
        try:
            tree = ElementTree.fromstring(body)  # noqa: S314 - no entities, see above
        except ElementTree.ParseError as error:
            raise NetworkError(f"{folder} answers with broken XML ({error}).", "Try again later.") from error
        for response in tree.iter("{DAV:}response"):
            href = response.findtext("{DAV:}href", "").strip()
            if href:
                is_folder = response.find(".//{DAV:}resourcetype/{DAV:}collection") is not None
                etag = (response.findtext(".//{DAV:}getetag") or "").strip().removeprefix("W/").strip('"')
                yield _Entry(urljoin(folder, href), is_folder, etag)


class ListingSource(_Listed):
    """Reads the pages on which a web server lists a folder (Apache, nginx, IIS, Python); asks for each file anew."""

    def _list(self, server: WebServer, folder: str) -> Iterator[_Entry]:
        reply, body = server.page(folder)
        tree = LexborHTMLParser(body) if reply.is_page else None
        if tree is None or asks_for_password(body):
            raise login_page(folder) if tree else NetworkError(f"{folder} is no listing.", "Check the address.")
        entries = []
        for node in tree.css("a[href]"):
            try:
                url = urljoin(reply.url, (node.attributes.get("href") or "").strip())
                parts = urlsplit(url)
            except ValueError:
                continue
            inner = parts.path.removeprefix(urlsplit(reply.url).path)
            # Only children: no links up, elsewhere, or to the same page sorted in another way.
            if inner != parts.path and inner and "/" not in inner.rstrip("/") and not parts.query:
                entries.append(_Entry(url.partition("#")[0], inner.endswith("/")))
        if not entries and not _TITLE.search((tree.body.text() if tree.body else "") + _title(tree)):
            raise NetworkError(
                f"{folder} is a web page, but lists no files.",
                "Perhaps a login page; or add the source with --type web to follow its links.",
            )
        yield from entries


def _title(tree: LexborHTMLParser) -> str:
    node = tree.css_first("title")
    return node.text() if node is not None else ""
