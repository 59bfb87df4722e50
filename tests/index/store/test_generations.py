"""Versions and generations in the index: who sees what, and what belongs to what."""

from __future__ import annotations

import apsw
import pytest

from index.documents import AccessLabel, Chunk, Section
from index.errors import StoreCorrupt, UsageError
from index.store import Store, generations, pieces, reading, versions, writing
from index.store.writing import DocumentRecord, DocumentWriter, IndexedChunk, Version
from tests.index.hashing_embedder import HashingEmbedder
from tests.index.store.conftest import put_document

NOW = "2026-05-01T10:00:00Z"


def begin(store: Store, manifest: str, wanted: dict[str, str], number: int = 1, collection: str = "presses") -> int:
    with store.transaction(unseen=True) as connection:
        return generations.begin(connection, collection, number, manifest, NOW, "", wanted.items())


def add(store: Store, generation_id: int, path: str, digest: str, body: str = "text") -> int:
    """Write a version and count it among a generation's."""
    with store.transaction(unseen=True) as connection:
        collection_id = generations.collection_id_of(connection, generation_id)
        record = DocumentRecord(path, "T", "text/plain", None, 1, 0, 0, "00", "r")
        writer = DocumentWriter(connection, collection_id, record, Version(digest, NOW, "C"))
        writer.add([IndexedChunk(Chunk(Section(0, ()), 0, body, 0, len(body)))])
        writer.name_section(0, f"section {digest}")
        writer.finish(None, ())
        generations.add(connection, generation_id, writer.document_id)
        return writer.document_id


def switch(store: Store, generation_id: int, **how: object) -> generations.Switched:
    with store.transaction(durable=True) as connection:
        return generations.switch(connection, generation_id, NOW, **how)  # type: ignore[arg-type]


def seen(store: Store) -> list[tuple[str, str]]:
    with store.reader() as connection:
        return [
            (document.path, "".join(reading.text(connection, document.id)))
            for document in reading.documents(connection, "presses")
        ]


def test_a_switch_changes_what_is_seen_and_a_switch_back_undoes_it(store: Store) -> None:
    first = begin(store, "m1", {"a": "1", "b": "2"})
    add(store, first, "a", "1", "old")
    add(store, first, "b", "2")
    switch(store, first, access=AccessLabel.PUBLIC)
    second = begin(store, "m2", {"a": "3"}, 2)
    add(store, second, "a", "3", "new")

    assert seen(store) == [("a", "old"), ("b", "text")]
    assert switch(store, second) == generations.Switched(changed=1, removed=1)
    assert seen(store) == [("a", "new")]
    assert switch(store, first, back=True) == generations.Switched(changed=2, removed=0)
    assert seen(store) == [("a", "old"), ("b", "text")]
    assert store.check() == []
    with store.reader() as connection:
        (later, earlier) = generations.generations(connection, "presses")
        assert (later.state, later.rolled_back_at, earlier.state) == ("kept", NOW, "live")
        assert [one.access for one in reading.collections(connection)] == [AccessLabel.PUBLIC]


def test_a_generation_begins_with_the_versions_that_are_there(store: Store) -> None:
    first = begin(store, "m1", {"a": "1", "b": "2"})
    shared = add(store, first, "a", "1")
    add(store, first, "b", "2")
    switch(store, first)

    second = begin(store, "m2", {"a": "1", "b": "9", "c": "2"}, 2)  # c has the content of b, but is another path

    with store.reader() as connection:
        assert list(generations.members(connection, second)) == [(shared, "a", "1", False)]
        found = generations.of_manifest(connection, "presses", "m2")
        assert found is not None
        assert (found.id, found.documents, found.synced_at) == (second, 1, None)


def test_beginning_again_goes_on_and_beginning_another_gives_up_the_unfinished(store: Store) -> None:
    first = begin(store, "m1", {"a": "1", "b": "2"})
    kept = add(store, first, "a", "1")

    assert begin(store, "m1", {"a": "1", "b": "2"}) == first
    second = begin(store, "m2", {"a": "1"}, 2)

    with store.reader() as connection:
        assert [one.manifest for one in generations.generations(connection)] == ["m2"]
        assert [id_ for id_, *_ in generations.members(connection, second)] == [kept]
        assert generations.unused(connection) == []
        assert generations.generation(connection, first) is None


def test_what_hidden_versions_change_does_not_count_as_a_change(store: Store) -> None:
    before = store.data_version()
    generation_id = begin(store, "m1", {"a": "1"})
    add(store, generation_id, "a", "1")
    assert store.data_version() == before

    switch(store, generation_id)
    assert store.data_version() > before


