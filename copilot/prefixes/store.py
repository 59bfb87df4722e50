"""KV of prefixes in one SQLite file, encrypted like the index.

An entry is a few megabytes that took seconds of computing; losing one costs only those seconds. So the file is a
cache in every sense: an entry that fails its checksum is dropped and computed again, a file that SQLite can't read is
replaced by an empty one, and a full disk means that nothing new is kept.

Under the budget, the entry goes first whose expected use is least: uses so far, fading with a half-life, pinned
documents last (LFU with aging; the entries are of similar size, so size does not enter).
"""

from __future__ import annotations

import contextlib
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Final

import apsw

from index.store.connection import connect_writer

HALF_LIFE_DAYS: Final = 7.0
_PAGE_BYTES: Final = 65536  # entries are megabytes: large pages mean short chains
_CACHE_KIB: Final = 4096  # what was read goes to the model at once: pages kept would only fill the memory

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS prefixes (
    key TEXT PRIMARY KEY,
    tokens INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    uses REAL NOT NULL,
    used_at REAL NOT NULL,
    pinned INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS states (key TEXT PRIMARY KEY, state BLOB NOT NULL) STRICT;
"""


@dataclass(frozen=True, slots=True)
class PrefixStats:
    """What the store holds.

    Attributes:
        entries, tokens, bytes: Totals.
        budget_bytes: What it may hold.
        file_bytes: What it takes on the disk.
        hits, misses: Of this process.
    """

    entries: int
    tokens: int
    bytes: int
    budget_bytes: int
    file_bytes: int
    hits: int
    misses: int


class DiskPrefixStore:
    """Implements `copilot.engines.base.PrefixStore`.

    Args:
        path: The file.
        key: Of the index, or None where it is not encrypted.
        budget_bytes: Most that entries may take together; 0 keeps nothing.
        now: The clock, in seconds.
    """

    def __init__(
        self, path: Path, *, key: str | None = None, budget_bytes: int = 4 << 30, now: Callable[[], float] = time
    ) -> None:
        self._path = path
        self._key = key
        self._budget = budget_bytes
        self._now = now
        self._lock = threading.Lock()
        self._hits = self._misses = 0
        self._connection = self._open()

    def _open(self) -> apsw.Connection | None:
        for _ in range(2):
            connection: apsw.Connection | None = None
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                connection = connect_writer(self._path, self._key)
                connection.pragma("page_size", _PAGE_BYTES)
                connection.pragma("cache_size", -_CACHE_KIB)
                connection.pragma("journal_mode", "wal")
                connection.execute(_SCHEMA)
                return connection
            except (apsw.CorruptError, apsw.NotADBError):
                _close(connection)
                self._remove()
            except (apsw.Error, OSError):
                _close(connection)
                return None
        return None

    def _remove(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)

    def _start_over(self) -> None:
        _close(self._connection)
        self._remove()
        self._connection = self._open()

    def __contains__(self, key: str) -> bool:
        with self._lock:
            return self._row(key) is not None

    def _row(self, key: str) -> tuple[int, float, float] | None:
        if self._connection is None:
            return None
        try:
            row = self._connection.execute(
                "SELECT checksum, uses, used_at FROM prefixes WHERE key = ?", (key,)
            ).fetchone()
        except apsw.Error:
            return None
        return (int(row[0]), float(row[1]), float(row[2])) if row else None

    def get(self, key: str) -> bytes | None:
        """The state kept under ``key``; one that fails its checksum is dropped."""
        with self._lock:
            row = self._row(key)
            if row is None or self._connection is None:
                self._misses += 1
                return None
            checksum, uses, used_at = row
            try:
                found = self._connection.execute("SELECT state FROM states WHERE key = ?", (key,)).fetchone()
                if found is None or zlib.crc32(found[0]) != checksum:
                    self._drop([key])
                    self._misses += 1
                    return None
            except (apsw.CorruptError, apsw.NotADBError):
                self._start_over()
                self._misses += 1
                return None
            except apsw.Error:
                self._misses += 1
                return None
            self._hits += 1
            with contextlib.suppress(apsw.Error):  # a full disk or another process at work: only the count is lost
                self._connection.execute(
                    "UPDATE prefixes SET uses = ?, used_at = ? WHERE key = ?",
                    (self._faded(uses, used_at) + 1, self._now(), key),
                )
            return bytes(found[0])

    def put(self, key: str, state: bytes, tokens: int) -> None:
        """Keep ``state``, making room for it; not kept where it can't be."""
        with self._lock:
            if self._connection is None or len(state) > self._budget:
                return
            try:
                with self._connection:
                    self._evict(len(state), but=key)
                    self._connection.execute(
                        "INSERT INTO prefixes (key, tokens, bytes, checksum, uses, used_at) VALUES (?, ?, ?, ?, 1, ?)"
                        " ON CONFLICT (key) DO UPDATE SET tokens = excluded.tokens, bytes = excluded.bytes,"
                        " checksum = excluded.checksum",
                        (key, tokens, len(state), zlib.crc32(state), self._now()),
                    )
                    self._connection.execute("INSERT OR REPLACE INTO states VALUES (?, ?)", (key, state))
            except (apsw.CorruptError, apsw.NotADBError):
                self._start_over()
            except apsw.Error:
                return

    def _faded(self, uses: float, used_at: float) -> float:
        days = max(0.0, self._now() - used_at) / 86_400
        return float(uses * 0.5 ** (days / HALF_LIFE_DAYS))

    def _evict(self, wanted: int, but: str) -> None:
        assert self._connection is not None
        rows: list[tuple[str, int, float, float, int]] = self._connection.execute(
            "SELECT key, bytes, uses, used_at, pinned FROM prefixes WHERE key != ?", (but,)
        ).fetchall()  # type: ignore[assignment]
        excess = sum(row[1] for row in rows) + wanted - self._budget
        if excess <= 0:
            return
        going: list[str] = []
        for key, size, *_ in sorted(rows, key=lambda row: (row[4], self._faded(row[2], row[3]), row[3])):
            if excess <= 0:
                break
            going.append(key)
            excess -= size
        self._drop(going)

    def _drop(self, keys: list[str]) -> None:
        assert self._connection is not None
        for table in ("prefixes", "states"):
            self._connection.executemany(f"DELETE FROM {table} WHERE key = ?", [(key,) for key in keys])  # noqa: S608

    def pin(self, key: str, pinned: bool = True) -> None:
        """Keep an entry before all that are not pinned, or no longer."""
        with self._lock, contextlib.suppress(apsw.Error):
            if self._connection is not None:
                self._connection.execute("UPDATE prefixes SET pinned = ? WHERE key = ?", (int(pinned), key))

    def stats(self) -> PrefixStats:
        """What is held now."""
        with self._lock:
            entries = tokens = size = 0
            if self._connection is not None:
                with contextlib.suppress(apsw.Error):
                    entries, tokens, size = self._connection.execute(
                        "SELECT count(*), coalesce(sum(tokens), 0), coalesce(sum(bytes), 0) FROM prefixes"
                    ).fetchone()  # type: ignore[misc]
            on_disk = sum(
                file.stat().st_size
                for suffix in ("", "-wal")
                if (file := self._path.with_name(self._path.name + suffix)).exists()
            )
            return PrefixStats(entries, tokens, size, self._budget, on_disk, self._hits, self._misses)

    def has_room(self) -> bool:
        """Whether another entry of average size fits without one going."""
        found = self.stats()
        average = found.bytes / found.entries if found.entries else 0
        return found.bytes + average <= self._budget and self._budget > 0

    def clear(self) -> None:
        """Drop every entry and give the disk back."""
        with self._lock:
            self._start_over()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None


def _close(connection: apsw.Connection | None) -> None:
    with contextlib.suppress(apsw.Error):
        if connection is not None:
            connection.close()
