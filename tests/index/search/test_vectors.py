from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index.embedding.quantize import from_int8, to_bits
from index.ingest import Ingestor
from index.search.scope import Scope
from index.search.vectors import BitMatrix, VectorChannel, _blocks, _rows, likeness
from index.store import Store
from index.store.store import generation
from tests.index.hashing_embedder import HashingEmbedder


@pytest.fixture
def large(tmp_path: Path, embedder: HashingEmbedder) -> Store:
    """An index of more chunks than sqlite-vec keeps in one block, some of them removed again."""
    for number in range(3):
        text = "\n".join(
            f"## Part {number}.{part}\n\nPart {part} of {number} turns {part * 7} times." for part in range(500)
        )
        (tmp_path / f"{number}.md").write_text(text, encoding="utf-8")
    store = Store.open(tmp_path / "index.db")
    ingestor = Ingestor(store, embedder)
    ingestor.run([tmp_path])
    (tmp_path / "1.md").write_text("# One\n\nOnly one is left.", encoding="utf-8")
    ingestor.run([tmp_path])
    return store


def test_signs_read_block_by_block_are_those_that_sqlite_vec_gives_out(large: Store) -> None:
    with large.reader() as connection:
        blocks, rows = _blocks(connection), _rows(connection)

    assert blocks is not None
    by_block = dict(zip(blocks[0].tolist(), blocks[1].tolist(), strict=True))
    by_row = dict(zip(rows[0].tolist(), rows[1].tolist(), strict=True))
    assert len(by_row) > 900
    assert by_block == by_row


def test_each_chunk_has_its_own_signs(large: Store) -> None:
    with large.reader() as connection:
        matrix = BitMatrix.read(connection, 0)
        whole = dict(connection.execute("SELECT chunk_id, whole FROM chunk_vectors"))
    ids, bits = matrix.nearest(np.zeros(48, np.uint8), len(matrix.ids), None)

    for id_, found in list(zip(ids.tolist(), bits, strict=True))[::37]:
        stored = from_int8(whole[id_], 384)
        assert (found == to_bits(stored)[0]).mean() > 0.9  # rounding to int8 takes small components to zero


def test_the_nearest_chunks_are_found_as_by_comparing_all(large: Store, embedder: HashingEmbedder) -> None:
    query = embedder.embed_query("Part 77 of 2 turns 539 times")
    channel = VectorChannel()
    with large.reader() as connection:
        near = channel.nearest(connection, generation(connection), query, Scope(), 400)
        found = likeness(connection, query, near.tolist())
        everything = likeness(connection, query, [row[0] for row in connection.execute("SELECT id FROM chunks")])

    best = sorted(everything, key=lambda id_: -everything[id_].whole)[:10]
    assert len(found) == 400
    assert len(set(best) & set(found)) >= 9
    assert all(found[id_] == everything[id_] for id_ in found)


def test_only_documents_in_scope_are_looked_at(large: Store, embedder: HashingEmbedder) -> None:
    with large.reader() as connection:
        document = connection.execute("SELECT id FROM documents WHERE path LIKE '%2.md'").get
        scope = Scope(frozenset({document}))
        near = VectorChannel().nearest(connection, 1, embedder.embed_query("Part 3 of 0"), scope, 50)
        of = {row[0] for row in connection.execute("SELECT id FROM chunks WHERE document_id = ?", (document,))}

    assert len(near) == 50
    assert set(near.tolist()) <= of


def test_an_index_without_vectors_has_no_nearest(tmp_path: Path, embedder: HashingEmbedder) -> None:
    with Store.open(tmp_path / "index.db") as store, store.reader() as connection:
        assert VectorChannel().nearest(connection, 0, embedder.embed_query("part"), Scope(), 5).size == 0
