"""Opening one SQLite connection to the index: extension, key, pragmas, and the ways to read what can't be written."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import quote

import apsw
import sqlite_vec

CIPHER: Final = "chacha20"  # ChaCha20-Poly1305 of SQLite3MultipleCiphers: each page authenticated, WAL included
PLAIN_HEADER: Final = b"SQLite format 3\x00"  # https://www.sqlite.org/fileformat.html#magic_header_string

_BUSY_MS: Final = 5_000
_WRITER_CACHE_KIB: Final = 32_768
_READER_CACHE_KIB: Final = 8_192
_WAL_KEPT_BYTES: Final = 64 << 20


def connect_writer(path: Path, key: str | None) -> apsw.Connection:
    """Open ``path`` for writing, creating it where it is missing.

    ``synchronous`` is NORMAL: in WAL mode no crash of the program loses or damages anything; a loss of power may take
    back the last transactions, each of them wholly, until the next checkpoint.

    Raises:
        apsw.Error: `apsw.NotADBError` for a wrong key as for a damaged file.
    """
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    connection = _prepared(apsw.Connection(str(path), flags=flags), key, _WRITER_CACHE_KIB)
    connection.pragma("foreign_keys", True)
    connection.pragma("synchronous", "normal")
    connection.pragma("journal_size_limit", _WAL_KEPT_BYTES)
    return connection


def connect_reader(path: Path, key: str | None) -> apsw.Connection:
    """Open ``path`` for reading only, also where its folder can't be written to.

    A WAL database needs a shared-memory file beside it. Where that can't be made, its WAL is read with private memory
    instead, which SQLite does without locks only (https://www.sqlite.org/wal.html#noshm); where there is no WAL the
    file is whole and nobody can be changing it.

    Raises:
        apsw.Error: `apsw.NotADBError` for a wrong key as for a damaged file.
    """
    try:
        return _open_reading(path, "mode=ro", key)
    except (apsw.CantOpenError, apsw.ReadOnlyError):
        wal = path.with_name(path.name + "-wal")
        if not (wal.exists() and wal.stat().st_size):
            return _open_reading(path, "immutable=1", key)
        unlocked = "multipleciphers-unix-none" if key is not None else "unix-none"
        return _open_reading(path, f"mode=ro&vfs={unlocked}", key, locking_mode="exclusive")


def _open_reading(path: Path, options: str, key: str | None, locking_mode: str = "normal") -> apsw.Connection:
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    location = quote(str(path.absolute()).replace("\\", "/"))
    uri = f"file:{location if location.startswith('/') else '/' + location}?{options}"
    return _prepared(apsw.Connection(uri, flags=flags), key, _READER_CACHE_KIB, locking_mode)


def _prepared(
    connection: apsw.Connection, key: str | None, cache_kib: int, locking_mode: str = "normal"
) -> apsw.Connection:
    try:
        _set_up(connection, key, cache_kib, locking_mode)
    except BaseException:
        connection.close()
        raise
    return connection


def _set_up(connection: apsw.Connection, key: str | None, cache_kib: int, locking_mode: str) -> None:
    connection.pragma("locking_mode", locking_mode)
    if key is not None:
        connection.pragma("cipher", CIPHER)
        connection.pragma("key", key)
    connection.set_busy_timeout(_BUSY_MS)
    connection.enable_load_extension(True)
    connection.load_extension(_extension())
    connection.enable_load_extension(False)
    connection.pragma("temp_store", "memory")  # nothing of a document may reach an unencrypted temporary file
    connection.pragma("cache_size", -cache_kib)  # the first to read the file: a wrong key shows here


@cache
def _extension() -> str:
    return str(sqlite_vec.loadable_path())
