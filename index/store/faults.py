"""SQLite's errors in words for the person in front of the device."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import apsw

from index.errors import DiskFull, EdgeCopilotError, ReadOnlyData, StoreBusy, StoreCorrupt, StoreError

# EFBIG: a file size limit of the process or of the file system (FAT32 ends at 4 GiB) is met like a full disk.
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})
_NO_WRITING: Final = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})

REBUILD: Final = "Run “edge-copilot ingest --rebuild”: it sets the damaged file aside and reads your documents again."


@contextmanager
def translated(path: Path, connection: apsw.Connection | None = None) -> Iterator[None]:
    """Raise the `EdgeCopilotError` that says what SQLite met in the index at ``path``.

    Args:
        path: The index file.
        connection: The one in use; it knows what the operating system said.

    Raises:
        DiskFull, ReadOnlyData, StoreBusy, StoreCorrupt, StoreError
    """
    try:
        yield
    except apsw.Error as error:
        known = _from_sqlite(error, path, connection)
        if known is None:
            raise
        raise known from error


@contextmanager
def files_translated(path: Path) -> Iterator[None]:
    """The same for what the operating system says about the files of the index; for no other files.

    Raises:
        DiskFull, ReadOnlyData
    """
    try:
        yield
    except OSError as error:
        known = _from_errno(error.errno or 0, path)
        if known is None:
            raise
        raise known from error


def corrupt(path: Path) -> StoreCorrupt:
    """The error for a damaged index file."""
    return StoreCorrupt(f"The index file is damaged ({path}).", REBUILD)


def disk_full(path: Path) -> DiskFull:
    """The error for a disk without room."""
    return DiskFull(
        f"The disk that holds the index is full ({path.parent}).",
        "Nothing already stored was lost. Free some space, then try again.",
    )


def read_only(path: Path) -> ReadOnlyData:
    """The error for a data directory that can't be written to."""
    return ReadOnlyData(
        f"The index may only be read, not changed ({path.parent}).",
        "Make the folder writable, or give another with --data-dir.",
    )


def _from_sqlite(error: apsw.Error, path: Path, connection: apsw.Connection | None) -> EdgeCopilotError | None:
    said = connection.system_errno if connection is not None else 0
    if isinstance(error, apsw.FullError):
        return disk_full(path)
    if isinstance(error, apsw.ReadOnlyError):
        return read_only(path)
    if isinstance(error, apsw.CorruptError | apsw.NotADBError):
        return corrupt(path)
    if isinstance(error, apsw.BusyError | apsw.LockedError):
        return StoreBusy("Another process is writing to the index.", "Wait until it is done, then try again.")
    if isinstance(error, apsw.IOError | apsw.CantOpenError):
        return _from_errno(said, path) or StoreError(
            f"The index can't be read from or written to its disk ({path}).",
            "Check that the disk is connected and sound, then try again.",
        )
    if isinstance(error, apsw.SQLError) and said in _NO_ROOM:
        return disk_full(path)  # sqlite-vec reports every failure of its own tables as a plain error
    return None


def _from_errno(code: int, path: Path) -> EdgeCopilotError | None:
    if code in _NO_ROOM:
        return disk_full(path)
    return read_only(path) if code in _NO_WRITING else None
