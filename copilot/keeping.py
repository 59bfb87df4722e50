"""A small encrypted file of the application's own, such as notes or conversations: opening, transactions, faults.

Two kinds of commit. A durable one is on the disk for good when it returns. A quick one survives whatever happens to
the program, and the next durable one carries it to the disk; only a loss of power before that may take it back.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import apsw
from filelock import FileLock

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

Migration = Callable[[apsw.Connection], object]

_WAL_KEPT_BYTES: Final = 4 << 20
_SMALL_BYTES: Final = 16 << 10
"""A file that is still being made is no larger."""


class KeptFile:
    """One SQLite file, opened when it is first used; may be used by several threads, and by several processes at once.

    Args:
        path: Created with the first write.
        key: Encrypts it, like the index.
        what: Its name in sentences, in the plural and without an article: "notes".
        migrations: Each brings the file from one version to the next. Only ever appended to.
    """

    def __init__(self, path: Path, key: str | None, what: str, migrations: Sequence[Migration]) -> None:
        self.path = path
        self._key = key
        self._what = what
        self._migrations = migrations
        self._lock = threading.RLock()
        self._connection: apsw.Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @contextmanager
    def writing(self, *, durable: bool = True) -> Iterator[apsw.Connection]:
        """One transaction; within another it is part of that.

        Args:
            durable: Wait until it is on the disk.

        Raises:
            StoreError, ResourceError: Nothing of it was written.
        """
        with self._lock, self._faults():
            connection = self._connection or self._open()
            if connection.in_transaction:
                yield connection
                return
            connection.pragma("synchronous", "full" if durable else "normal")
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def read(self, query: str, bindings: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query; none where nothing was ever kept. Works where the folder can't be written to, too.

        Raises:
            StoreError: It is there but can't be read.
        """
        with self._lock, self._faults():
            if self._connection is None:
                if not self.path.exists():
                    return []
                try:
                    self._open()
                except ReadOnlyData:
                    connection = connect_reader(self.path, self._key)
                    try:
                        return connection.execute(query, bindings).fetchall()
                    finally:
                        connection.close()
            assert self._connection is not None
            return self._connection.execute(query, bindings).fetchall()

    def _open(self) -> apsw.Connection:
        with self._faults():
            self._check_key()
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.path.exists() and self.path.stat().st_size > _SMALL_BYTES:
                self._connection = self._connected()
                return self._connection
            # Two processes that make an encrypted file at the same moment would each choose its salt.
            with FileLock(self.path.with_name(self.path.name + ".opening"), thread_local=False):
                self._connection = self._connected()
            sync_folder(self.path.parent)
            return self._connection

    def _connected(self) -> apsw.Connection:
        connection = connect_writer(self.path, self._key)
        try:
            connection.pragma("journal_mode", "wal")
            connection.pragma("journal_size_limit", _WAL_KEPT_BYTES)
            self._migrate(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _migrate(self, connection: apsw.Connection) -> None:
        if self._version(connection) == len(self._migrations):
            return
        connection.execute("BEGIN IMMEDIATE")  # two processes may meet here
        try:
            for migrate in self._migrations[self._version(connection) :]:
                migrate(connection)
            connection.pragma("user_version", len(self._migrations))
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _version(self, connection: apsw.Connection) -> int:
        version = connection.pragma("user_version")
        assert isinstance(version, int)
        if version > len(self._migrations):
            raise StoreTooNew(
                f"The {self._what} were written by a newer version of Edge Copilot.",
                "Update this one; nothing in them is lost.",
            )
        return version

    def _check_key(self) -> None:
        try:
            with self.path.open("rb") as file:
                head = file.read(len(PLAIN_HEADER))
        except FileNotFoundError:
            return
        if head == PLAIN_HEADER and self._key is not None:
            raise WrongKey(
                f"The {self._what} are not encrypted, but a key is configured ({self.path}).",
                "Take the key out of the settings to read them, or move the file away to begin a new one.",
            )
        if head and head != PLAIN_HEADER and self._key is None:
            raise WrongKey(
                f"The {self._what} are encrypted, and no key is configured, or the file is damaged ({self.path}).",
                "Name the key's source with index.key_env or index.key_file.",
            )

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            with files_translated(self.path), translated(self.path, self._connection):
                yield
        except EdgeCopilotError as error:
            if not isinstance(error.__cause__, OSError | apsw.Error):
                raise  # said here already
            raise self._about(error) from error.__cause__

    def _about(self, error: EdgeCopilotError) -> EdgeCopilotError:
        """``error``, which speaks of the index, in words about this file."""
        what, path = self._what, self.path
        known: dict[type[EdgeCopilotError], tuple[str, str]] = {
            DiskFull: (
                f"The {what} can't be saved: the disk is full ({path.parent}).",
                "Nothing already saved was lost. Free some space, then try again.",
            ),
            ReadOnlyData: (
                f"The {what} can't be saved: their folder may only be read ({path.parent}).",
                "Make the folder writable, or give another with --data-dir.",
            ),
            StoreCorrupt: (
                f"The {what} can't be read: the file is damaged, or has another key ({path}).",
                "Configure the key that it was written with, or move the file away to begin anew.",
            ),
            StoreBusy: (f"Another process is writing to the {what}.", "Wait until it is done, then try again."),
            StoreError: (
                f"The {what} can't be read from or written to their disk ({path}).",
                "Check that the disk is connected and sound, then try again.",
            ),
        }
        said = known.get(type(error))
        return error if said is None else _worded(error, said)


def _worded(error: EdgeCopilotError, said: tuple[str, str]) -> EdgeCopilotError:
    # The path in it marks what was said here, so that an outer `_faults` leaves it alone.
    return type(error)(*said)
