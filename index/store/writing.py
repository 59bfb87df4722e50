"""Changing what the index holds. Every function takes the connection lent by `Store.transaction`.

A chunk lives in five tables: `chunks`, the word index, the identifiers, the vectors and their bits. They change here
and nowhere else, so that they agree.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import apsw

from index.documents import AccessLabel, Chunk
from index.errors import UsageError


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """A document about to be written; its fields mean what those of `index.store.reading.DocumentInfo` do."""

    path: str
    title: str
    media_type: str
    pages: int | None
    bytes: int
    mtime_ns: int
    checked_ns: int
    sha256: str
    recipe: str


@dataclass(frozen=True, slots=True)
class Version:
    """What makes a document one version among others, as a hub sends it.

    Attributes:
        digest: Of the object that it is made of, in hex.
        ingested_at: UTC, ISO 8601.
        revision, reviewed_until: As `index.store.reading.DocumentInfo` has them.
        files: What goes with it, as JSON.
    """

    digest: str
    ingested_at: str
    revision: str | None = None
    reviewed_until: str | None = None
    files: str = "[]"


@dataclass(frozen=True, slots=True)
class ChunkVectors:
    """The vectors of one chunk, quantized by `index.embedding.quantize`.

    Attributes:
        whole: int8, of the chunk with its title and headings.
        bits: Signs of ``whole``.
        windows: int8, of its windows of sentences one after the other; empty where it has none.
    """

    whole: bytes
    bits: bytes
    windows: bytes = b""


@dataclass(frozen=True, slots=True)
class IndexedChunk:
    """A chunk with all by which it is found.

    Attributes:
        identifiers: Normalised (`index.search.identifiers`).
        vectors: None without an embedder.
    """

    chunk: Chunk
    identifiers: frozenset[str] = field(default_factory=frozenset)
    vectors: ChunkVectors | None = None


class DocumentWriter:
    """Writes one document within the caller's transaction.

    Add all chunks in order, then call `finish`.

    Args:
        connection: Lent by `Store.transaction`.
        collection_id: Where it goes.
        record: What is known at once.
        version: Makes it a hidden version beside others; without one it takes the place of what stood under its path.
    """

    def __init__(
        self, connection: apsw.Connection, collection_id: int, record: DocumentRecord, version: Version | None = None
    ) -> None:
        self._connection = connection
        self._record = record
        self._sections: dict[int, int] = {}
        self._count = 0
        if version is None:
            self.document_id = self._in_place(collection_id)
        else:
            self.document_id = self._beside(collection_id, version)
        # Ids are never used twice (AUTOINCREMENT), so that what remembers one can't be led to another chunk.
        self._next_id = 1 + int(
            connection.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'chunks'").get
        )

    def _in_place(self, collection_id: int) -> int:
        connection, record = self._connection, self._record
        old = connection.execute(
            "SELECT id FROM documents WHERE collection_id = ? AND path = ? AND NOT hidden", (collection_id, record.path)
        ).get
        if old is not None:
            delete_chunks(connection, old)
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return int(
            connection.execute(
                "INSERT INTO documents (collection_id, path, title, media_type, pages, bytes, mtime_ns, checked_ns,"
                " sha256, recipe, chunk_count, ingested_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)"
                " ON CONFLICT (collection_id, path) WHERE NOT hidden DO UPDATE SET title = excluded.title,"
                " media_type = excluded.media_type, pages = excluded.pages, bytes = excluded.bytes,"
                " mtime_ns = excluded.mtime_ns,"
                " checked_ns = excluded.checked_ns, sha256 = excluded.sha256, recipe = excluded.recipe,"
                " ingested_at = excluded.ingested_at RETURNING id",
                (collection_id, record.path, record.title, record.media_type, record.pages, record.bytes,
                 record.mtime_ns, record.checked_ns, record.sha256, record.recipe, now),
            ).get
        )  # fmt: skip

    def _beside(self, collection_id: int, version: Version) -> int:
        record = self._record
        return int(
            self._connection.execute(
                "INSERT INTO documents (collection_id, path, title, media_type, pages, bytes, mtime_ns, checked_ns,"
                " sha256, recipe, chunk_count, ingested_at, hidden, digest, revision, reviewed_until, files)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, 1, ?, ?, ?, ?) RETURNING id",
                (collection_id, record.path, record.title, record.media_type, record.pages, record.bytes,
                 record.mtime_ns, record.checked_ns, record.sha256, record.recipe, version.ingested_at,
                 version.digest, version.revision, version.reviewed_until, version.files),
            ).get
        )  # fmt: skip

    def add(self, batch: Sequence[IndexedChunk]) -> None:
        """Write the next chunks of the document."""
        connection = self._connection
        ids = range(self._next_id, self._next_id + len(batch))
        self._next_id += len(batch)
        self._count += len(batch)
        numbered = list(zip(ids, batch, strict=True))
        connection.executemany(
            "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (id_, self.document_id, self._section(one.chunk), one.chunk.ordinal, one.chunk.lead, one.chunk.body,
                 one.chunk.start, one.chunk.end, one.chunk.page, one.chunk.page_end,
                 json.dumps(one.chunk.page_starts))
                for id_, one in numbered
            ],
        )  # fmt: skip
        connection.executemany(
            "INSERT INTO chunks_fts (rowid, title, headings, body) VALUES (?, ?, ?, ?)",
            [(id_, self._record.title, "\n".join(one.chunk.section.path), one.chunk.text) for id_, one in numbered],
        )
        connection.executemany(
            "INSERT INTO identifiers VALUES (?, ?)",
            [(identifier, id_) for id_, one in numbered for identifier in sorted(one.identifiers)],
        )
        write_vectors(connection, [(id_, one.vectors) for id_, one in numbered if one.vectors is not None])

    def name_section(self, ordinal: int, digest: str) -> None:
        """Say of which object a section was made, in hex; its chunks were the last that were added."""
        self._connection.execute(
            "UPDATE sections SET digest = ? WHERE document_id = ? AND ordinal = ?", (digest, self.document_id, ordinal)
        )

    def finish(self, language: str | None, notices: Sequence[str]) -> None:
        """Note what is known only at the document's end."""
        self._connection.execute(
            "UPDATE documents SET chunk_count = ?, language = ?, notices = ? WHERE id = ?",
            (self._count, language, json.dumps(list(notices), ensure_ascii=False), self.document_id),
        )

    def _section(self, chunk: Chunk) -> int:
        known = self._sections.get(chunk.section.ordinal)
        if known is None:
            known = int(
                self._connection.execute(
                    "INSERT INTO sections (document_id, ordinal, path) VALUES (?, ?, ?) RETURNING id",
                    (self.document_id, chunk.section.ordinal, json.dumps(chunk.section.path, ensure_ascii=False)),
                ).get
            )
            self._sections = {chunk.section.ordinal: known}  # sections come one after the other
        return known


