"""Lets The Update Framework's client fetch over our link, with its retries, limits and clear words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from tuf.api.exceptions import DownloadError, DownloadHTTPError, DownloadLengthMismatchError
from tuf.ngclient import FetcherInterface

from index.errors import EdgeCopilotError, PackError
from sync.device.link import Link, Missing, Patience, read_small
from sync.format.limits import METADATA

BASE: Final = "link:/"
"""Stands before every path, where the client wants an address."""


class LinkFetcher(FetcherInterface):
    """Fetches metadata and publications.

    Attributes:
        fault: What the link said when a download failed.
        last: The last file's content, for messages about it.
        fetched_bytes: Of all files.
    """

    def __init__(self, link: Link, patience: Patience) -> None:
        self._link, self._patience = link, patience
        self.fault: EdgeCopilotError | None = None
        self.last = b""
        self.fetched_bytes = 0

    @property
    def hub_time(self) -> datetime | None:
        """What the hub's clock said last."""
        return self._link.hub_time

    def download_bytes(self, url: str, max_length: int) -> bytes:
        """Return a file of at most so many bytes; what is longer is cut off there and refused."""
        path = url.removeprefix(BASE)
        self.fault = None
        try:
            self.last = read_small(self._link, path, max_length, self._patience)
        except Missing as error:
            self.fault = error
            raise DownloadHTTPError(error.message, error.status) from error
        except PackError as error:
            self.fault = error
            raise DownloadLengthMismatchError(error.message) from error
        except EdgeCopilotError as error:
            self.fault = error
            raise DownloadError(error.message) from error
        self.fetched_bytes += len(self.last)
        return self.last

    def _fetch(self, url: str) -> Iterator[bytes]:
        yield self.download_bytes(url, METADATA)
