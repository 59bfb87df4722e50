"""Generations: which versions of a synced collection's documents belong together, and which of them are seen.

A generation is a set of document versions. Versions are shared: what didn't change between two generations is stored
once. Of a collection at most one generation is live; its versions are seen, all others are hidden. Functions that write
take the connection lent by `Store.transaction`, those that read that of `Store.reader` or either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

import apsw

from index.documents import AccessLabel
from index.errors import UsageError

State = Literal["staged", "live", "kept"]

_GENERATION: Final = (
    "SELECT g.id, c.name, g.number, g.manifest, g.published_at, g.note, g.state, g.synced_at, g.live_since,"
    " g.rolled_back_at, c.pinned, (SELECT count(*) FROM generation_documents m WHERE m.generation_id = g.id)"
    " FROM generations g JOIN collections c ON c.id = g.collection_id"
)
_OF_NONE: Final = (
    "SELECT d.id FROM documents d WHERE d.hidden AND NOT EXISTS"
    " (SELECT 1 FROM generation_documents m WHERE m.document_id = d.id)"
)


@dataclass(frozen=True, slots=True)
class Generation:
    """One state of a synced collection on this device. Times are UTC, ISO 8601.

    Attributes:
        number: The hub's number for it.
        manifest: Digest of its manifest, in hex.
        note: What changed, by whoever published it.
        state: ``staged`` while it is being fetched, ``live`` while it answers, ``kept`` to go back to.
        synced_at: When it was first switched to; None while it is staged.
        live_since: When it was last switched to.
        rolled_back_at: When this device went back from it; None where it didn't.
        pinned: Whether the collection stays at the generation that is live.
        documents: How many versions are in it so far.
    """

    id: int
    collection: str
    number: int
    manifest: str
    published_at: str
    note: str
    state: State
    synced_at: str | None
    live_since: str | None
    rolled_back_at: str | None
    pinned: bool
    documents: int


@dataclass(frozen=True, slots=True)
class Switched:
    """What a switch changed in what is seen: documents that are new or other than before, and that are gone."""

    changed: int
    removed: int


def live(connection: apsw.Connection, collection: str) -> Generation | None:
    """Return the generation of a collection that answers; None where there is none, or it is no synced one."""
    return _first(connection, " WHERE c.name = ? AND g.state = 'live'", collection)


def generation(connection: apsw.Connection, generation_id: int) -> Generation | None:
    """Return a generation by its id on this device."""
    return _first(connection, " WHERE g.id = ?", generation_id)


def of_manifest(connection: apsw.Connection, collection: str, manifest: str) -> Generation | None:
    """Return the generation with this manifest, whatever its state."""
    return _first(connection, " WHERE c.name = ? AND g.manifest = ?", collection, manifest)


def generations(connection: apsw.Connection, collection: str | None = None) -> list[Generation]:
    """Return what this device has of a collection, or of all, the latest number first."""
    where, bound = (" WHERE c.name = ?", (collection,)) if collection is not None else ("", ())
    rows = connection.execute(f"{_GENERATION}{where} ORDER BY c.name, g.number DESC, g.id DESC", bound)
    return [_made(row) for row in rows]


def begin(
    connection: apsw.Connection,
    collection: str,
    number: int,
    manifest: str,
    published_at: str,
    note: str,
    wanted: Iterable[tuple[str, str]],
) -> int:
    """Begin a generation, or go on with it, with every version that is on the device already; return its id.

    Other generations of the collection that were begun and not finished are given up; their versions stay until they
    are collected, so that what was fetched for them can be used.

    Args:
        connection: Lent by `Store.transaction`.
        collection: Made where it is missing; nothing of it is seen before its first generation is live.
        number, manifest, published_at, note: As `Generation` has them.
        wanted: Path and digest (hex) of every document.

    Raises:
        UsageError: There is a collection of this name with documents that were ingested here.
    """
    collection_id = _collection(connection, collection)
    connection.execute(
        "DELETE FROM generations WHERE collection_id = ? AND state = 'staged' AND manifest != ?",
        (collection_id, manifest),
    )
    connection.execute(
        "INSERT INTO generations (collection_id, number, manifest, published_at, note, state)"
        " VALUES (?, ?, ?, ?, ?, 'staged') ON CONFLICT (collection_id, manifest)"
        " DO UPDATE SET number = excluded.number, published_at = excluded.published_at, note = excluded.note",
        (collection_id, number, manifest, published_at, note),
    )
    generation_id = int(
        connection.execute(
            "SELECT id FROM generations WHERE collection_id = ? AND manifest = ?", (collection_id, manifest)
        ).get
    )
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS wanted (path TEXT PRIMARY KEY, digest TEXT) WITHOUT ROWID")
    connection.execute("DELETE FROM temp.wanted")
    connection.executemany("INSERT INTO temp.wanted VALUES (?, ?)", wanted)
    connection.execute(
        "INSERT OR IGNORE INTO generation_documents SELECT ?, max(d.id) FROM temp.wanted w"
        " CROSS JOIN documents d ON d.digest = w.digest AND d.path = w.path AND d.collection_id = ?"
        " WHERE w.path NOT IN (SELECT d2.path FROM generation_documents m JOIN documents d2 ON d2.id = m.document_id"
        " WHERE m.generation_id = ?) GROUP BY w.path",
        (generation_id, collection_id, generation_id),
    )
    connection.execute("DELETE FROM temp.wanted")
    return generation_id


def add(connection: apsw.Connection, generation_id: int, document_id: int) -> None:
    """Count a version among those of a generation."""
    connection.execute("INSERT INTO generation_documents VALUES (?, ?)", (generation_id, document_id))


def collection_id_of(connection: apsw.Connection, generation_id: int) -> int:
    """Return the id of the collection that a generation belongs to."""
    return int(connection.execute("SELECT collection_id FROM generations WHERE id = ?", (generation_id,)).get)


def members(connection: apsw.Connection, generation_id: int) -> Iterator[tuple[int, str, str, bool]]:
    """Yield id, path, digest (hex) of each version of a generation, and whether no other generation has it."""
    rows = connection.execute(
        "SELECT d.id, d.path, coalesce(d.digest, ''), NOT EXISTS"
        " (SELECT 1 FROM generation_documents o WHERE o.document_id = d.id AND o.generation_id != m.generation_id)"
        " FROM generation_documents m JOIN documents d ON d.id = m.document_id WHERE m.generation_id = ?",
        (generation_id,),
    )
    for id_, path, digest, alone in rows:
        yield int(id_), str(path), str(digest), bool(alone)


def switch(
    connection: apsw.Connection, generation_id: int, now: str, access: AccessLabel | None = None, *, back: bool = False
) -> Switched:
    """Make a generation the one that is seen, in place of the one that was.

    Args:
        connection: Lent by `Store.transaction`; the switch is as atomic and as durable as that.
        generation_id: Complete and checked.
        now: UTC, ISO 8601.
        access: Label the collection has from now on; None leaves it as it is.
        back: Whether the device goes back from the one that is live.
    """
    collection_id = collection_id_of(connection, generation_id)
    wanted = "(SELECT document_id FROM generation_documents WHERE generation_id = ?)"
    removed = connection.execute(
        "SELECT count(*) FROM (SELECT path FROM documents WHERE collection_id = ? AND NOT hidden EXCEPT"
        " SELECT d.path FROM generation_documents m JOIN documents d ON d.id = m.document_id"
        " WHERE m.generation_id = ?)",
        (collection_id, generation_id),
    ).get
    # First out, then in: of a path one version may be seen at a time.
    connection.execute(
        f"UPDATE documents SET hidden = 1 WHERE collection_id = ? AND NOT hidden AND id NOT IN {wanted}",  # noqa: S608
        (collection_id, generation_id),
    )
    connection.execute(f"UPDATE documents SET hidden = 0 WHERE hidden AND id IN {wanted}", (generation_id,))  # noqa: S608
    changed = connection.changes()
    connection.execute(
        "UPDATE generations SET state = 'kept', rolled_back_at = CASE WHEN ? THEN ? ELSE rolled_back_at END"
        " WHERE collection_id = ? AND state = 'live' AND id != ?",
        (back, now, collection_id, generation_id),
    )
    connection.execute(
        "UPDATE generations SET state = 'live', live_since = ?1, synced_at = coalesce(synced_at, ?1),"
        " rolled_back_at = NULL WHERE id = ?2",
        (now, generation_id),
    )
    if access is not None:
        connection.execute("UPDATE collections SET access = ? WHERE id = ?", (access.value, collection_id))
    return Switched(changed, int(removed))


def reject(connection: apsw.Connection, generation_id: int, document_ids: Iterable[int]) -> None:
    """Take versions out of a generation, and their names from them: they are not what they were taken for."""
    for document_id in document_ids:
        connection.execute(
            "DELETE FROM generation_documents WHERE generation_id = ? AND document_id = ?",
            (generation_id, document_id),
        )
        connection.execute("UPDATE documents SET digest = NULL WHERE id = ?", (document_id,))
        connection.execute("UPDATE sections SET digest = NULL WHERE document_id = ?", (document_id,))


def set_pinned(connection: apsw.Connection, collection: str, pinned: bool) -> None:
    """Have a collection stay at its live generation, or follow the hub again.

    Raises:
        UsageError: It is no synced collection with a live generation.
    """
    if live(connection, collection) is None:
        raise not_synced(collection)
    connection.execute("UPDATE collections SET pinned = ? WHERE name = ?", (pinned, collection))


def forget(connection: apsw.Connection, generation_id: int) -> None:
    """Give up a generation that isn't live; its versions stay until they are collected."""
    connection.execute("DELETE FROM generations WHERE id = ? AND state != 'live'", (generation_id,))