def write_vectors(connection: apsw.Connection, vectors: Iterable[tuple[int, ChunkVectors]]) -> None:
    """Store the vectors of chunks that have none yet, by chunk id."""
    pairs = list(vectors)
    connection.executemany(
        "INSERT INTO chunk_vectors (chunk_id, whole, windows) VALUES (?, ?, ?)",
        [(id_, vector.whole, vector.windows) for id_, vector in pairs],
    )
    connection.executemany(
        "INSERT INTO chunk_bits (chunk_id, embedding) VALUES (?, vec_bit(?))",
        [(id_, vector.bits) for id_, vector in pairs],
    )


def set_embedder(connection: apsw.Connection, name: str, dimensions: int) -> bool:
    """Say whose vectors the index holds from now on; all vectors of another embedder are dropped.

    Returns:
        Whether there was another one: its chunks have no vectors now.
    """
    current = dict(connection.execute("SELECT key, value FROM meta WHERE key IN ('embedder', 'dimensions')"))
    wanted = {"embedder": name, "dimensions": str(dimensions)}
    if current == wanted:
        return False
    connection.execute("DELETE FROM chunk_vectors")
    connection.execute("DROP TABLE chunk_bits")
    connection.execute(
        f"CREATE VIRTUAL TABLE chunk_bits USING vec0 (chunk_id INTEGER PRIMARY KEY, embedding bit[{int(dimensions)}])"
    )
    connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", list(wanted.items()))
    return bool(current)


def ensure_collection(connection: apsw.Connection, name: str, access: AccessLabel | None) -> tuple[int, AccessLabel]:
    """Return id and label of a collection, making it where it is missing.

    Args:
        name: Not blank.
        access: Its label; None takes the label that it has, or ``internal`` for a new one.

    Raises:
        UsageError: It has another label, which is changed by `set_access` only; or the name is blank; or a hub sends
            the collection.
    """
    if not name.strip():
        raise UsageError("A collection needs a name.")
    _not_synced(connection, name)
    row = connection.execute("SELECT id, access FROM collections WHERE name = ?", (name,)).fetchone()
    if row is None:
        label = access or AccessLabel.INTERNAL
        connection.execute("INSERT INTO collections (name, access) VALUES (?, ?)", (name, label.value))
        return connection.last_insert_rowid(), label
    label = AccessLabel(row[1])
    if access is not None and access != label:
        raise UsageError(
            f"The collection “{name}” is {label.value}, not {access.value}.",
            f"Change that for all of its documents with: edge-copilot collections set-access {name} {access.value}",
        )
    return int(row[0]), label


