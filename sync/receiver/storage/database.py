"""The seam between the storage's SQL and what runs it: SQLite in one file, or a PostgreSQL server."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import apsw

from index.errors import NetworkError, ResourceError, StoreCorrupt
from index.store.connection import connect_writer
from index.store.faults import files_translated, translated
from index.store.files import sync_folder

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg_pool import ConnectionPool

Rows = list[tuple[Any, ...]]


class Transaction(Protocol):
    """Runs statements that take hold together."""

    def run(self, statement: str, values: Sequence[object] = ()) -> Rows:
        """Run one statement, with ``?`` where the values go, and return its rows."""
        ...


class Database(Protocol):
    """What SQL runs on.

    Attributes:
        types: What the schema calls a number that the database gives (``serial``) and one of 64 bits (``integer``).
        lock_row: What, at the end of a SELECT, keeps others from the row until the transaction ends.
    """

    types: dict[str, str]
    lock_row: str

    def transaction(self) -> AbstractContextManager[Transaction]:
        """One transaction: durable when it ends, undone where it raises."""
        ...

    def close(self) -> None:
        """Close every connection."""
        ...


class SqliteDatabase:
    """One file; one transaction at a time.

    Args:
        path: Created where it is missing.
        key: Encrypts it, or None.

    Raises:
        StoreError, ResourceError: It can't be opened.
    """

    types = {"serial": "INTEGER PRIMARY KEY AUTOINCREMENT", "integer": "INTEGER"}  # noqa: RUF012 - constant
    lock_row = ""

    def __init__(self, path: Path, key: str | None = None) -> None:
        self._path = path
        self._lock = threading.Lock()
        with files_translated(path), translated(path):
            fresh = not path.exists()
            if fresh:
                path.touch(mode=0o600)  # it holds what people wrote
            self._connection = connect_writer(path, key)
            try:
                self._connection.pragma("journal_mode", "wal")
                # What a device was told is here must be here after a loss of power: the device has let go of it.
                self._connection.pragma("synchronous", "full")
            except apsw.NotADBError as error:
                raise StoreCorrupt(
                    f"The receiver's file is damaged, or has another key ({path}).", "Give the key it was made with."
                ) from error
            if fresh:
                sync_folder(path.parent)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """One transaction."""
        with self._lock, files_translated(self._path), translated(self._path, self._connection):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def run(self, statement: str, values: Sequence[object] = ()) -> Rows:
        """Run one statement within `transaction`."""
        return self._connection.execute(statement, tuple(values)).fetchall()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


class PostgresDatabase:
    """A PostgreSQL server, with a pool of connections.

    Args:
        url: ``postgresql://user@host/database``; a password is better kept in ``~/.pgpass`` or ``PGPASSWORD``.

    Raises:
        ResourceError: The hub extra is not installed.
        NetworkError: The server can't be reached.
    """

    types = {"serial": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "integer": "BIGINT"}  # noqa: RUF012 - constant
    lock_row = " FOR UPDATE"

    def __init__(self, url: str, *, connections: int = 8, timeout_s: float = 10.0) -> None:
        try:
            import psycopg
            from psycopg_pool import ConnectionPool, PoolTimeout
        except ModuleNotFoundError as error:
            raise ResourceError(
                "PostgreSQL needs packages that are not installed here.",
                "Install the hub's: pip install 'edge-copilot[hub]'",
            ) from error
        self._errors = (psycopg.OperationalError, PoolTimeout)
        self._pool: ConnectionPool[Connection[Any]] = ConnectionPool(
            url, min_size=1, max_size=connections, timeout=timeout_s, open=False
        )
        try:
            self._pool.open(wait=True, timeout=timeout_s)
        except self._errors as error:
            self._pool.close()
            raise self._unreachable() from error

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """One transaction on a connection of the pool."""
        try:
            with self._pool.connection() as connection:
                yield _PostgresTransaction(connection)
        except self._errors as error:
            raise self._unreachable() from error

    def close(self) -> None:
        """Close the pool."""
        self._pool.close()

    @staticmethod
    def _unreachable() -> NetworkError:
        return NetworkError("The PostgreSQL server can't be reached.", "Check its address and that it runs.")


class _PostgresTransaction:
    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection

    def run(self, statement: str, values: Sequence[object] = ()) -> Rows:
        cursor = self._connection.execute(statement.replace("?", "%s"), tuple(values))
        return cursor.fetchall() if cursor.description is not None else []
