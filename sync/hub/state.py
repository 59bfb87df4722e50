"""What a hub remembers between publications: which file came from where, and which object lies in which pack.

One small SQLite file, ``state.db``. What is published stands in ``public/`` and is true by its signatures; this only
saves finding it out again. Where it is lost, the next publication reads the sources and the packs anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import apsw

from index.errors import StoreTooNew
from index.store.faults import files_translated, translated

_MIGRATIONS: Final[tuple[str, ...]] = (
    """
    CREATE TABLE mirrored (
        source TEXT NOT NULL,
        path TEXT NOT NULL,
        version TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        PRIMARY KEY (source, path)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE refreshes (
        source TEXT PRIMARY KEY,
        finished_at TEXT NOT NULL,
        version TEXT NOT NULL,
        complete INTEGER NOT NULL,
        problems TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE packs (
        id INTEGER PRIMARY KEY,
        collection TEXT NOT NULL,
        digest BLOB NOT NULL,
        bytes INTEGER NOT NULL,
        index_digest BLOB NOT NULL,
        index_bytes INTEGER NOT NULL,
        UNIQUE (collection, digest)
    ) STRICT;

    CREATE TABLE objects (
        collection TEXT NOT NULL,
        digest BLOB NOT NULL,
        pack INTEGER NOT NULL REFERENCES packs (id) ON DELETE CASCADE,
        frame_start INTEGER NOT NULL,
        frame_bytes INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        PRIMARY KEY (collection, digest)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX objects_by_pack ON objects (pack);

    CREATE TABLE members (
        collection TEXT NOT NULL,
        document BLOB NOT NULL,
        object BLOB NOT NULL,
        PRIMARY KEY (collection, document, object)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE encoded (
        collection TEXT NOT NULL,
        path TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        digest BLOB NOT NULL,
        bytes INTEGER NOT NULL,
        PRIMARY KEY (collection, path)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE notes (
        collection TEXT NOT NULL,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (collection, key)
    ) STRICT, WITHOUT ROWID;
    """,
)


class HubState:
    """The open file. One user at a time: whoever holds the hub's lock.

    Args:
        path: Created where it is missing.

    Raises:
        StoreTooNew: A newer version wrote it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with translated(path), files_translated(path):
            self.connection = apsw.Connection(str(path))
            self.connection.set_busy_timeout(5_000)
            self.connection.pragma("journal_mode", "wal")
            self.connection.pragma("synchronous", "normal")
            self.connection.pragma("foreign_keys", True)
            self._migrate()

    @contextmanager
    def transaction(self) -> Iterator[apsw.Connection]:
        """Lend the connection for one transaction: committed at the end, undone if anything is raised.

        Raises:
            DiskFull, StoreBusy, StoreCorrupt: As SQLite met them.
        """
        with translated(self.path, self.connection):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    def note(self, collection: str, key: str) -> str | None:
        """Return what is noted of a collection under ``key``."""
        row = self.connection.execute(
            "SELECT value FROM notes WHERE collection = ? AND key = ?", (collection, key)
        ).fetchone()
        return str(row[0]) if row else None

    def write_note(self, collection: str, key: str, value: str | None) -> None:
        """Note something of a collection; None forgets it."""
        with self.transaction() as connection:
            if value is None:
                connection.execute("DELETE FROM notes WHERE collection = ? AND key = ?", (collection, key))
            else:
                connection.execute("INSERT OR REPLACE INTO notes VALUES (?, ?, ?)", (collection, key, value))

    def close(self) -> None:
        """Close it."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _migrate(self) -> None:
        version = int(self.connection.pragma("user_version"))
        if version > len(_MIGRATIONS):
            self.connection.close()
            raise StoreTooNew(f"{self.path} was written by a newer version.", "Update Edge Copilot on this hub.")
        for number, migration in enumerate(_MIGRATIONS[version:], version + 1):
            with self.transaction() as connection:
                connection.execute(migration)
                connection.pragma("user_version", number)