def unused(connection: apsw.Connection, limit: int = 1_000) -> list[int]:
    """Return ids of hidden versions that no generation has."""
    return [int(row[0]) for row in connection.execute(f"{_OF_NONE} LIMIT ?", (limit,))]


def files(connection: apsw.Connection) -> list[str]:
    """Return the lists of files (JSON) of all versions that have any."""
    return [str(row[0]) for row in connection.execute("SELECT files FROM documents WHERE files != '[]'")]


def unused_pieces(connection: apsw.Connection) -> list[str]:
    """Return digests (hex) of stored pieces that belong to no document."""
    rows = connection.execute(
        "SELECT digest FROM pieces WHERE digest NOT IN (SELECT p.value FROM documents d, json_each(d.files) f,"
        " json_each(f.value, '$.pieces') p WHERE d.files != '[]')"
    )
    return [str(row[0]) for row in rows]


def not_synced(collection: str) -> UsageError:
    """The error for a collection that no hub has sent."""
    return UsageError(
        f"There is no synced collection “{collection}” on this device.",
        "See which there are with: edge-copilot sync status",
    )


def _collection(connection: apsw.Connection, name: str) -> int:
    row = connection.execute("SELECT id, origin FROM collections WHERE name = ?", (name,)).fetchone()
    if row is None:
        # Until its first generation says how it is labelled, nobody may take it for less than it could be.
        connection.execute(
            "INSERT INTO collections (name, access, origin) VALUES (?, ?, 'synced')", (name, AccessLabel.RESTRICTED)
        )
        return connection.last_insert_rowid()
    if row[1] != "synced":
        raise UsageError(
            f"There is a collection “{name}” of documents that were ingested on this device.",
            f"Ingest them into another one, then remove it: edge-copilot collections remove {name}",
        )
    return int(row[0])


