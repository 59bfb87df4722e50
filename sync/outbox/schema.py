"""The outbox's file: its tables, and how it is opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import apsw

from index.errors import (
    DiskFull,
    EdgeCopilotError,
    ReadOnlyData,
    StoreBusy,
    StoreCorrupt,
    StoreError,
    StoreTooNew,
    WrongKey,
)
from index.store.connection import PLAIN_HEADER, connect_reader, connect_writer
from index.store.faults import files_translated, translated
from index.store.files import sync_folder

VERSION: Final = 1
_WAL_KEPT_BYTES: Final = 4 << 20

_SCHEMA: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
-- AUTOINCREMENT: a number that was delivered is never given again.
CREATE TABLE items (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    created_at TEXT NOT NULL,
    fields TEXT NOT NULL,
    labels TEXT NOT NULL,
    field_labels TEXT NOT NULL,
    file_name TEXT,
    file_type TEXT,
    file BLOB,
    bytes INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    reason TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX items_by_kind ON items (kind, seq);
CREATE TABLE totals (kind TEXT PRIMARY KEY, items INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT;
CREATE TRIGGER items_put AFTER INSERT ON items BEGIN
    INSERT INTO totals VALUES (new.kind, 1, new.bytes)
        ON CONFLICT DO UPDATE SET items = items + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER items_gone AFTER DELETE ON items BEGIN
    UPDATE totals SET items = items - 1, bytes = bytes - old.bytes WHERE kind = old.kind;
END;
CREATE TABLE counters (
    collection TEXT NOT NULL,
    generation INTEGER NOT NULL,
    name TEXT NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (collection, generation, name)
) STRICT;
"""


def open_outbox(path: Path, key: str | None, instance: Callable[[], str]) -> apsw.Connection:
    """Open the outbox for writing, creating it where it is missing.

    Every commit is on the disk before it returns (``synchronous`` FULL): a note that a person has left is there after
    a loss of power.

    Args:
        key: Encrypts it, like the index.
        instance: Names a new outbox.

    Raises:
        StoreError, ResourceError: As `faults` translates them.
    """
    with faults(path):
        _check_key(path, key)
        fresh = not path.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = connect_writer(path, key)
        try:
            connection.pragma("journal_mode", "wal")
            connection.pragma("synchronous", "full")
            connection.pragma("journal_size_limit", _WAL_KEPT_BYTES)
            _create(connection, instance)
        except BaseException:
            connection.close()
            raise
        if fresh:
            sync_folder(path.parent)
        return connection


def open_for_reading(path: Path, key: str | None) -> apsw.Connection:
    """Open an outbox that exists, also where its folder can't be written to.

    Raises:
        StoreError: As `faults` translates them.
    """
    with faults(path):
        _check_key(path, key)
        connection = connect_reader(path, key)
        try:
            _check_version(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def _create(connection: apsw.Connection, instance: Callable[[], str]) -> None:
    if _check_version(connection):
        return
    connection.execute("BEGIN IMMEDIATE")  # two processes may meet here
    with connection:
        if not _check_version(connection):
            connection.execute(_SCHEMA)
            connection.execute("INSERT INTO meta VALUES ('instance', ?)", (instance(),))
            connection.pragma("user_version", VERSION)
    connection.execute("COMMIT")


def _check_version(connection: apsw.Connection) -> int:
    version = connection.pragma("user_version")
    assert isinstance(version, int)
    if version > VERSION:
        raise StoreTooNew(
            "The outbox was written by a newer version of Edge Copilot.", "Update this one; nothing in it is lost."
        )
    return version


def _check_key(path: Path, key: str | None) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(len(PLAIN_HEADER))
    except FileNotFoundError:
        return
    if head == PLAIN_HEADER and key is not None:
        raise WrongKey(
            f"The outbox is not encrypted, but a key is configured ({path}).",
            "Deliver it without the key first, or move it away to begin a new one.",
        )
    if head and head != PLAIN_HEADER and key is None:
        raise WrongKey(
            f"The outbox is encrypted, and no key is configured, or it is damaged ({path}).",
            "Name the key's source with index.key_env or index.key_file.",
        )


@contextmanager
def faults(path: Path, connection: apsw.Connection | None = None) -> Iterator[None]:
    """Say what SQLite or the operating system met, in words about the outbox.

    Raises:
        DiskFull, ReadOnlyData, StoreBusy, StoreCorrupt, WrongKey, StoreError
    """
    try:
        with files_translated(path), translated(path, connection):
            yield
    except EdgeCopilotError as error:
        if error.__cause__ is None:
            raise  # said here already
        raise _about_the_outbox(error, path) from error.__cause__


def _about_the_outbox(error: EdgeCopilotError, path: Path) -> EdgeCopilotError:
    if isinstance(error, DiskFull):
        return DiskFull(
            f"Nothing more can be kept in the outbox: the disk is full ({path.parent}).",
            "Nothing already kept was lost. Free some space, then try again.",
        )
    if isinstance(error, ReadOnlyData):
        return ReadOnlyData(
            f"Nothing can be kept in the outbox: its folder may only be read ({path.parent}).",
            "Make the folder writable, or give another with --data-dir.",
        )
    if isinstance(error, StoreCorrupt):
        return StoreCorrupt(
            f"The outbox can't be read: the file is damaged, or has another key ({path}).",
            "Configure the key that it was written with, or move the file away to begin a new one.",
        )
    if isinstance(error, StoreBusy):
        return StoreBusy("Another process is writing to the outbox.", "Wait until it is done, then try again.")
    if isinstance(error, StoreError):
        return StoreError(
            f"The outbox can't be read from or written to its disk ({path}).",
            "Check that the disk is connected and sound, then try again.",
        )
    return error
