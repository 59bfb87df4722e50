"""What came and went, kept over a restart: alarms for months, a value a minute of every signal for days.

One thread writes, in the order in which things happened; an alarm is on the disk a moment after it came, and nobody
waits for it. The file is under the key of the index, as it tells what happens in the plant.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, cast

import apsw

from copilot.hmi.alarms.book import Happening
from copilot.hmi.history import Minute
from copilot.hmi.history.history import joined
from copilot.hmi.values import Alarm
from index.documents import AccessLabel
from index.errors import EdgeCopilotError, StoreCorrupt
from index.store.connection import connect_reader, connect_writer
from index.store.faults import files_translated, translated

log = logging.getLogger(__name__)

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS alarms (
    id TEXT PRIMARY KEY, key TEXT NOT NULL, code TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,
    kind TEXT NOT NULL, severity TEXT NOT NULL, began_s REAL NOT NULL, ended_s REAL, acknowledged INTEGER NOT NULL,
    source TEXT NOT NULL, signal TEXT NOT NULL, machine TEXT NOT NULL, component TEXT NOT NULL, access TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS alarms_by_time ON alarms (began_s);
CREATE INDEX IF NOT EXISTS alarms_by_code ON alarms (code, title, began_s);
CREATE TABLE IF NOT EXISTS minutes (
    signal TEXT NOT NULL, start_s REAL NOT NULL, first REAL NOT NULL, last REAL NOT NULL, least REAL NOT NULL,
    most REAL NOT NULL, total REAL NOT NULL, count INTEGER NOT NULL, outside_s REAL NOT NULL,
    PRIMARY KEY (signal, start_s)
) STRICT, WITHOUT ROWID;
"""
_COLUMNS: Final = (
    "id, code, title, text, kind, severity, began_s, ended_s, acknowledged, source, signal, machine, component, access"
)
_DAY_S: Final = 86_400.0
_MOST_WAITING: Final = 100_000
_BATCH: Final = 500

_Work = Callable[[apsw.Connection], object]


