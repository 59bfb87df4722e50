"""The index file: one SQLite database, many readers, one writer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import apsw

from index.errors import StoreBusy, StoreError
from index.store.checking import findings
from index.store.connection import connect_reader, connect_writer
from index.store.faults import files_translated, read_only, translated
from index.store.files import sync_folder
from index.store.keys import check_key, readable, write_copy
from index.store.lock import WAIT_S, WriterLock, writable_folder
from index.store.schema import MIGRATIONS, migrate, version_of
from index.store.sources import Sources

_BUMP: Final = "UPDATE meta SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT) WHERE key = 'generation'"
_IDLE_READERS: Final = 4


class Store:
    """An open index. Safe to use from several threads; open it with `open`, close it or use it in ``with``.

    Attributes:
        path: The index file, absolute.
        writable: False where it was opened to be read only.
    """

    def __init__(self, path: Path, key: str | None, lock: WriterLock, writer: apsw.Connection | None) -> None:
        self.path = path
        self.writable = writer is not None
        self._key = key
        self._writer = writer
        self._lock = lock
        self._idle: list[apsw.Connection] = []
        self._pool = threading.Lock()
        self._closed = False

    @classmethod
    def open(cls, path: Path, *, key: str | None = None, read_only: bool = False) -> Store:
        """Open the index, creating it where it is missing and mending its schema where it is old.

        Args:
            path: The index file; its folder is created.
            key: Opens an encrypted index, and encrypts a new one.
            read_only: Change nothing; works in a folder that can't be written to.

        Raises:
            WrongKey: The key doesn't open it, it needs one, or it is not encrypted.
            StoreCorrupt: It is damaged.
            StoreTooNew: A newer version wrote it.
            StoreBusy: It has to be created or mended, and another process is writing.
            ReadOnlyData: It can't be written to (``read_only`` would work).
            DiskFull: There is no room for a new one.
            StoreError: It is missing and ``read_only``, or of another program.
        """
        path = path.absolute()
        with translated(path), files_translated(path):
            if read_only:
                return cls._open_to_read(path, key)
            lock = WriterLock(path)
            return cls(path, key, lock, _open_writer(path, key, lock))

    @classmethod
    def _open_to_read(cls, path: Path, key: str | None) -> Store:
        check_key(path, key)
        if not path.exists() or path.stat().st_size == 0:
            raise StoreError("There is no index yet.", "Put documents in first: edge-copilot ingest PATH")
        with readable(path, key):
            connection = connect_reader(path, key)
            version = version_of(connection)
        if version < len(MIGRATIONS):
            connection.close()
            _open_writer(path, key, WriterLock(path)).close()
            connection = connect_reader(path, key)
        store = cls(path, key, WriterLock(path), None)
        store._idle.append(connection)
        return store

    @contextmanager
    def reader(self) -> Iterator[apsw.Connection]:
        """Lend a connection to read with; what it sees doesn't change until it is given back.

        Raises:
            StoreCorrupt, StoreError: As SQLite met them.
        """
        connection = self._borrow()
        try:
            with translated(self.path, connection):
                connection.execute("BEGIN")
                yield connection
        finally:
            self._take_back(connection)

    @contextmanager
    def transaction(
        self, *, wait_s: float = WAIT_S, unseen: bool = False, durable: bool = False
    ) -> Iterator[apsw.Connection]:
        """Lend the writing connection for one transaction: committed at the end, undone if anything is raised.

        Args:
            wait_s: How long to wait for another writer.
            unseen: It changes hidden documents only, so that nothing read before needs to be read again.
            durable: Once it is over it survives a loss of power, and so does all that was committed before it.

        Raises:
            StoreBusy: Another thread or process is writing and still is after ``wait_s`` seconds.
            ReadOnlyData: The store was opened to be read only, or can't be written to.
            DiskFull, StoreCorrupt, StoreError: As SQLite met them; nothing was changed.
        """
        with self.writing("writing", wait_s=wait_s):
            connection = self._writer
            assert connection is not None
            with translated(self.path, connection), _synchronous(connection, durable):
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                    if not unseen:
                        connection.execute(_BUMP)
                    connection.execute("COMMIT")
                except BaseException:
                    if connection.in_transaction:  # SQLite itself undoes it when the disk is full
                        connection.execute("ROLLBACK")
                    raise

    @contextmanager
    def writing(self, purpose: str, *, wait_s: float = WAIT_S) -> Iterator[None]:
        """Keep other writers out for several transactions.

        Args:
            purpose: Told to whoever is kept out: "ingesting".
            wait_s: How long to wait for another writer.

        Raises:
            StoreBusy, ReadOnlyData: As `transaction`.
        """
        if self._writer is None:
            raise read_only(self.path)
        with self._lock.held(purpose, wait_s):
            yield

    def data_version(self) -> int:
        """Return a number that differs after any process has committed a change that can be seen."""
        with self.reader() as connection:
            return generation(connection)

    def check(self) -> list[str]:
        """Look at the whole file and return what is wrong with it, in sentences; empty where nothing is.

        Reads everything: seconds for a large index.
        """
        connection = self._borrow()
        try:
            return findings(connection)
        finally:
            self._take_back(connection)

    def checkpoint(self) -> None:
        """Bring what was committed into the main file and onto the disk for good; skipped while readers hinder it."""
        if self._writer is not None:
            with translated(self.path, self._writer), suppress(apsw.BusyError):
                self._writer.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)

    def sources(self) -> Sources:
        """Return what the list beside the index says; an empty one where it is missing or unreadable."""
        return Sources.read(self.path) or Sources().with_key(self._key)

    def write_sources(self, sources: Sources) -> None:
        """Replace the list beside the index, if it differs.

        Raises:
            DiskFull, ReadOnlyData: It is as it was.
        """
        with files_translated(self.path):
            if sources != Sources.read(self.path):
                sources.write(self.path)

    def rekey(self, key: str | None) -> None:
        """Encrypt with another key, encrypt a plain index, or (None) decrypt it.

        Works on a copy that then takes the index's place, so that a crash leaves the old or the new one; needs free
        disk as large as the index.

        Raises:
            StoreBusy: Another process has the index open.
            DiskFull, ReadOnlyData, StoreError: The index is as it was.
        """
        with self.writing("changing the key"), translated(self.path, self._writer), files_translated(self.path):
            assert self._writer is not None
            self._close_readers()
            copy = self.path.with_name(self.path.name + ".rekey")
            try:
                # Leaving WAL mode needs the file for itself alone and leaves no WAL that could be taken for the copy's.
                if self._writer.pragma("journal_mode", "delete") != "delete":
                    raise apsw.BusyError
                write_copy(self.path, copy, self._key, key)
                self._writer.close()
                # Between the two files' changes the list must claim neither key: a healthy index that the new key
                # opens would be taken for a damaged one.
                sources = self.sources()
                sources.model_copy(update={"encrypted": True, "key_check": None}).write(self.path)
                copy.replace(self.path)
                sync_folder(self.path.parent)
                self._key = key
                sources.with_key(key).write(self.path)
            except (apsw.BusyError, apsw.LockedError) as error:
                raise StoreBusy("Another process has the index open.", "Stop it, then try again.") from error
            finally:
                copy.unlink(missing_ok=True)
                self._writer.close()
                self._writer = _open_writer(self.path, self._key, self._lock)

    def close(self) -> None:
        """Close every connection. Harmless when closed already."""
        self._closed = True
        self._close_readers()
        if self._writer is not None:
            with suppress(apsw.Error):  # nothing committed can be lost by closing
                self._writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _borrow(self) -> apsw.Connection:
        with self._pool:
            if self._closed:
                raise StoreError("The index is closed.")
            if self._idle:
                return self._idle.pop()
        with translated(self.path):
            return connect_reader(self.path, self._key)

    def _take_back(self, connection: apsw.Connection) -> None:
        with suppress(apsw.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        with self._pool:
            if not self._closed and len(self._idle) < _IDLE_READERS:
                self._idle.append(connection)
                return
        connection.close()

    def _close_readers(self) -> None:
        with self._pool:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()


def generation(connection: apsw.Connection) -> int:
    """Return how many transactions the index has seen, as of what ``connection`` sees."""
    return int(connection.execute("SELECT value FROM meta WHERE key = 'generation'").get)


@contextmanager
def _synchronous(connection: apsw.Connection, durable: bool) -> Iterator[None]:
    """Have the WAL synced at a commit (https://www.sqlite.org/pragma.html#pragma_synchronous)."""
    if not durable:
        yield
        return
    connection.pragma("synchronous", "full")
    try:
        yield
    finally:
        connection.pragma("synchronous", "normal")


def _open_writer(path: Path, key: str | None, lock: WriterLock) -> apsw.Connection:
    check_key(path, key)
    if not writable_folder(path.parent):
        raise read_only(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with readable(path, key):
        connection = connect_writer(path, key)
    try:
        with translated(path, connection), readable(path, key):
            if version_of(connection) < len(MIGRATIONS) or connection.pragma("journal_mode") != "wal":
                with lock.held("preparing the index"):
                    fresh = not connection.pragma("user_version")
                    if fresh:
                        (Sources.read(path) or Sources()).with_key(key).write(path)
                    connection.pragma("journal_mode", "wal")
                    migrate(connection)
            connection.execute("SELECT value FROM meta").get  # noqa: B018 - the first page that isn't the schema's
    except BaseException:
        connection.close()
        raise
    return connection
