"""Documents put into a store by hand, as ingest would."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.documents import Chunk, Section
from index.ingest.vectors import embed, embeddable
from index.store import Store, writing
from tests.index.hashing_embedder import HashingEmbedder

Put = Callable[..., int]


@pytest.fixture
def store_file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "index.db"


@pytest.fixture
def store(store_file: Path) -> Iterator[Store]:
    with Store.open(store_file) as store:
        yield store


@pytest.fixture
def put() -> Put:
    return put_document


def put_document(
    store: Store,
    path: str,
    *bodies: str,
    collection: str = "default",
    embedder: HashingEmbedder | None = None,
    identifiers: frozenset[str] = frozenset(),
) -> int:
    """Write a document of one chunk for each body, each in a section of its own; return its id."""
    with store.transaction() as connection:
        collection_id, _ = writing.ensure_collection(connection, collection, None)
        if embedder is not None:
            writing.set_embedder(connection, embedder.name, embedder.dimensions)
        record = writing.DocumentRecord(path, "The title", "text/plain", None, 1, 1, 1, "00", "r")
        writer = writing.DocumentWriter(connection, collection_id, record)
        start = 0
        batch = []
        for ordinal, body in enumerate(bodies):
            chunk = Chunk(Section(ordinal, ("Part", f"Section {ordinal}")), ordinal, body, start, start + len(body))
            start += len(body)
            parts = embeddable("The title", chunk.section.path, chunk.text)
            vectors = embed(embedder, [parts])[0] if embedder is not None else None
            batch.append(writing.IndexedChunk(chunk, identifiers, vectors))
        writer.add(batch)
        writer.finish("en", ["page 2 holds no text"])
        return writer.document_id
