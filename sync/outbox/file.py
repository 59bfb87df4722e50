"""The outbox's file in use: one connection, its transactions, and the small facts that are kept beside the items."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import apsw

from index.errors import ReadOnlyData
from sync.outbox.ids import new_instance
from sync.outbox.schema import faults, open_for_reading, open_outbox


class OutboxFile:
    """Opened when it is first used; may be used by several threads, and by several processes at once.

    Args:
        path: Created with the first write.
        key: Encrypts it, like the index.
    """

    def __init__(self, path: Path, key: str | None = None) -> None:
        self.path = path
        self._key = key
        self._lock = threading.RLock()
        self._connection: apsw.Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @contextmanager
    def writing(self) -> Iterator[apsw.Connection]:
        """One transaction, on the disk when it ends; within another it is part of that.

        Raises:
            StoreError, ResourceError: Nothing of it was written.
        """
        with self._lock, faults(self.path, self._connection):
            if self._connection is None:
                self._connection = open_outbox(self.path, self._key, new_instance)
            connection = self._connection
            if connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def read(self, query: str, bindings: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query; none where nothing was ever kept. Works where the folder can't be written to, too.

        Raises:
            StoreError: It is there but can't be read.
        """
        with self._lock, faults(self.path, self._connection):
            if self._connection is None:
                if not self.path.exists():
                    return []
                try:
                    self._connection = open_outbox(self.path, self._key, new_instance)
                except ReadOnlyData:
                    connection = open_for_reading(self.path, self._key)
                    try:
                        return connection.execute(query, bindings).fetchall()
                    finally:
                        connection.close()
            return self._connection.execute(query, bindings).fetchall()

    def instance(self) -> str:
        """The name of this installation's outbox, made with it.

        Raises:
            StoreError, ResourceError: It can't be read or created.
        """
        if not self.path.exists():
            with self.writing():
                pass
        found = self.remembered("instance")
        assert found is not None, "made with the file"
        return found

    def remembered(self, key: str) -> str | None:
        """A small fact that was kept with `remember`; None where there is none."""
        rows = self.read("SELECT value FROM meta WHERE key = ?", (key,))
        return str(rows[0][0]) if rows else None

    def remember(self, facts: Mapping[str, str]) -> None:
        """Keep small facts about the delivery, such as when the hub wants to be asked again."""
        with self.writing() as connection:
            connection.executemany(
                "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", facts.items()
            )
