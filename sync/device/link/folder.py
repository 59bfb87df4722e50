"""A published repository in a folder: a stick, a mounted share, a copy of ``public/``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from index.errors import NetworkError
from sync.device.link.base import Answer, Missing
from sync.device.link.limiting import TokenBucket

_BLOCK: Final = 1 << 18


class FolderLink:
    """Reads files of a folder as if they came over a line. Nothing outside the folder is read.

    Args:
        folder: ``public/`` itself, or the folder in which it lies.
        bucket: Bandwidth limit; a share may well be at the end of a thin line.
    """

    def __init__(self, folder: Path, bucket: TokenBucket | None = None) -> None:
        inner = folder / "public"
        self._root = inner if (inner / "metadata").is_dir() and not (folder / "metadata").is_dir() else folder
        self._bucket = bucket or TokenBucket(None)
        if not (self._root / "metadata").is_dir():
            raise NetworkError(
                f"{folder} holds nothing that a hub published: there is no folder “metadata” in it.",
                "Is the stick plugged in? Give the folder that “hub export-usb” wrote, or a copy of “public”.",
            )

    @property
    def address(self) -> str:
        """The folder."""
        return str(self._root)

    @property
    def hub_time(self) -> datetime | None:
        """A folder has no clock."""
        return None

    @contextmanager
    def ask(self, path: str, start: int = 0, end: int | None = None, validator: str | None = None) -> Iterator[Answer]:
        """See `Link.ask`."""
        place = self._root / path
        if not place.resolve().is_relative_to(self._root.resolve()):
            raise Missing(f"{path} leads out of {self._root}.")
        try:
            file = place.open("rb")
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
            raise Missing(f"{self._root} has no {path}.") from error
        except OSError as error:
            raise self._unreadable(path, error) from error
        with file:
            try:
                stat = place.stat()
                same = f"{stat.st_size}-{stat.st_mtime_ns}"
                if validator is not None and validator != same:
                    start = 0
                file.seek(start)
            except OSError as error:
                raise self._unreadable(path, error) from error
            yield Answer(start, stat.st_size, same, self._blocks(file, path, None if end is None else end - start))

    def close(self) -> None:
        """Nothing is held."""

    def _blocks(self, file: BinaryIO, path: str, left: int | None) -> Iterator[bytes]:
        size = min(_BLOCK, self._bucket.block)
        while left is None or left > 0:
            try:
                block = file.read(size if left is None else min(left, size))
            except OSError as error:
                raise self._unreadable(path, error) from error
            if not block:
                return
            self._bucket.take(len(block))
            if left is not None:
                left -= len(block)
            yield block

    def _unreadable(self, path: str, error: OSError) -> NetworkError:
        return NetworkError(
            f"{path} in {self._root} can't be read ({error.strerror or type(error).__name__}).",
            "Is the stick still plugged in? Try another copy.",
        )
