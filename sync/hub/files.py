"""Files of the served folder: written whole or not at all, on the disk before anything names them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from index.store.faults import files_translated
from index.store.files import sync_folder
from sync.format.limits import PIECE


def write_object(folder: Path, name: str, content: bytes) -> Path:
    """Write a file that never changes; one that is there already is left alone.

    Raises:
        DiskFull, ReadOnlyData: Nothing is there, or what was.
    """
    path = folder / name
    with files_translated(path):
        if path.exists() and path.stat().st_size == len(content):
            return path
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / f".{name}.{os.getpid()}.new"
        try:
            with fresh.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        except BaseException:
            with suppress(OSError):
                fresh.unlink()
            raise
        sync_folder(folder)
    return path


def pieces_of_file(path: Path) -> Iterator[bytes]:
    """Yield a file piece by piece, as it is published."""
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def file_digest(path: Path) -> bytes:
    """Return the SHA-256 of a file, 32 bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def damaged(path: Path, digest: bytes, size: int | None = None) -> bool:
    """Whether a file is not the one that its digest names, or is not there."""
    try:
        if size is not None and path.stat().st_size != size:
            return True
        return file_digest(path) != digest
    except OSError:
        return True
