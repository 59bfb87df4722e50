"""Reading versions of documents whole, hidden or not, with everything that they were made of.

For what sends documents on, or compares them with what was sent; people and searches read with `index.store.reading`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, cast

import apsw

from index.store.writing import ChunkVectors

_Row = tuple[int, str, str, int, int | None, int | None, str, int, bytes | None, bytes]
_CHUNK: Final = (
    "SELECT k.section_id, k.lead, k.body, k.start_char, k.page, k.page_end, k.page_starts, k.id, v.whole, v.windows"
    " FROM chunks k LEFT JOIN chunk_vectors v ON v.chunk_id = k.id"
)


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A document's own row; fields as `index.store.reading.DocumentInfo` and `index.store.writing.Version`."""

    id: int
    path: str
    title: str
    media_type: str
    language: str | None
    pages: int | None
    bytes: int
    sha256: str
    recipe: str
    notices: tuple[str, ...]
    digest: str | None
    revision: str | None
    reviewed_until: str | None
    files: str


@dataclass(frozen=True, slots=True)
class ChunkRow:
    """A chunk with its vectors; fields as `index.documents.Chunk`.

    Attributes:
        start: Offset in the document's text.
        vectors: None where it has none.
    """

    lead: str
    body: str
    start: int
    page: int | None
    page_end: int | None
    page_starts: tuple[tuple[int, int], ...]
    vectors: ChunkVectors | None


@dataclass(frozen=True, slots=True)
class SectionRow:
    """A section with its chunks in order."""

    id: int
    path: tuple[str, ...]
    chunks: tuple[ChunkRow, ...]


def version(connection: apsw.Connection, document_id: int) -> VersionRow | None:
    """Return a document's row, hidden or not."""
    row = connection.execute(
        "SELECT id, path, title, media_type, language, pages, bytes, sha256, recipe, notices, digest, revision,"
        " reviewed_until, files FROM documents WHERE id = ?",
        (document_id,),
    ).fetchone()
    if row is None:
        return None
    values = list(row)
    values[9] = tuple(json.loads(str(row[9])))
    return VersionRow(*values)


def sections(connection: apsw.Connection, document_id: int) -> list[SectionRow]:
    """Return a document's sections with their chunks, in order."""
    found = connection.execute("SELECT id, path FROM sections WHERE document_id = ? ORDER BY ordinal", (document_id,))
    rows = cast("list[tuple[int, str]]", found.fetchall())
    chunks = _chunks(connection, " WHERE k.document_id = ? ORDER BY k.ordinal", document_id)
    return [_section(id_, path, chunks) for id_, path in rows]


def section(connection: apsw.Connection, section_id: int) -> SectionRow | None:
    """Return one section with its chunks."""
    row = connection.execute("SELECT id, path FROM sections WHERE id = ?", (section_id,)).fetchone()
    if row is None:
        return None
    return _section(
        int(row[0]), str(row[1]), _chunks(connection, " WHERE k.section_id = ? ORDER BY k.ordinal", section_id)
    )


def sections_named(connection: apsw.Connection, digest: str) -> list[int]:
    """Return ids of the sections that were made of the object with this digest (hex)."""
    return [int(row[0]) for row in connection.execute("SELECT id FROM sections WHERE digest = ? LIMIT 4", (digest,))]


def documents_named(connection: apsw.Connection, digests: Iterable[str]) -> dict[str, int]:
    """Return, of those digests (hex) of document objects that are on the device, a document made of each."""
    rows = connection.execute(
        "SELECT digest, max(id) FROM documents WHERE digest IN (SELECT value FROM json_each(?)) GROUP BY digest",
        (json.dumps(list(digests)),),
    )
    return {str(digest): int(id_) for digest, id_ in rows}


def _chunks(connection: apsw.Connection, where: str, bound: int) -> dict[int, list[ChunkRow]]:
    found: dict[int, list[ChunkRow]] = {}
    for row in cast("list[_Row]", connection.execute(_CHUNK + where, (bound,)).fetchall()):
        section_id, lead, body, start, page, page_end, starts, chunk_id, whole, windows = row
        vectors = None
        if whole is not None:
            # sqlite-vec hands out a table's vectors one at a time by key only; a join would scan all of them.
            bits = connection.execute("SELECT embedding FROM chunk_bits WHERE chunk_id = ?", (chunk_id,)).get
            vectors = ChunkVectors(whole, cast("bytes", bits or b""), windows)
        page_starts = tuple((offset, begun) for offset, begun in json.loads(starts))
        found.setdefault(section_id, []).append(ChunkRow(lead, body, start, page, page_end, page_starts, vectors))
    return found


def _section(id_: int, path: str, chunks: dict[int, list[ChunkRow]]) -> SectionRow:
    return SectionRow(id_, tuple(json.loads(path)), tuple(chunks.get(id_, ())))
