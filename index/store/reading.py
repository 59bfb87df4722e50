"""Reading what the index holds: collections, documents, sections, chunks.

Every function takes a connection lent by `Store.reader` and sees one state of the index; none changes anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import apsw

from index.documents import AccessLabel

Origin = Literal["local", "synced"]


@dataclass(frozen=True, slots=True)
class CollectionInfo:
    """A collection and how much it holds.

    Attributes:
        origin: ``synced`` where a hub sends it; it is changed there only.
    """

    name: str
    access: AccessLabel
    documents: int
    chunks: int
    origin: Origin = "local"


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A document as it was ingested.

    Attributes:
        path: Absolute; as it was reached, where links lead to it. Of a synced document its name at the hub.
        pages: Pages, slides or sheets; None where the format has none.
        bytes: Size of the file.
        mtime_ns: Its modification time, nanoseconds since 1970.
        checked_ns: When it was last seen to have this content, nanoseconds since 1970.
        sha256: Of its content, in hex.
        recipe: How it was read and cut; a document of another recipe is ingested anew.
        chunks: How many.
        notices: What could not be read of it, in sentences.
        ingested_at: UTC, ISO 8601.
        revision: As the document's owner calls it; None where the hub said none, or it was ingested here.
        reviewed_until: Day up to which its owner stands for it, ISO 8601.
    """

    id: int
    collection: str
    access: AccessLabel
    path: str
    title: str
    media_type: str
    language: str | None
    pages: int | None
    bytes: int
    mtime_ns: int
    checked_ns: int
    sha256: str
    recipe: str
    chunks: int
    notices: tuple[str, ...]
    ingested_at: str
    revision: str | None = None
    reviewed_until: str | None = None


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """A chunk in the index; its fields mean what those of `index.documents.Chunk` do.

    Attributes:
        section: Heading path from the top.
        section_ordinal: The section's position in the document.
    """

    id: int
    document_id: int
    section: tuple[str, ...]
    section_ordinal: int
    ordinal: int
    lead: str
    body: str
    start: int
    end: int
    page: int | None
    page_end: int | None
    page_starts: tuple[tuple[int, int], ...] = ()

    @property
    def text(self) -> str:
        """The lead, then the body: what is shown and read by the model."""
        return f"{self.lead}\n{self.body.strip()}" if self.lead else self.body.strip()


# Of a collection that a hub sends there is nothing to see before its first generation is live.
KNOWN: Final = (
    "(c.origin = 'local' OR EXISTS (SELECT 1 FROM generations g WHERE g.collection_id = c.id AND g.state = 'live'))"
)
_DOCUMENT: Final = (
    "SELECT d.id, c.name, c.access, d.path, d.title, d.media_type, d.language, d.pages, d.bytes, d.mtime_ns,"
    " d.checked_ns, d.sha256, d.recipe, d.chunk_count, d.notices, d.ingested_at, d.revision, d.reviewed_until"
    " FROM documents d JOIN collections c ON c.id = d.collection_id WHERE NOT d.hidden"
)
_CHUNK: Final = (
    "SELECT k.id, k.document_id, s.path, s.ordinal, k.ordinal, k.lead, k.body, k.start_char, k.end_char, k.page,"
    " k.page_end,"
    " k.page_starts FROM chunks k JOIN sections s ON s.id = k.section_id"
)
# Cheaper than asking each chunk's document: where nothing is hidden the list is empty.
HIDDEN: Final = "(SELECT id FROM documents WHERE hidden)"
_SEEN: Final = f"k.document_id NOT IN {HIDDEN}"
_UNEMBEDDED: Final = (
    _CHUNK.replace("SELECT", "SELECT d.title,", 1)  # noqa: S608
    + " JOIN documents d ON d.id = k.document_id WHERE k.id > ? AND NOT d.hidden"
    " AND NOT EXISTS (SELECT 1 FROM chunk_vectors v WHERE v.chunk_id = k.id) ORDER BY k.id LIMIT ?"
)


