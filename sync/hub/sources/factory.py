"""Which kind of source an address is, and the source itself."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx

from index.errors import NetworkError, UsageError
from sync.hub.settings import SourceSettings, SourceType
from sync.hub.sources.base import Source
from sync.hub.sources.http import AGENT, tls_context

_GIT: Final = ("git+", "git://", "ssh://", "git@")
_DAV: Final = ("dav", "davs", "webdav", "webdavs")


def open_source(settings: SourceSettings) -> Source:
    """Return the source; nothing is opened or asked yet."""
    match settings.type:
        case "folder":
            from sync.hub.sources.folder import FolderSource

            return FolderSource(settings)
        case "git":
            from sync.hub.sources.git import GitSource

            return GitSource(settings)
        case "bucket":
            from sync.hub.sources.bucket import BucketSource

            return BucketSource(settings)
        case "web" | "sitemap":
            from sync.hub.sources.web import WebSource

            return WebSource(settings)
        case "webdav":
            from sync.hub.sources.listing import WebDavSource

            return WebDavSource(settings)
        case "listing":
            from sync.hub.sources.listing import ListingSource

            return ListingSource(settings)


def guess_type(location: str) -> SourceType:
    """Say what an address most likely is; a web server is asked.

    Raises:
        UsageError: There is no such path.
        NetworkError: The server can't be reached.
    """
    if location.startswith(_GIT) or location.rstrip("/").endswith(".git"):
        return "git"
    scheme = urlsplit(location).scheme if "://" in location or location.startswith("memory:") else ""
    if scheme in ("", "file"):
        path = Path(location)
        if (path / "HEAD").is_file() and (path / "objects").is_dir():
            return "git"
        if not path.exists() and scheme == "":
            raise UsageError(f"There is no file or folder {location}.", "Check the path.")
        return "folder" if scheme == "" else "bucket"
    if scheme in _DAV:
        return "webdav"
    if scheme in ("http", "https"):
        return _guess_web(location)
    return "bucket"


def _guess_web(location: str) -> SourceType:
    if urlsplit(location).path.endswith(".xml"):
        return "sitemap"
    try:
        headers = {"User-Agent": AGENT}
        with httpx.Client(headers=headers, timeout=20.0, follow_redirects=True, verify=tls_context()) as client:
            if "DAV" in client.options(location).headers:
                return "webdav"
            head = client.get(location).text[:100_000].lower()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NetworkError(
            f"{location} can't be reached ({type(error).__name__}).",
            "Check the address and the network; or say what it is with --type, and it is read at the next publish.",
        ) from error
    return "listing" if "<title>index of" in head or "directory listing for" in head else "web"
