"""Hidden versions of documents: no channel finds them, unless they are what is asked about."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from index.errors import UsageError
from index.passages import SearchFilter
from index.search import Searcher
from index.search.scope import Scope, scope_of
from index.search.vectors import BitMatrix
from index.store import Store, reading
from tests.index.hashing_embedder import HashingEmbedder

Index = Callable[..., Store]

SEEN = "# Brake\n\nThe brake BR-120 holds the arm. Loosen the four screws of the brake before it is lifted out."
GONE = "# Clutch\n\nThe clutch CL-880 parts the zylograph from the gear. The clutch upsdrvctl is never oiled."


@pytest.fixture
def store(index: Index) -> Store:
    """An index of two documents, one of them hidden."""
    store = index(seen=SEEN, gone=GONE)
    with store.transaction() as connection:
        connection.execute("UPDATE documents SET hidden = 1 WHERE title = 'Clutch'")
    return store


def hidden_id(store: Store) -> int:
    with store.reader() as connection:
        return int(connection.execute("SELECT id FROM documents WHERE hidden").get)


@pytest.mark.parametrize(
    "question", ["CL-880", "clutch zylograph", "What parts the zylograph from the gear?", "CL 880", "zylogragh"]
)
@pytest.mark.parametrize("embedder", [HashingEmbedder(), None], ids=["hybrid", "words"])
def test_no_channel_finds_a_hidden_document(store: Store, question: str, embedder: HashingEmbedder | None) -> None:
    result = Searcher(store, embedder).search(question, 10)

    assert all(passage.title == "Brake" for passage in result.passages)


def test_look_alikes_of_identifiers_are_not_taken_from_hidden_documents(store: Store) -> None:
    for typed in ("CL-881", "upsdvrctl"):
        notices = Searcher(store, HashingEmbedder()).search(typed).notices

        assert not any("Similar" in notice or "instead" in notice for notice in notices)
    assert "BR-120" in Searcher(store, HashingEmbedder()).search("BR-121").notices[0]


def test_filters_do_not_let_a_hidden_document_in(store: Store) -> None:
    searcher = Searcher(store, HashingEmbedder())

    passages = searcher.search("clutch", 10, SearchFilter(collections=("default",))).passages
    assert all(passage.title == "Brake" for passage in passages)
    with pytest.raises(UsageError, match="no document"):
        searcher.search("clutch", 10, SearchFilter(documents=("gone.md",)))


def test_signs_of_hidden_chunks_are_left_out(store: Store) -> None:
    with store.reader() as connection:
        seen, all_ = BitMatrix.read(connection, 1), BitMatrix.read(connection, 1, hidden=True)
        hidden = [
            row[0] for row in connection.execute("SELECT id FROM chunks WHERE document_id = ?", (hidden_id(store),))
        ]

    assert set(all_.ids.tolist()) - set(seen.ids.tolist()) == set(hidden)
    kept = np.isin(all_.ids, seen.ids)
    assert np.array_equal(all_.columns[:, kept], seen.columns)


def test_a_search_within_documents_finds_hidden_ones_and_no_others(store: Store) -> None:
    within = Searcher(store, HashingEmbedder(), frozenset({hidden_id(store)}))

    for question in ("CL-880", "clutch zylograph", "brake"):
        result = within.search(question, 10)
        assert [passage.title for passage in result.passages] == ["Clutch"]
    assert within.search("CL-880").passages[0].exact


def test_where_nothing_is_hidden_searches_ask_for_nothing_more(index: Index) -> None:
    store = index(seen=SEEN)
    with store.reader() as connection:
        scope = scope_of(connection, SearchFilter())
        plan = [row[3] for row in connection.execute("EXPLAIN QUERY PLAN SELECT id FROM documents WHERE hidden")]

    assert scope == Scope()
    assert scope.condition("+rowid") == ("", ())
    assert plan == ["SCAN documents USING INDEX documents_hidden"]


def test_the_answer_is_the_same_with_a_hidden_version_and_without(store: Store, index: Index) -> None:
    alone = index(seen=SEEN)
    question = "How is the brake lifted out?"

    with_hidden, without = (Searcher(one, HashingEmbedder()).search(question).passages for one in (store, alone))

    assert [(p.text, p.section, p.similarity) for p in with_hidden] == [
        (p.text, p.section, p.similarity) for p in without
    ]
    with store.reader() as connection:
        assert [document.title for document in reading.documents(connection)] == ["Brake"]
