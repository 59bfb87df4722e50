"""The data directory, its disk, and the index in it. Nothing is created or changed by looking."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from copilot.doctor.findings import Finding, Status
from copilot.hardware.machine import free_disk_bytes
from copilot.settings import Settings
from index.errors import StoreBusy, StoreCorrupt, StoreError, WrongKey

_MIB: Final = 1 << 20
_GIB: Final = 1 << 30
_LOW_DISK: Final = 2 * _GIB  # the default chat model takes 1.1 GB
_NO_DISK: Final = 100 * _MIB  # below this even a small change of the index may fail half-way


def check_data_dir(settings: Settings) -> Iterator[Finding]:
    """Look whether the data directory can be written to."""
    folder = settings.data_dir
    details: dict[str, object] = {"path": str(folder), "exists": folder.is_dir(), "writable": False}
    if folder.exists() and not folder.is_dir():
        yield Finding("data directory", "fault", f"{folder} is no folder.", "Give another with --data-dir.", details)
        return
    existing = next(path for path in (folder, *folder.parents) if path.is_dir())
    if reason := _why_not_writable(existing, probe=existing == folder):
        remedy = "Change its permissions, make the disk writable, or give another folder with --data-dir."
        yield Finding("data directory", "fault", f"{existing} can't be written to: {reason}.", remedy, details)
        return
    details["writable"] = True
    what = f"{folder} can be written to." if folder.is_dir() else f"{folder} will be created when it is needed."
    yield Finding("data directory", "ok", what, details=details)


def check_disk(settings: Settings) -> Iterator[Finding]:
    """Look at the free space where the data lies."""
    free = free_disk_bytes(settings.data_dir)
    details = {"free_bytes": free}
    if free < _NO_DISK:
        remedy = "Free some space before anything is ingested or fetched."
        yield Finding("disk", "fault", f"Only {free // _MIB} MiB are free.", remedy, details)
    elif free < _LOW_DISK:
        remedy = "Free some space before models are fetched."
        yield Finding("disk", "warning", f"Only {free // _MIB} MiB are free.", remedy, details)
    else:
        yield Finding("disk", "ok", f"{free / _GIB:.1f} GiB are free.", details=details)


def check_index(settings: Settings, embedder: str | None) -> Iterator[Finding]:
    """Look at the index: that it opens, is whole, and was made with the embedder that searches it.

    Args:
        settings: Say where it is and what its key is.
        embedder: Name of the embedder in use; None where there is none.
    """
    from index.store import Store, reading

    path = settings.index_file
    if not path.exists():
        remedy = "Put documents in: edge-copilot ingest FOLDER"
        yield Finding("index", "warning", "There are no documents yet.", remedy, {"path": str(path), "exists": False})
        return
    details: dict[str, object] = {"path": str(path), "exists": True, "bytes": _bytes_of(path)}
    try:
        with Store.open(path, key=settings.index.read_key(), read_only=True) as store:
            faults = store.check()
            with store.reader() as connection:
                documents, chunks = connection.execute(
                    "SELECT count(*), coalesce(sum(chunk_count), 0) FROM documents WHERE NOT hidden"
                ).get
                collections = len(reading.collections(connection))
                made_with = reading.embedder(connection)
                without_vector = reading.unembedded(connection)
    except StoreError as error:
        yield _unopened(error, details)
        return
    encrypted = settings.index.key_env is not None or settings.index.key_file is not None
    details |= {
        "documents": documents,
        "chunks": chunks,
        "collections": collections,
        "encrypted": encrypted,
        "embedder": made_with and made_with[0],
        "chunks_without_vector": without_vector,
    }
    if faults:
        remedy = "Set it aside and read its sources again: edge-copilot ingest --rebuild"
        yield Finding("index", "fault", f"It is damaged: {'; '.join(faults[:5])}", remedy, details)
        return
    what = (
        f"{documents} documents in {collections} collections, {chunks} chunks, "
        f"{int(str(details['bytes'])) / _MIB:.1f} MiB, {'encrypted' if encrypted else 'not encrypted'}, whole."
    )
    yield Finding("index", "ok", what, details=details)
    if chunks:
        yield from _check_vectors(made_with and made_with[0], embedder, without_vector)


def _check_vectors(made_with: str | None, embedder: str | None, without_vector: int) -> Iterator[Finding]:
    details = {"index": made_with, "in_use": embedder, "chunks_without_vector": without_vector}
    again = "Ingest the documents again: edge-copilot ingest FOLDER"
    if embedder is None and made_with is not None:
        what = f"The index has vectors of {made_with}, which is not in use: searching goes by words only."
        yield Finding("vectors", "warning", what, "Fetch it: edge-copilot models pull", details)
    elif embedder is not None and made_with is None:
        what = "The index was made without an embedder: searching goes by words only."
        yield Finding("vectors", "warning", what, again, details)
    elif made_with != embedder:
        what = f"The index was made with {made_with}, but {embedder} is in use: searching goes by words only."
        yield Finding("vectors", "warning", what, again, details)
    elif made_with is not None and without_vector:
        what = f"{without_vector} chunks have no vector: they are found by words only."
        yield Finding("vectors", "warning", what, again, details)


def _unopened(error: StoreError, details: dict[str, object]) -> Finding:
    status: Status = "warning" if isinstance(error, StoreBusy) else "fault"
    if isinstance(error, WrongKey):
        details["encrypted"] = True
    if isinstance(error, StoreCorrupt):
        details["corrupt"] = True
    return Finding("index", status, error.message, error.remedy, details)


def _bytes_of(path: Path) -> int:
    """Size of the database with what its log holds."""
    return sum(part.stat().st_size for part in (path, path.with_name(path.name + "-wal")) if part.exists())


def _why_not_writable(folder: Path, probe: bool) -> str | None:
    """Try it: permissions alone don't tell of a disk that is mounted read-only or full."""
    if not os.access(folder, os.W_OK | os.X_OK):
        return "this user has no permission"
    if not probe:
        return None
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0")
            file.flush()
    except OSError as error:
        return (error.strerror or type(error).__name__).lower()
    return None