def test_a_version_of_a_generation_cannot_be_deleted(store: Store) -> None:
    generation_id = begin(store, "m1", {"a": "1"})
    document_id = add(store, generation_id, "a", "1")
    with pytest.raises(apsw.ConstraintError), store.transaction() as connection:
        writing.delete_document(connection, document_id)

    with store.transaction() as connection:
        generations.forget(connection, generation_id)
        assert generations.unused(connection) == [document_id]
        writing.delete_document(connection, document_id)
    assert store.check() == []


def test_the_live_generation_cannot_be_forgotten(store: Store) -> None:
    generation_id = begin(store, "m1", {"a": "1"})
    add(store, generation_id, "a", "1")
    switch(store, generation_id)
    with store.transaction() as connection:
        generations.forget(connection, generation_id)

    with store.reader() as connection:
        assert generations.live(connection, "presses") is not None


def test_of_a_path_two_versions_are_never_seen(store: Store) -> None:
    generation_id = begin(store, "m1", {"a": "1"})
    add(store, generation_id, "a", "1")
    add(store, generation_id, "a", "2")
    with pytest.raises(apsw.ConstraintError), store.transaction() as connection:
        generations.switch(connection, generation_id, NOW)


def test_hidden_chunks_get_no_vectors(store: Store) -> None:
    generation_id = begin(store, "m1", {"a": "1"})
    add(store, generation_id, "a", "1")
    put_document(store, "own.txt", "own text")

    with store.reader() as connection:
        assert reading.unembedded(connection) == 1
        assert [chunk.body for _, chunk in reading.chunks_without_vectors(connection, 0, 9)] == ["own text"]


def test_a_rejected_version_has_no_name_any_more(store: Store) -> None:
    generation_id = begin(store, "m1", {"a": "1"})
    document_id = add(store, generation_id, "a", "1")
    with store.transaction() as connection:
        generations.reject(connection, generation_id, [document_id])

        assert list(generations.members(connection, generation_id)) == []
        assert versions.documents_named(connection, ["1"]) == {}
        assert versions.sections_named(connection, "section 1") == []
        assert generations.unused(connection) == [document_id]


def test_an_abandoned_collection_is_not_seen_and_goes_once_it_is_empty(store: Store) -> None:
    generation_id = begin(store, "m1", {"a": "1"})
    document_id = add(store, generation_id, "a", "1")
    switch(store, generation_id)
    with store.transaction() as connection:
        assert generations.abandon(connection, "presses") == 1
        generations.remove_empty(connection)

    assert seen(store) == []
    with store.transaction() as connection:
        assert reading.collections(connection) == []
        writing.delete_document(connection, document_id)
        generations.remove_empty(connection)
        assert connection.execute("SELECT count(*) FROM collections").get == 0


def test_a_local_collection_has_no_generations(store: Store) -> None:
    put_document(store, "own.txt", "own text")
    with store.transaction() as connection:
        assert generations.live(connection, "default") is None
        with pytest.raises(UsageError):
            generations.abandon(connection, "default")
        with pytest.raises(UsageError):
            generations.set_pinned(connection, "default", True)
    with pytest.raises(UsageError, match="ingested on this device"):
        begin(store, "m1", {}, collection="default")


def test_a_document_is_read_whole_with_its_vectors(store: Store) -> None:
    embedder = HashingEmbedder()
    document_id = put_document(store, "a.txt", "one", "two", embedder=embedder)
    with store.reader() as connection:
        row, sections = versions.version(connection, document_id), versions.sections(connection, document_id)
        again = versions.section(connection, sections[1].id)
        assert versions.version(connection, 99) is None
        assert versions.section(connection, 99) is None

    assert row is not None
    assert (row.path, row.language, row.notices, row.digest) == ("a.txt", "en", ("page 2 holds no text",), None)
    assert [section.path for section in sections] == [("Part", "Section 0"), ("Part", "Section 1")]
    assert again == sections[1]
    vectors = sections[0].chunks[0].vectors
    assert vectors is not None
    assert (len(vectors.whole), len(vectors.bits), len(vectors.windows)) == (384, 48, 384)


def test_pieces_are_stored_once_and_read_in_order(store: Store) -> None:
    with store.transaction() as connection:
        for digest, content in (("1", b"one"), ("2", b"two"), ("1", b"one")):
            pieces.write(connection, digest, content)

        assert pieces.stored(connection, ["1", "3"]) == {"1"}
        assert list(pieces.read(connection, ["2", "1", "2"])) == [b"two", b"one", b"two"]
        assert sorted(generations.unused_pieces(connection)) == ["1", "2"]
        with pytest.raises(StoreCorrupt):
            list(pieces.read(connection, ["3"]))
        pieces.remove(connection, ["1", "2"])
        assert pieces.stored(connection, ["1", "2"]) == set()