def collections(connection: apsw.Connection) -> list[CollectionInfo]:
    """Return every collection, by name."""
    rows = connection.execute(
        "SELECT c.name, c.access, count(d.id), coalesce(sum(d.chunk_count), 0), c.origin"  # noqa: S608
        " FROM collections c LEFT JOIN documents d ON d.collection_id = c.id AND NOT d.hidden"
        f" WHERE {KNOWN} GROUP BY c.id ORDER BY c.name"
    )
    return [
        CollectionInfo(name, AccessLabel(access), documents, chunks, origin)
        for name, access, documents, chunks, origin in rows
    ]


def documents(connection: apsw.Connection, collection: str | None = None) -> list[DocumentInfo]:
    """Return every document, or those of one collection, by path."""
    where, bound = (" AND c.name = ?", (collection,)) if collection is not None else ("", ())
    return [_document(row) for row in connection.execute(f"{_DOCUMENT}{where} ORDER BY d.path, c.name", bound)]


def document(connection: apsw.Connection, document_id: int) -> DocumentInfo | None:
    """Return one document by its id."""
    row = connection.execute(f"{_DOCUMENT} AND d.id = ?", (document_id,)).fetchone()
    return _document(row) if row else None


def document_at(connection: apsw.Connection, path: str, collection: str) -> DocumentInfo | None:
    """Return the document of ``collection`` with exactly this path."""
    row = connection.execute(f"{_DOCUMENT} AND d.path = ? AND c.name = ?", (path, collection)).fetchone()
    return _document(row) if row else None


def find_documents(connection: apsw.Connection, given: str, collection: str | None = None) -> list[DocumentInfo]:
    """Return the documents that a person may mean.

    Args:
        given: A path, absolute or from the working directory; else the end of one ("pump/manual.pdf", "manual.pdf").
        collection: Look in this one only.

    Returns:
        The document with that path (one for each collection that holds it); where there is none, all whose path ends
        so. More than one distinct path means that it is ambiguous.
    """
    candidates = documents(connection, collection)
    wanted = Path(given)
    for exact in dict.fromkeys((given, str(wanted.absolute()), str(_resolved(wanted)))):
        if found := [candidate for candidate in candidates if candidate.path == exact]:
            return found
    tail = wanted.parts
    if not tail or wanted.is_absolute():
        return []
    return [candidate for candidate in candidates if Path(candidate.path).parts[-len(tail) :] == tail]


def sections(connection: apsw.Connection, document_id: int) -> list[tuple[str, ...]]:
    """Return the heading paths of a document's sections, in order."""
    rows = connection.execute(
        f"SELECT path FROM sections WHERE document_id = ? AND document_id NOT IN {HIDDEN} ORDER BY ordinal",  # noqa: S608
        (document_id,),
    )
    return [_headings(path) for (path,) in rows]


def chunks(connection: apsw.Connection, document_id: int) -> Iterator[StoredChunk]:
    """Yield the chunks of a document in order, one at a time."""
    for row in connection.execute(f"{_CHUNK} WHERE k.document_id = ? AND {_SEEN} ORDER BY k.ordinal", (document_id,)):
        yield _chunk(row)


def text(connection: apsw.Connection, document_id: int) -> Iterator[str]:
    """Yield a document's text piece by piece; joined, the pieces are all of it, once."""
    query = f"SELECT body FROM chunks k WHERE document_id = ? AND {_SEEN} ORDER BY ordinal"  # noqa: S608
    for (body,) in connection.execute(query, (document_id,)):
        yield body


def first_chunks(connection: apsw.Connection) -> dict[int, int]:
    """Return, for each document that has any, the id of its first chunk."""
    rows = connection.execute(f"SELECT k.document_id, k.id FROM chunks k WHERE k.ordinal = 0 AND {_SEEN}")  # noqa: S608
    return {int(document_id): int(chunk_id) for document_id, chunk_id in rows}


