"""A small SQLite file of the router's own, under the index's key; opened at its first use."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from index.errors import StoreCorrupt
from index.store.connection import connect_writer
from index.store.faults import files_translated, translated


class KeptFile:
    """One file with its tables. May be used by several threads and processes at once.

    Args:
        path: Created at its first use.
        key: Encrypts it, like the index.
        schema: Statements that make its tables where they are missing.
        what: What it holds, for messages: "usage".
    """

    def __init__(self, path: Path, key: str | None, schema: str, what: str) -> None:
        self.path = path
        self._key = key
        self._schema = schema
        self._what = what
        self._lock = threading.Lock()
        self._connection: apsw.Connection | None = None

    @contextmanager
    def writing(self) -> Iterator[apsw.Connection]:
        """One transaction, alone: on the disk when it ends, undone where it fails.

        Raises:
            StoreError, ResourceError: The file can't be read or written.
        """
        with self._lock, files_translated(self.path), translated(self.path, self._connection):
            try:
                connection = self._opened()
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                except BaseException:
                    connection.execute("ROLLBACK")
                    raise
                connection.execute("COMMIT")
            except (apsw.CorruptError, apsw.NotADBError) as error:
                raise StoreCorrupt(
                    f"The {self._what} of this device can't be read: the file is damaged, or has another key "
                    f"({self.path}).",
                    "Configure the key that it was written with, or move the file away to begin anew.",
                ) from error

    def _opened(self) -> apsw.Connection:
        if self._connection is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = connect_writer(self.path, self._key)
            try:
                connection.pragma("journal_mode", "wal")
                connection.pragma("synchronous", "full")  # what was spent or asked is known after a loss of power too
                connection.execute(self._schema)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
