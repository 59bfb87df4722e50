"""The key of an encrypted index: is it needed, is it the right one, and how is it changed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from index.errors import StoreError, WrongKey
from index.store.checking import findings
from index.store.connection import PLAIN_HEADER, connect_writer
from index.store.faults import corrupt
from index.store.sources import Sources


def check_key(path: Path, key: str | None) -> None:
    """Compare what the file's first bytes say with whether there is a key.

    Raises:
        WrongKey: There is one for a plain index, or none for an encrypted one.
        StoreCorrupt: It was a plain index once.
        StoreError: It may not be read.
    """
    try:
        with path.open("rb") as file:
            head = file.read(len(PLAIN_HEADER))
    except FileNotFoundError:
        return
    except PermissionError as error:
        raise StoreError(
            f"This user may not read the index ({path}).", "Give this user the right to, or use another --data-dir."
        ) from error
    if not head:
        return
    plain = head == PLAIN_HEADER
    if plain and key is not None:
        raise WrongKey(
            "The index is not encrypted, but a key is configured.",
            "Take the key out of the settings, or move the index away and ingest your documents anew.",
        )
    if plain or key is not None:
        return
    sources = Sources.read(path)
    if sources is not None and not sources.encrypted:
        raise corrupt(path)
    raise WrongKey(
        "The index is encrypted, and no key is configured.", "Name the key's source with index.key_env or key_file."
    )


@contextmanager
def readable(path: Path, key: str | None) -> Iterator[None]:
    """Say whether it is the key or the file when the first page makes no sense."""
    try:
        yield
    except apsw.NotADBError as error:
        sources = Sources.read(path) if key is not None else None
        if key is None or (sources is not None and not sources.encrypted):
            raise corrupt(path) from error
        if sources is not None and sources.key_check is not None and sources.key_check.fits(key):
            raise corrupt(path) from error
        raise WrongKey("The key does not open this index.", "Check index.key_env or index.key_file.") from error


def write_copy(path: Path, copy: Path, old: str | None, new: str | None) -> None:
    """Copy the index at ``path``, which is in no use and has no WAL, to ``copy`` under another key, and check it.

    Args:
        path: What ``old`` opens.
        copy: Replaced; on the disk for good when this returns.
        old, new: None for plain.

    Raises:
        StoreError: The copy is not whole.
        OSError, apsw.Error: No room, no right to.
    """
    shutil.copyfile(path, copy)
    connection = connect_writer(copy, old)
    try:
        connection.pragma("rekey", new if new is not None else "")
    finally:
        connection.close()
    connection = connect_writer(copy, new)
    try:
        if wrong := findings(connection):
            raise StoreError(f"The index could not be encrypted anew: {wrong[0]}", "Nothing was changed.")
    finally:
        connection.close()
    with copy.open("rb+") as file:
        os.fsync(file.fileno())
