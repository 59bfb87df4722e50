"""Opening the storage that a hub names."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sync.receiver.storage.database import PostgresDatabase, SqliteDatabase
from sync.receiver.storage.sql import SqlStorage

FILE_NAME: Final = "receiver.db"


def open_storage(hub_dir: Path, url: str | None = None, key: str | None = None) -> SqlStorage:
    """Open a hub's storage, creating its tables where they are missing.

    Args:
        hub_dir: Holds the SQLite file where no ``url`` is given.
        url: ``postgresql://…`` for a server.
        key: Encrypts the SQLite file, or None.

    Raises:
        StoreError, ResourceError, NetworkError: It can't be opened.
    """
    return SqlStorage(PostgresDatabase(url) if url else SqliteDatabase(hub_dir / FILE_NAME, key))
