"""Rows of the index to objects and back: nothing is lost, and equal sections have one name wherever they stand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.documents import Chunk, Section
from index.errors import StoreError
from index.store import Store, generations, reading, writing
from index.store.writing import DocumentRecord, DocumentWriter, IndexedChunk
from sync.collections import indexed_chunks, read_document, record_of, version_of
from sync.format import (
    ChunkObject,
    DocumentObject,
    SectionObject,
    SectionRef,
    decode_section,
    digest_of,
    encode_document,
    encode_section,
)
from tests.sync.format.strategies import DIGESTS, NAMES, TEXTS, files

NOW = "2026-05-01T10:00:00Z"
DIMENSIONS = 384


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "index.db") as store:
        yield store


@st.composite
def chunks(draw: st.DrawFn, paged: bool, first: bool) -> ChunkObject:
    body = draw(TEXTS)
    page = (0 if first else draw(st.integers(0, 9))) if paged else None
    vectors = draw(st.booleans())
    return ChunkObject(
        draw(TEXTS),
        body,
        page,
        page,
        tuple(draw(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 9)), max_size=2))) if paged else (),
        draw(st.binary(min_size=DIMENSIONS, max_size=DIMENSIONS)) if vectors else b"",
        draw(st.binary(min_size=DIMENSIONS // 8, max_size=DIMENSIONS // 8)) if vectors else b"",
        bytes(DIMENSIONS) * draw(st.integers(0, 2)) if vectors else b"",
    )


@st.composite
def whole_documents(draw: st.DrawFn) -> tuple[DocumentObject, list[SectionObject]]:
    """Any document with its sections, as ingest could have made it."""
    sections, refs = [], []
    for _ in range(draw(st.integers(0, 3))):
        paged = draw(st.booleans())
        count = draw(st.integers(1, 3))
        section = SectionObject(
            tuple(draw(st.lists(TEXTS, max_size=3))), tuple(draw(chunks(paged, first=n == 0)) for n in range(count))
        )
        sections.append(section)
        refs.append(SectionRef(digest_of(encode_section(section)), draw(st.integers(1, 99)) if paged else None))
    document = DocumentObject(
        draw(TEXTS),
        draw(NAMES),
        draw(st.none() | TEXTS),
        draw(st.none() | st.integers(0, 999)),
        draw(st.integers(0, (1 << 63) - 1)),
        draw(DIGESTS),
        draw(TEXTS),
        tuple(draw(st.lists(TEXTS, max_size=2))),
        draw(st.none() | TEXTS),
        draw(st.none() | TEXTS),
        tuple(refs),
        tuple(draw(st.lists(files(), max_size=2))),
    )
    return document, sections


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(whole_documents())
def test_any_document_comes_back_from_the_index_as_it_was_sent(
    store: Store, whole: tuple[DocumentObject, list[SectionObject]]
) -> None:
    document, sections = whole
    digest = digest_of(encode_document(document))
    with store.transaction(unseen=True) as connection:
        generation_id = generations.begin(connection, "presses", 1, "m", NOW, "", ())
        collection_id = generations.collection_id_of(connection, generation_id)
        writer = DocumentWriter(
            connection, collection_id, record_of("a", document), version_of(digest, document, NOW)
        )  # fmt: skip
        for made in indexed_chunks(document, iter(sections)):
            writer.add(made)
        writer.finish(document.language, document.notices)
    with store.reader() as connection:
        found, data = read_document(connection, writer.document_id)

    assert found == document
    assert [decode_section(one.data) for one in data] == sections
    assert [one.digest for one in data] == [ref.digest for ref in document.sections]
    assert digest_of(encode_document(found)) == digest
    assert store.check() == []


def put(store: Store, path: str, front: str, page: int) -> int:
    """A document with a section of two pages from ``page`` on, behind a front of its own."""
    with store.transaction() as connection:
        collection_id, _ = writing.ensure_collection(connection, "default", None)
        record = DocumentRecord(path, "T", "application/pdf", 9, 1, 1, 1, "00" * 32, "1")
        writer = DocumentWriter(connection, collection_id, record)
        at = len(front)
        parts = [Chunk(Section(0, ()), 0, front, 0, at, 1, 1)] if front else []
        starts = ((at + 4, page + 1),)
        parts.append(Chunk(Section(5, ("H",)), len(parts), "one two", at, at + 7, page, page + 1, "", starts))
        writer.add([IndexedChunk(part) for part in parts])
        writer.finish("en", ())
        return writer.document_id


def test_a_section_has_the_same_name_wherever_it_stands(store: Store) -> None:
    ids = put(store, "a", "", 2), put(store, "b", "a front page ", 7)
    with store.reader() as connection:
        (a, a_sections), (b, b_sections) = (read_document(connection, id_) for id_ in ids)

    assert a_sections[-1] == b_sections[-1]
    assert (a.sections[-1].first_page, b.sections[-1].first_page) == (2, 7)


def test_pages_and_offsets_are_those_of_the_document_again(store: Store) -> None:
    document_id = put(store, "b", "a front page ", 7)
    with store.reader() as connection:
        document, sections = read_document(connection, document_id)
        rows = list(reading.chunks(connection, document_id))

    made = [
        one.chunk
        for part in indexed_chunks(document, (decode_section(section.data) for section in sections))
        for one in part
    ]

    assert [(one.body, one.start, one.end, one.page, one.page_end, one.page_starts, one.ordinal) for one in made] == [
        (row.body, row.start, row.end, row.page, row.page_end, row.page_starts, row.ordinal) for row in rows
    ]


def test_a_document_that_is_gone_is_an_error_in_words(store: Store) -> None:
    with store.reader() as connection, pytest.raises(StoreError, match="vanished"):
        read_document(connection, 7)