class Journal:
    """The file of alarms and minutes.

    Args:
        path: The file; created with the first entry.
        key: Encrypts it, like the index.
        clock: Seconds since 1970.
        keep_days: For how many days alarms that are over are kept.
        keep_minutes_hours: For how many hours minutes are kept.
    """

    def __init__(
        self,
        path: Path,
        key: str | None,
        clock: Callable[[], float],
        *,
        keep_days: int = 90,
        keep_minutes_hours: int = 168,
    ) -> None:
        self._path = path
        self._key = key
        self._clock = clock
        self._keep_days = keep_days
        self._keep_hours = keep_minutes_hours
        self._waiting: queue.Queue[_Work | threading.Event | None] = queue.Queue(_MOST_WAITING)
        self._writer: threading.Thread | None = None
        self._start = threading.Lock()
        self.failed = ""

    def note(self, happening: Happening) -> None:
        """Keep what happened to an alarm. Returns at once."""
        alarm = happening.alarm
        row = (happening.key, *_row(alarm))
        self._put(
            lambda connection: connection.execute(
                f"INSERT OR REPLACE INTO alarms (key, {_COLUMNS}) VALUES ({', '.join('?' * 15)})",  # noqa: S608 - constants
                row,
            )
        )

    def note_minutes(self, ended: Sequence[tuple[str, Minute]]) -> None:
        """Keep minutes that are over. Returns at once."""
        if ended:
            self._put(lambda connection: _write_minutes(connection, ended))

    def flush(self, timeout_s: float = 10.0) -> bool:
        """Wait until everything noted so far is on the disk; False where it isn't in time."""
        if self._writer is None:
            return True
        done = threading.Event()
        self._waiting.put(done)
        return done.wait(timeout_s)

    def standing(self) -> dict[str, Alarm]:
        """What stood when the program last ran, by key.

        Raises:
            StoreError, ResourceError: The file is there but can't be read.
        """
        rows = self._read(f"SELECT key, {_COLUMNS} FROM alarms WHERE ended_s IS NULL ORDER BY began_s")  # noqa: S608
        return {str(row[0]): _alarm(row[1:]) for row in rows}

    def alarms(self, since_s: float, until_s: float = 1e12, limit: int = 10_000) -> list[Alarm]:
        """The alarms that stood at some moment of a time, the newest first.

        Raises:
            StoreError, ResourceError: The file is there but can't be read.
        """
        rows = self._read(
            f"SELECT {_COLUMNS} FROM alarms WHERE began_s <= ? AND (ended_s IS NULL OR ended_s >= ?)"  # noqa: S608
            " ORDER BY began_s DESC, id LIMIT ?",
            (until_s, since_s, limit),
        )
        return [_alarm(row) for row in rows]

    def same_before(self, alarm: Alarm, limit: int = 5) -> list[Alarm]:
        """When this alarm came before: the same code, or the same title where it has none; the newest first.

        Raises:
            StoreError, ResourceError: The file is there but can't be read.
        """
        what, value = ("code", alarm.code) if alarm.code else ("title", alarm.title)
        rows = self._read(
            f"SELECT {_COLUMNS} FROM alarms WHERE {what} = ? AND id <> ? AND began_s <= ?"  # noqa: S608
            " ORDER BY began_s DESC LIMIT ?",
            (value, alarm.id, alarm.began_s, limit),
        )
        return [_alarm(row) for row in rows]

    def minutes(self, since_s: float) -> dict[str, list[Minute]]:
        """The minutes since then, by signal, oldest first.

        Raises:
            StoreError, ResourceError: The file is there but can't be read.
        """
        found: dict[str, list[Minute]] = {}
        for row in self._read(
            "SELECT signal, start_s, first, last, least, most, total, count, outside_s FROM minutes"
            " WHERE start_s >= ? ORDER BY signal, start_s",
            (since_s - 60,),
        ):
            found.setdefault(str(row[0]), []).append(Minute(*cast("Any", row[1:])))
        return found

    def close(self) -> None:
        """Write what waits, and close the file."""
        if self._writer is not None:
            self._waiting.put(None)
            self._writer.join()
            self._writer = None

    def _put(self, work: _Work) -> None:
        with self._start:
            if self._writer is None:
                self._writer = threading.Thread(target=self._write, name="alarm journal", daemon=True)
                self._writer.start()
        try:
            self._waiting.put_nowait(work)
        except queue.Full:
            self.failed = "The journal of alarms can't keep up with what happens: entries are missing."

    def _write(self) -> None:
        connection: apsw.Connection | None = None
        unsaved: list[_Work] = []
        cleaned_s = 0.0
        while True:
            batch = [self._waiting.get()]
            with suppress(queue.Empty):
                while len(batch) < _BATCH:
                    batch.append(self._waiting.get_nowait())
            unsaved += [one for one in batch if callable(one)]
            try:
                if unsaved:
                    connection = connection or self._open()
                    with files_translated(self._path), translated(self._path, connection), connection:
                        for work in unsaved:
                            work(connection)
                        if self._clock() - cleaned_s > _DAY_S / 24:
                            cleaned_s = self._clock()
                            self._clean(connection, cleaned_s)
                    unsaved, self.failed = [], ""
            except EdgeCopilotError as error:
                # A full disk must not stop the watching of the machine: what could not be written is tried again.
                log.warning("alarms could not be kept: %s", type(error).__name__)
                self.failed = f"Alarms are not kept: {error.message}"
            except Exception as error:
                log.exception("the journal of alarms failed")
                self.failed = f"Alarms are not kept ({type(error).__name__})."
            if unsaved:
                _close(connection)
                connection = None
                del unsaved[:-_MOST_WAITING]
            for one in batch:
                if isinstance(one, threading.Event):
                    one.set()
            if None in batch:
                _close(connection)
                return

    def _open(self) -> apsw.Connection:
        with files_translated(self._path), translated(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = connect_writer(self._path, self._key)
            connection.pragma("journal_mode", "wal")
            connection.execute(_SCHEMA)
            return connection

    def _clean(self, connection: apsw.Connection, now_s: float) -> None:
        connection.execute("DELETE FROM alarms WHERE ended_s < ?", (now_s - self._keep_days * _DAY_S,))
        connection.execute("DELETE FROM minutes WHERE start_s < ?", (now_s - self._keep_hours * 3600,))

    def _read(self, sql: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        if not self._path.exists():
            return []
        with files_translated(self._path), translated(self._path):
            try:
                connection = connect_reader(self._path, self._key)
                try:
                    return list(connection.execute(sql, tuple(values)))
                finally:
                    connection.close()
            except (apsw.CorruptError, apsw.NotADBError) as error:
                raise StoreCorrupt(
                    f"The journal of alarms can't be read: it is damaged, or has another key ({self._path}).",
                    "Configure the key that it was written with, or move the file away to begin anew.",
                ) from error
            except apsw.SQLError as error:
                if "no such table" in str(error):  # made, and not yet written to
                    return []
                raise


def _close(connection: apsw.Connection | None) -> None:
    if connection is not None:
        with suppress(apsw.Error):
            connection.close()


def _write_minutes(connection: apsw.Connection, ended: Sequence[tuple[str, Minute]]) -> None:
    for signal, minute in ended:
        before = connection.execute(
            "SELECT start_s, first, last, least, most, total, count, outside_s FROM minutes"
            " WHERE signal = ? AND start_s = ?",
            (signal, minute.start_s),
        ).fetchone()
        if before is not None:
            minute = joined(Minute(*cast("Any", before)), minute)
        connection.execute(
            "INSERT OR REPLACE INTO minutes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                signal,
                minute.start_s,
                minute.first,
                minute.last,
                minute.least,
                minute.most,
                minute.total,
                minute.count,
                minute.outside_s,
            ),
        )


def _row(alarm: Alarm) -> tuple[Any, ...]:
    return (
        alarm.id,
        alarm.code,
        alarm.title,
        alarm.text,
        alarm.kind,
        alarm.severity,
        alarm.began_s,
        alarm.ended_s,
        int(alarm.acknowledged),
        alarm.source,
        alarm.signal,
        alarm.machine,
        alarm.component,
        alarm.access.value,
    )


def _alarm(row: Sequence[Any]) -> Alarm:
    id_, code, title, text, kind, severity, began, ended, seen, source, signal, machine, component, access = row
    try:
        label = AccessLabel(access)
    except ValueError:
        label = AccessLabel.RESTRICTED
    return Alarm(
        id_, code, title, text, kind, severity, began, ended, bool(seen), source, signal, machine, component, label
    )