def set_access(connection: apsw.Connection, name: str, access: AccessLabel) -> None:
    """Label a collection anew, and with it all of its documents.

    Raises:
        UsageError: There is no such collection, or a hub sends it.
    """
    _not_synced(connection, name)
    connection.execute("UPDATE collections SET access = ? WHERE name = ?", (access.value, name))
    if not connection.changes():
        raise no_collection(name)


def remove_documents(connection: apsw.Connection, document_ids: Iterable[int]) -> int:
    """Remove documents with all that belongs to them; return how many there were.

    Raises:
        UsageError: One belongs to a collection that a hub sends.
    """
    ids = list(document_ids)
    collection = connection.execute(
        "SELECT c.name FROM documents d JOIN collections c ON c.id = d.collection_id"
        " WHERE c.origin = 'synced' AND d.id IN (SELECT value FROM json_each(?)) LIMIT 1",
        (json.dumps(ids),),
    ).get
    if collection is not None:
        raise synced_collection(str(collection))
    return sum(delete_document(connection, document_id) for document_id in ids)


def delete_document(connection: apsw.Connection, document_id: int) -> int:
    """Remove one document, whosever it is; return how many there were."""
    delete_chunks(connection, document_id)
    connection.execute("DELETE FROM documents WHERE id = ?", (document_id,))
    return connection.changes()


def remove_collection(connection: apsw.Connection, name: str) -> int:
    """Remove a collection with its documents; return how many documents there were.

    One that a hub sends goes with all of its generations, and comes back with the next sync.

    Raises:
        UsageError: There is no such collection.
    """
    collection_id = connection.execute("SELECT id FROM collections WHERE name = ?", (name,)).get
    if collection_id is None:
        raise no_collection(name)
    connection.execute("DELETE FROM generations WHERE collection_id = ?", (collection_id,))
    rows = list(connection.execute("SELECT id, hidden FROM documents WHERE collection_id = ?", (collection_id,)))
    for document_id, _ in rows:
        delete_document(connection, document_id)
    connection.execute("DELETE FROM collections WHERE id = ?", (collection_id,))
    return sum(not hidden for _, hidden in rows)


def forget_removed_words(connection: apsw.Connection) -> None:
    """Rewrite the word index without what was removed; its words stand in it until then."""
    connection.execute("INSERT INTO chunks_fts (chunks_fts) VALUES ('optimize')")


def note_unchanged(connection: apsw.Connection, document_id: int, mtime_ns: int, checked_ns: int) -> None:
    """Note that a file was found with the same content, whatever its time says."""
    connection.execute(
        "UPDATE documents SET mtime_ns = ?, checked_ns = ? WHERE id = ?", (mtime_ns, checked_ns, document_id)
    )


def delete_chunks(connection: apsw.Connection, document_id: int) -> None:
    """Empty a document: its chunks and sections go from every table, the document's own row stays."""
    ids = [(row[0],) for row in connection.execute("SELECT id FROM chunks WHERE document_id = ?", (document_id,))]
    connection.executemany("DELETE FROM chunks_fts WHERE rowid = ?", ids)
    connection.executemany("DELETE FROM chunk_bits WHERE chunk_id = ?", ids)
    connection.execute("DELETE FROM chunks WHERE document_id = ?", (document_id,))
    connection.execute("DELETE FROM sections WHERE document_id = ?", (document_id,))


def synced_collection(name: str) -> UsageError:
    """The error for a change here to what a hub sends."""
    return UsageError(
        f"The collection “{name}” comes from a hub and can't be changed on this device.",
        "Change it at the hub, or put your own documents into another collection with --collection NAME.",
    )


def _not_synced(connection: apsw.Connection, name: str) -> None:
    if connection.execute("SELECT origin FROM collections WHERE name = ?", (name,)).get == "synced":
        raise synced_collection(name)


def no_collection(name: str) -> UsageError:
    """The error for a collection that isn't there."""
    return UsageError(f"There is no collection “{name}”.", "See which there are with: edge-copilot collections")
