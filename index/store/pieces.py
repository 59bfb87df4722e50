"""Pieces of files that came with documents: originals, pictures of pages. In the index, so that its key covers them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import apsw

from index.errors import StoreCorrupt


def stored(connection: apsw.Connection, digests: Iterable[str]) -> set[str]:
    """Return which of these pieces, by digest in hex, are stored."""
    rows = connection.execute(
        "SELECT digest FROM pieces WHERE digest IN (SELECT value FROM json_each(?))", (json.dumps(list(digests)),)
    )
    return {str(row[0]) for row in rows}


def write(connection: apsw.Connection, digest: str, content: bytes) -> None:
    """Store a piece under its digest, unless it is there."""
    connection.execute("INSERT OR IGNORE INTO pieces VALUES (?, ?)", (digest, content))


def read(connection: apsw.Connection, digests: Iterable[str]) -> Iterator[bytes]:
    """Yield pieces in the order given.

    Raises:
        StoreCorrupt: One isn't there.
    """
    for digest in digests:
        row = connection.execute("SELECT content FROM pieces WHERE digest = ?", (digest,)).fetchone()
        if row is None:
            raise StoreCorrupt("A part of a document's file is missing in the index.", "Sync again.")
        yield bytes(row[0])


def remove(connection: apsw.Connection, digests: Iterable[str]) -> None:
    """Remove pieces."""
    connection.executemany("DELETE FROM pieces WHERE digest = ?", ((digest,) for digest in digests))