def chunk(connection: apsw.Connection, chunk_id: int) -> StoredChunk | None:
    """Return one chunk by its id."""
    return next(iter(chunks_by_id(connection, (chunk_id,))), None)


def chunks_by_id(connection: apsw.Connection, chunk_ids: Iterable[int], *, hidden: bool = False) -> list[StoredChunk]:
    """Return the chunks with these ids, in the order given; those that are gone are left out.

    Args:
        connection: Lent by `Store.reader`.
        chunk_ids: The ids.
        hidden: Also those of documents that aren't seen.
    """
    ids = list(chunk_ids)
    where = " WHERE k.id IN (SELECT value FROM json_each(?))"
    where += "" if hidden else f" AND {_SEEN}"
    rows = connection.execute(_CHUNK + where, (json.dumps(ids),))
    found = {row[0]: _chunk(row) for row in rows}
    return [found[chunk_id] for chunk_id in ids if chunk_id in found]


def neighbours(connection: apsw.Connection, chunk_id: int, before: int = 1, after: int = 1) -> list[StoredChunk]:
    """Return a chunk with those next to it in its document, in order, whatever section they lie in."""
    rows = connection.execute(
        f"{_CHUNK} JOIN chunks me ON me.id = ? AND me.document_id = k.document_id"
        f" WHERE k.ordinal BETWEEN me.ordinal - ? AND me.ordinal + ? AND {_SEEN} ORDER BY k.ordinal",
        (chunk_id, before, after),
    )
    return [_chunk(row) for row in rows]


def section_chunks(connection: apsw.Connection, chunk_id: int) -> list[StoredChunk]:
    """Return all chunks of the section that a chunk lies in, in order."""
    where = f" WHERE k.section_id = (SELECT section_id FROM chunks WHERE id = ?) AND {_SEEN} ORDER BY k.ordinal"  # noqa: S608
    rows = connection.execute(_CHUNK + where, (chunk_id,))
    return [_chunk(row) for row in rows]


def embedder(connection: apsw.Connection) -> tuple[str, int] | None:
    """Return name and dimensions of the embedder whose vectors the index holds; None where it holds none.

    Vectors of another embedder must not be compared with them.
    """
    rows = dict(connection.execute("SELECT key, value FROM meta WHERE key IN ('embedder', 'dimensions')"))
    return (rows["embedder"], int(rows["dimensions"])) if "embedder" in rows else None


def unembedded(connection: apsw.Connection) -> int:
    """Return how many chunks have no vector yet."""
    missing = "SELECT (SELECT count(*) FROM chunks) - (SELECT count(*) FROM chunk_vectors)"
    if not int(connection.execute(missing).get):
        return 0
    return int(
        connection.execute(
            f"SELECT count(*) FROM chunks k WHERE {_SEEN}"  # noqa: S608
            " AND NOT EXISTS (SELECT 1 FROM chunk_vectors v WHERE v.chunk_id = k.id)"
        ).get
    )


def chunks_without_vectors(connection: apsw.Connection, after_id: int, limit: int) -> list[tuple[str, StoredChunk]]:
    """Return the next chunks without a vector, by id, each with its document's title."""
    rows = connection.execute(_UNEMBEDDED, (after_id, limit))
    return [(str(row[0]), _chunk(row[1:])) for row in rows]


def _document(row: tuple[object, ...]) -> DocumentInfo:
    values = list(row)
    values[2] = AccessLabel(str(row[2]))
    values[14] = tuple(json.loads(str(row[14])))
    return DocumentInfo(*values)  # type: ignore[arg-type]


def _chunk(row: tuple[object, ...]) -> StoredChunk:
    values = list(row)
    values[2] = _headings(str(row[2]))
    values[-1] = tuple((offset, page) for offset, page in json.loads(str(row[-1])))
    return StoredChunk(*values)  # type: ignore[arg-type]


def _headings(path: str) -> tuple[str, ...]:
    return tuple(json.loads(path))


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # a loop of links
        return path.absolute()
