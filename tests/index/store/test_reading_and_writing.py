"""What is written can be read back, and what is removed is gone from every part."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from index.documents import AccessLabel
from index.errors import DiskFull, StoreError, UsageError
from index.store import Store, generation, reading, writing
from tests.index.hashing_embedder import HashingEmbedder

TABLES = ("documents", "sections", "chunks", "chunks_fts_docsize", "identifiers", "chunk_bits_rowids", "chunk_vectors")


def counts(store: Store) -> dict[str, int]:
    with store.reader() as connection:
        return {table: connection.execute(f"SELECT count(*) FROM {table}").get for table in TABLES}


def test_a_document_reads_back_as_it_was_written(store: Store, put, embedder) -> None:
    document_id = put(store, "/m/pump.md", "Fill the oil.\n", "  Wait. ", "Done.", embedder=embedder)

    with store.reader() as connection:
        document = reading.document(connection, document_id)
        assert document is not None
        assert (
            document.path,
            document.title,
            document.collection,
            document.access,
            document.chunks,
            document.language,
            document.notices,
        ) == ("/m/pump.md", "The title", "default", AccessLabel.INTERNAL, 3, "en", ("page 2 holds no text",))
        assert "".join(reading.text(connection, document_id)) == "Fill the oil.\n  Wait. Done."
        assert [("Part", f"Section {n}") for n in range(3)] == reading.sections(connection, document_id)
        chunks = list(reading.chunks(connection, document_id))
        assert [chunk.text for chunk in chunks] == ["Fill the oil.", "Wait.", "Done."]
        assert chunks[1] == reading.chunk(connection, chunks[1].id)
        assert [chunks[2], chunks[0]] == reading.chunks_by_id(connection, [chunks[2].id, 999, chunks[0].id])
        assert chunks[:2] == reading.neighbours(connection, chunks[0].id)
        assert chunks[1:] == reading.neighbours(connection, chunks[1].id, before=0, after=5)
        assert [chunks[1]] == reading.section_chunks(connection, chunks[1].id)
        assert reading.chunk(connection, 999) is None
        assert reading.document(connection, 999) is None


def test_replacing_a_document_keeps_its_id_and_uses_no_chunk_id_twice(store: Store, put) -> None:
    first = put(store, "/a.md", "One. ", "Two.")
    with store.reader() as connection:
        before = {chunk.id for chunk in reading.chunks(connection, first)}
    second = put(store, "/a.md", "Three. ", "Four.")

    with store.reader() as connection:
        after = {chunk.id for chunk in reading.chunks(connection, second)}
    assert first == second
    assert not before & after


def test_a_removed_document_is_gone_from_every_table(store: Store, put, embedder) -> None:
    kept = frozenset({"f0012"})
    put(store, "/kept.md", "Kept.", embedder=embedder, identifiers=kept)
    alone = counts(store)
    gone = put(store, "/gone.md", "Some. ", "More.", embedder=embedder, identifiers=frozenset({"f0012", "f0013"}))

    with store.transaction() as connection:
        assert writing.remove_documents(connection, [gone, 999]) == 1

    assert alone == counts(store)
    assert store.check() == []


def test_removed_words_leave_the_file_once_the_word_index_is_rewritten(store: Store, put) -> None:
    put(store, "/kept.md", "Kept.")
    gone = put(store, "/gone.md", "Xylophonist.")
    with store.transaction() as connection:
        writing.remove_documents(connection, [gone])
        writing.forget_removed_words(connection)
    store.checkpoint()

    assert b"xylophonist" not in store.path.read_bytes().lower()


def test_vectors_of_another_embedder_make_room_for_its_own(store: Store, put, embedder) -> None:
    put(store, "/a.md", "One. ", "Two.", embedder=embedder)
    other = HashingEmbedder("other", 128)

    with store.transaction() as connection:
        assert writing.set_embedder(connection, other.name, other.dimensions)
        assert not writing.set_embedder(connection, other.name, other.dimensions)

    put(store, "/b.md", "Three.", embedder=other)
    with store.reader() as connection:
        assert reading.embedder(connection) == ("other", 128)
        assert reading.unembedded(connection) == 2
        assert [chunk.text for _, chunk in reading.chunks_without_vectors(connection, 0, 10)] == ["One.", "Two."]
    assert store.check() == []


def test_a_collection_keeps_its_label_until_it_is_changed_on_purpose(store: Store, put) -> None:
    with store.transaction() as connection:
        _, label = writing.ensure_collection(connection, "safety", AccessLabel.RESTRICTED)
        assert label is AccessLabel.RESTRICTED
    with store.transaction() as connection:
        assert writing.ensure_collection(connection, "safety", None)[1] is AccessLabel.RESTRICTED
    with pytest.raises(UsageError, match="is restricted, not public"), store.transaction() as connection:
        writing.ensure_collection(connection, "safety", AccessLabel.PUBLIC)
    with store.transaction() as connection:
        writing.set_access(connection, "safety", AccessLabel.PUBLIC)
    with store.reader() as connection:
        assert [(one.name, one.access) for one in reading.collections(connection)] == [("safety", AccessLabel.PUBLIC)]
    with pytest.raises(UsageError, match="no collection"), store.transaction() as connection:
        writing.set_access(connection, "nowhere", AccessLabel.PUBLIC)


def test_removing_a_collection_leaves_the_others_alone(store: Store, put, embedder) -> None:
    put(store, "/a.md", "One.", collection="a", embedder=embedder)
    put(store, "/a.md", "One.", collection="b", embedder=embedder)
    with store.transaction() as connection:
        assert writing.remove_collection(connection, "a") == 1

    with store.reader() as connection:
        assert [one.name for one in reading.collections(connection)] == ["b"]
        assert [document.collection for document in reading.documents(connection)] == ["b"]
    assert store.check() == []


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        pytest.param("/m/pump/manual.md", ["/m/pump/manual.md"], id="its path"),
        pytest.param("valve.md", ["/m/valve.md"], id="its name"),
        pytest.param("pump/manual.md", ["/m/pump/manual.md"], id="the end of its path"),
        pytest.param("manual.md", ["/m/manual.md", "/m/pump/manual.md"], id="a name of two"),
        pytest.param("anual.md", [], id="a part of a name"),
        pytest.param("/x/valve.md", [], id="another folder"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_a_document_is_found_by_its_path_or_the_end_of_it(store: Store, put, given: str, meant: list[str]) -> None:
    for path in ("/m/pump/manual.md", "/m/manual.md", "/m/valve.md"):
        put(store, path, "Text.")

    with store.reader() as connection:
        assert meant == [document.path for document in reading.find_documents(connection, given)]


def test_a_transaction_that_fails_changes_nothing(store: Store, put) -> None:
    put(store, "/a.md", "One.")
    before, version = counts(store), store.data_version()

    def fail_half_way() -> None:
        with store.transaction() as connection:
            writing.remove_documents(connection, [1])
            raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        fail_half_way()

    assert before == counts(store)
    assert version == store.data_version()


def test_a_reader_sees_one_state_however_long_it_looks(store: Store, put) -> None:
    put(store, "/a.md", "One.")
    with store.reader() as connection:
        before = generation(connection)
        put(store, "/a.md", "Two.")
        assert before == generation(connection)
        assert "".join(reading.text(connection, 1)) == "One."
    with store.reader() as connection:
        assert before + 1 == generation(connection)
        assert "".join(reading.text(connection, 1)) == "Two."


def test_another_process_s_commit_changes_the_data_version(store: Store, store_file: Path, put) -> None:
    before = store.data_version()
    with Store.open(store_file) as other:
        put(other, "/a.md", "One.")

    assert before != store.data_version()


def test_many_threads_read_while_one_writes(store: Store, put) -> None:
    put(store, "/a.md", "0")
    stop = threading.Event()
    failures: list[BaseException] = []

    def read() -> None:
        try:
            while not stop.is_set():
                with store.reader() as connection:
                    text = "".join(reading.text(connection, 1))
                    document = reading.document(connection, 1)
                    assert document is not None
                    assert document.chunks == len(text)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for length in range(1, 40):
        put(store, "/a.md", *("x" * length))
    stop.set()
    for thread in threads:
        thread.join()

    assert failures == []


def test_a_full_disk_is_told_and_costs_nothing(store: Store, put) -> None:
    put(store, "/a.md", "One.")
    before = counts(store)
    with store.reader() as connection:
        pages = connection.pragma("page_count")
    with store.transaction() as connection:
        connection.pragma("max_page_count", pages + 5)

    with pytest.raises(DiskFull):
        put(store, "/b.md", *("word " * 2000 for _ in range(50)))

    assert before == counts(store)
    assert store.check() == []
    put(store, "/a.md", "Two.")


def test_a_closed_store_says_so(store: Store) -> None:
    store.close()
    store.close()

    with pytest.raises(StoreError, match="closed"), store.reader():
        pass
