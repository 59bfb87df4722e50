"""Between the index's rows and the objects that hubs and devices exchange, in both directions.

A hub makes objects of what it has ingested; a device makes rows of objects, and objects of rows again to see whether
they are still what was published. So both use the same functions, and what they make has one name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import apsw

from index.documents import Chunk, Section
from index.errors import StoreError
from index.ingest.vectors import text_of
from index.search.identifiers import extract
from index.store import versions
from index.store.versions import ChunkRow, SectionRow
from index.store.writing import ChunkVectors, DocumentRecord, IndexedChunk, Version
from sync.format import (
    ChunkObject,
    DocumentObject,
    FileRef,
    SectionObject,
    SectionRef,
    digest_of,
    encode_section,
)


@dataclass(frozen=True, slots=True)
class SectionData:
    """A section as it is sent.

    Attributes:
        digest: Its name.
        data: The section object's bytes.
    """

    digest: bytes
    data: bytes


def read_document(connection: apsw.Connection, document_id: int) -> tuple[DocumentObject, list[SectionData]]:
    """Make objects of a document in the index, hidden or not.

    A hub then replaces ``revision``, ``reviewed_until`` and ``files`` by what it knows.

    Args:
        connection: Lent by `Store.reader`.
        document_id: Of the document.

    Returns:
        The document object, and its sections in order; one that stands in it twice comes twice.

    Raises:
        StoreError: There is no such document.
    """
    row = versions.version(connection, document_id)
    if row is None:
        raise StoreError("A document vanished from the index while it was read.", "Try again.")
    refs, data = [], []
    for section in versions.sections(connection, document_id):
        encoded = encode_section(section_object(section))
        one = SectionData(digest_of(encoded), encoded)
        refs.append(SectionRef(one.digest, _first_page(section.chunks)))
        data.append(one)
    document = DocumentObject(
        title=row.title,
        media_type=row.media_type,
        language=row.language,
        pages=row.pages,
        size=row.bytes,
        sha256=bytes.fromhex(row.sha256),
        recipe=row.recipe,
        notices=row.notices,
        revision=row.revision,
        reviewed_until=row.reviewed_until,
        sections=tuple(refs),
        files=read_files(row.files),
    )
    return document, data


def section_object(section: SectionRow) -> SectionObject:
    """Make an object of a section: pages and offsets counted from its beginning, so that it can move."""
    first_page, first_character = _first_page(section.chunks), section.chunks[0].start if section.chunks else 0
    return SectionObject(
        section.path,
        tuple(
            ChunkObject(
                chunk.lead,
                chunk.body,
                _less(chunk.page, first_page),
                _less(chunk.page_end, first_page),
                tuple((offset - first_character, page - (first_page or 0)) for offset, page in chunk.page_starts),
                chunk.vectors.whole if chunk.vectors else b"",
                chunk.vectors.bits if chunk.vectors else b"",
                chunk.vectors.windows if chunk.vectors else b"",
            )
            for chunk in section.chunks
        ),
    )


def indexed_chunks(
    document: DocumentObject, sections: Iterator[SectionObject], *, vectors: bool = True
) -> Iterator[list[IndexedChunk]]:
    """Make chunks of a document's sections again, section after section, with pages and offsets of the document.

    Args:
        document: The document.
        sections: Its sections, in its order.
        vectors: Whether to take the vectors, too.
    """
    ordinal = start = 0
    for number, (ref, section) in enumerate(zip(document.sections, sections, strict=True)):
        place, first_character = Section(number, section.path), start
        made = []
        for chunk in section.chunks:
            body = Chunk(
                place,
                ordinal,
                chunk.body,
                start,
                start + len(chunk.body),
                page=_plus(chunk.page, ref.first_page),
                page_end=_plus(chunk.page_end, ref.first_page),
                lead=chunk.lead,
                page_starts=tuple(
                    (offset + first_character, page + (ref.first_page or 0)) for offset, page in chunk.page_starts
                ),
            )
            # Made here rather than sent: this program's search decides what an identifier is.
            identifiers = frozenset(extract(text_of(body)))
            kept = ChunkVectors(chunk.whole, chunk.bits, chunk.windows) if vectors and chunk.whole else None
            made.append(IndexedChunk(body, identifiers, kept))
            ordinal += 1
            start = body.end
        yield made


def record_of(path: str, document: DocumentObject) -> DocumentRecord:
    """Return a document's row but for what makes it a version; a synced one has no file whose time could be noted."""
    return DocumentRecord(
        path=path,
        title=document.title,
        media_type=document.media_type,
        pages=document.pages,
        bytes=document.size,
        mtime_ns=0,
        checked_ns=0,
        sha256=document.sha256.hex(),
        recipe=document.recipe,
    )


def version_of(digest: bytes, document: DocumentObject, now: str) -> Version:
    """Return what makes a row a version of its document.

    Args:
        digest: Of the document object.
        document: The object.
        now: UTC, ISO 8601.
    """
    return Version(digest.hex(), now, document.revision, document.reviewed_until, write_files(document.files))


def write_files(files: Sequence[FileRef]) -> str:
    """Return files as they are kept in a document's row."""
    return json.dumps(
        [
            {
                "name": file.name,
                "media_type": file.media_type,
                "bytes": file.size,
                "sha256": file.sha256.hex(),
                "pieces": [piece.hex() for piece in file.pieces],
            }
            for file in files
        ],
        ensure_ascii=False,
    )


def read_files(files: str) -> tuple[FileRef, ...]:
    """Undo `write_files`."""
    return tuple(
        FileRef(
            one["name"],
            one["media_type"],
            one["bytes"],
            bytes.fromhex(one["sha256"]),
            tuple(bytes.fromhex(piece) for piece in one["pieces"]),
        )
        for one in json.loads(files)
    )


def _first_page(chunks: Sequence[ChunkRow]) -> int | None:
    return next((chunk.page for chunk in chunks if chunk.page is not None), None)


def _less(page: int | None, first: int | None) -> int | None:
    return None if page is None else page - (first or 0)


def _plus(page: int | None, first: int | None) -> int | None:
    return None if page is None else page + (first or 0)