def abandon(connection: apsw.Connection, collection: str) -> int:
    """Have nothing of a synced collection seen any more; return how many documents were.

    Its versions stay until they are collected, and the collection itself until it is empty.

    Raises:
        UsageError: It is no synced collection.
    """
    row = connection.execute("SELECT id, origin FROM collections WHERE name = ?", (collection,)).fetchone()
    if row is None or row[1] != "synced":
        raise not_synced(collection)
    connection.execute("DELETE FROM generations WHERE collection_id = ?", (row[0],))
    connection.execute("UPDATE documents SET hidden = 1 WHERE collection_id = ? AND NOT hidden", (row[0],))
    return connection.changes()


def remove_empty(connection: apsw.Connection) -> None:
    """Remove synced collections of which nothing is left."""
    connection.execute(
        "DELETE FROM collections WHERE origin = 'synced'"
        " AND NOT EXISTS (SELECT 1 FROM generations g WHERE g.collection_id = collections.id)"
        " AND NOT EXISTS (SELECT 1 FROM documents d WHERE d.collection_id = collections.id)"
    )


def _first(connection: apsw.Connection, where: str, *bound: str | int) -> Generation | None:
    row = connection.execute(_GENERATION + where, bound).fetchone()
    return _made(row) if row else None


def _made(row: tuple[object, ...]) -> Generation:
    values = list(row)
    values[10] = bool(row[10])
    return Generation(*values)  # type: ignore[arg-type]
