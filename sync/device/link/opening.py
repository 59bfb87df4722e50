"""Which kind of link an address needs."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from sync.device.link.base import Link
from sync.device.link.folder import FolderLink
from sync.device.link.limiting import TokenBucket


def is_url(address: str) -> bool:
    """Whether an address leads over a network rather than to a folder."""
    return urlsplit(address).scheme in ("http", "https")


def open_link(address: str, token: str | None = None, bucket: TokenBucket | None = None) -> Link:
    """Open the way to a hub.

    Args:
        address: An http(s) address, a ``file://`` one, or a folder.
        token: Of this device, where the server wants one.
        bucket: Bandwidth limit.

    Raises:
        UsageError: It is no address.
        NetworkError: The folder holds nothing that a hub published.
    """
    if is_url(address):
        from sync.device.link.http import HttpLink

        return HttpLink(address, token, bucket)
    parts = urlsplit(address)
    return FolderLink(Path(unquote(parts.path) if parts.scheme == "file" else address).expanduser(), bucket)
