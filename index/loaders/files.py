"""Files as they are met in the field: vanished, unreadable, too large, not what they claim."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from index.documents import Block
from index.errors import DamagedDocument, DocumentTooLarge, InputError, UnreadableFile
from index.loaders.base import LoadLimits


def checked_size(path: Path, limits: LoadLimits) -> int:
    """The size of ``path`` in bytes, once it is known to be a file that may be loaded.

    Raises:
        UnreadableFile: It is gone, may not be read, or is no regular file.
        DamagedDocument: It is empty.
        DocumentTooLarge: It is over ``limits.file_bytes``.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise unreadable(path, error) from error
    if stat.S_ISDIR(status.st_mode):
        raise UnreadableFile(f"{path.name} is a folder, not a document.", "Name the files in it, or ingest the folder.")
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableFile(f"{path.name} is a device or a pipe, not a document.", "Copy its content into a file.")
    if status.st_size == 0:
        raise DamagedDocument(f"{path.name} is empty (zero bytes).", "Copy it again from where it came from.")
    if status.st_size > limits.file_bytes:
        raise DocumentTooLarge(
            f"{path.name} has {_size(status.st_size)}; the limit is {_size(limits.file_bytes)}.",
            "Split the document, or raise the limit in the settings.",
        )
    return status.st_size


def unreadable(path: Path, error: OSError) -> UnreadableFile:
    """``error`` in words for the person in front of the device."""
    if isinstance(error, FileNotFoundError):
        return UnreadableFile(f"{path.name} is no longer there.", "Check that the drive is still connected.")
    if isinstance(error, PermissionError):
        return UnreadableFile(
            f"{path.name} may not be read by this user.", "Give this user the right to read the file."
        )
    if isinstance(error, IsADirectoryError):
        return UnreadableFile(
            f"{path.name} is a folder, not a document.", "Name the files in it, or ingest the folder."
        )
    reason = error.strerror or type(error).__name__
    return UnreadableFile(f"{path.name} could not be read: {reason}.", "Check the drive that it lies on.")


def damaged(path: Path, kind: str, detail: str = "") -> DamagedDocument:
    """The error for a file that is broken inside."""
    told = f" ({detail})" if detail else ""
    return DamagedDocument(
        f"{path.name} is damaged and can't be read as {kind}{told}.",
        "Copy it again from where it came from, or open it in its own program and save it anew.",
    )


def guarded(path: Path, kind: str, blocks: Iterable[Block]) -> Iterator[Block]:
    """``blocks``, with whatever a parser raises half-way turned into an `InputError`."""
    try:
        yield from blocks
    except InputError:
        raise
    except OSError as error:
        raise unreadable(path, error) from error
    except MemoryError as error:
        raise DocumentTooLarge(
            f"{path.name} needs more memory than there is.", "Split the document into smaller files."
        ) from error
    except Exception as error:  # the parsers of hostile files raise anything; one bad file must not stop the rest
        raise damaged(path, kind, type(error).__name__) from error


def _size(count: int) -> str:
    """Bytes for a person: "1.5 GB"."""
    value = float(count)
    for unit in ("bytes", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"
