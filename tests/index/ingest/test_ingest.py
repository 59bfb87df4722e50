"""Files become documents: once, whole, and again only when they change."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from index.documents import AccessLabel
from index.errors import ReadOnlyData, StoreBusy, UsageError
from index.ingest import Ingestor, IngestProgress
from index.loaders import LoadLimits
from index.store import Store, reading
from index.store.sources import Sources
from tests.index.hashing_embedder import HashingEmbedder
from tests.index.ingest.helpers import aged, manual, names, texts, write


def test_every_file_becomes_a_document_found_by_words_identifiers_and_vectors(
    docs: Path, store: Store, ingestor: Ingestor, embedder: HashingEmbedder
) -> None:
    write(docs / "pump.md", "# Pump\n\nFault F0012 means that the oil is low.\n")
    write(docs / "deep" / "valve.txt", "The valve opens at 3 bar.\n")

    report = ingestor.run([docs])

    assert (report.documents, report.chunks, report.unchanged, report.skipped) == (2, 2, 0, ())
    assert sorted(names(store)) == ["pump.md", "valve.txt"]
    with store.reader() as connection:
        by_word = "SELECT rowid FROM chunks_fts WHERE chunks_fts MATCH 'body: oil'"
        by_name = "SELECT chunk_id FROM identifiers WHERE identifier = 'f0012'"
        vector = embedder.embed_query("Pump\nFault F0012 means that the oil is low.")
        by_vector = "SELECT chunk_id FROM chunk_bits WHERE embedding MATCH vec_quantize_binary(?) AND k = 1"
        pump = connection.execute(by_word).get
        assert (
            pump == connection.execute(by_name).get == connection.execute(by_vector, (vector.tobytes(),)).fetchone()[0]
        )
        assert reading.chunk(connection, pump).section == ("Pump",)
    assert store.check() == []


def test_what_is_unchanged_is_neither_read_nor_embedded(
    docs: Path, store: Store, ingestor: Ingestor, embedder: HashingEmbedder
) -> None:
    for number in range(5):
        aged(write(docs / f"{number}.md", manual(f"word{number}")))
    ingestor.run([docs])
    before, embedded = texts(store), embedder.embedded

    # A file that may not be opened any more shows that nothing but its time and size is looked at.
    for file in docs.iterdir():
        status = file.stat()
        file.write_text("x" * status.st_size)
        os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    report = ingestor.run([docs])

    assert (report.documents, report.chunks, report.unchanged) == (0, 0, 5)
    assert embedder.embedded == embedded
    assert texts(store) == before


def test_a_file_written_twice_within_the_clock_s_grain_is_compared_by_content(
    docs: Path, store: Store, ingestor: Ingestor
) -> None:
    file = write(docs / "a.md", "The first text.")
    ingestor.run([docs])
    status = file.stat()
    write(file, "The other text.")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))

    assert ingestor.run([docs]).documents == 1
    assert "other" in texts(store)[str(file)]


def test_a_file_touched_but_not_changed_is_read_no_more_than_once(
    docs: Path, store: Store, ingestor: Ingestor, embedder: HashingEmbedder
) -> None:
    file = aged(write(docs / "a.md", manual("pump")))
    ingestor.run([docs])
    embedded = embedder.embedded
    aged(file, 60)

    assert ingestor.run([docs]).unchanged == 1
    assert embedder.embedded == embedded
    with store.reader() as connection:
        assert reading.document(connection, 1).mtime_ns == file.stat().st_mtime_ns


def test_a_changed_file_takes_the_place_of_its_old_text(docs: Path, store: Store, ingestor: Ingestor) -> None:
    file = write(docs / "a.md", manual("pump"))
    write(docs / "b.md", manual("valve"))
    ingestor.run([docs])
    write(file, manual("motor", sections=1))

    report = ingestor.run([docs])

    assert (report.documents, report.unchanged) == (1, 1)
    assert "motor" in texts(store)[str(file)]
    assert "pump" not in texts(store)[str(file)]
    assert store.check() == []


def test_a_vanished_file_goes_only_when_asked_and_only_under_the_given_paths(
    docs: Path, store: Store, ingestor: Ingestor
) -> None:
    for name in ("a/one.md", "a/two.md", "b/three.md"):
        write(docs / name, manual(name))
    ingestor.run([docs])
    for name in ("a/one.md", "b/three.md"):
        (docs / name).unlink()

    assert ingestor.run([docs / "a"]).removed == 0
    assert ingestor.run([docs / "a"], prune=True).removed == 1
    assert sorted(names(store)) == ["three.md", "two.md"]
    report = ingestor.run([docs / "b" / "three.md"], prune=True)
    assert (report.removed, report.skipped) == (1, ())
    assert store.check() == []


def test_pruning_one_collection_leaves_the_same_file_in_another(docs: Path, store: Store, ingestor: Ingestor) -> None:
    file = write(docs / "a.md", manual("pump"))
    ingestor.run([docs], "one")
    ingestor.run([docs], "two")
    file.unlink()

    assert ingestor.run([docs], "one", prune=True).removed == 1
    with store.reader() as connection:
        assert [document.collection for document in reading.documents(connection)] == ["two"]


def test_a_file_that_can_not_be_read_keeps_its_last_good_text(docs: Path, store: Store, ingestor: Ingestor) -> None:
    good = write(docs / "a.md", manual("pump"))
    other = write(docs / "b.md", manual("valve"))
    ingestor.run([docs])
    before = texts(store)[str(good)]
    good.write_bytes(b"\xff\xd8\xff\xe0 a picture now")
    write(other, manual("motor"))

    report = ingestor.run([docs])

    assert [skipped.path for skipped in report.skipped] == [str(good)]
    assert "JPEG" in report.skipped[0].reason
    assert report.documents == 1
    assert texts(store)[str(good)] == before
    assert "motor" in texts(store)[str(other)]


def test_a_file_without_any_text_is_skipped_with_the_reason(docs: Path, ingestor: Ingestor) -> None:
    write(docs / "blank.txt", "\n \n")
    (docs / "empty.md").touch()

    reasons = {Path(skipped.path).name: skipped.reason for skipped in ingestor.run([docs]).skipped}

    assert "no text" in reasons["blank.txt"]
    assert "zero bytes" in reasons["empty.md"]


def test_a_file_over_the_limit_is_skipped_before_it_is_read(docs: Path, store: Store) -> None:
    with (docs / "huge.txt").open("wb") as file:
        file.truncate(1 << 40)  # sparse: reading it would take an hour

    report = Ingestor(store, None, LoadLimits(file_bytes=1000)).run([docs])

    assert "limit" in report.skipped[0].reason


def test_a_path_where_nothing_is_is_told(docs: Path, ingestor: Ingestor) -> None:
    report = ingestor.run([docs / "nowhere"])

    assert [(skipped.path, "no file or folder" in skipped.reason) for skipped in report.skipped] == [
        (str(docs / "nowhere"), True)
    ]


def test_names_with_blanks_quotes_and_emoji_are_names(docs: Path, store: Store, ingestor: Ingestor) -> None:
    strange = ["two words.md", 'it\'s "quoted".md', "🔧 ключ.md", "percent%20.md", "-dash.md", "a;b`c$d.md"]
    for name in strange:
        write(docs / name, manual("pump"))

    assert ingestor.run([docs]).documents == len(strange)
    assert sorted(names(store)) == sorted(strange)


def test_a_name_that_is_no_text_is_skipped_with_the_reason(docs: Path, ingestor: Ingestor) -> None:
    try:
        Path(os.fsdecode(os.fsencode(docs) + b"/\xff\xfe.md")).write_text("text")
    except OSError:
        pytest.skip("this file system takes no such names")

    assert "Rename" in ingestor.run([docs]).skipped[0].reason


def test_the_label_of_a_collection_is_set_once_and_not_changed_by_ingesting(
    docs: Path, store: Store, ingestor: Ingestor
) -> None:
    write(docs / "a.md", manual("pump"))
    ingestor.run([docs], "plans", AccessLabel.RESTRICTED)
    ingestor.run([docs], "plans")

    with pytest.raises(UsageError, match="set-access"):
        ingestor.run([docs], "plans", AccessLabel.PUBLIC)
    with store.reader() as connection:
        assert [(one.name, one.access) for one in reading.collections(connection)] == [
            ("plans", AccessLabel.RESTRICTED)
        ]


def test_without_an_embedder_words_go_in_and_vectors_follow_later(
    docs: Path, store: Store, embedder: HashingEmbedder
) -> None:
    write(docs / "a.md", manual("pump"))
    chunks = Ingestor(store, None).run([docs]).chunks
    with store.reader() as connection:
        assert reading.unembedded(connection) == chunks

    report = Ingestor(store, embedder).run([docs])

    assert (report.documents, report.embedded) == (0, chunks)
    assert store.check() == []
    with store.reader() as connection:
        assert reading.unembedded(connection) == 0
        assert reading.embedder(connection) == ("hashing", 384)


def test_vectors_that_follow_later_are_those_of_an_ingest_with_the_embedder(
    tmp_path: Path, docs: Path, store: Store, embedder: HashingEmbedder
) -> None:
    write(docs / "a.md", manual("pump"))
    Ingestor(store, None).run([docs])
    Ingestor(store, embedder).run([docs])
    with Store.open(tmp_path / "at once" / "index.db") as other:
        Ingestor(other, embedder).run([docs])
        query = "SELECT whole, windows FROM chunk_vectors ORDER BY chunk_id"
        with store.reader() as later, other.reader() as at_once:
            assert list(later.execute(query)) == list(at_once.execute(query))


def test_another_embedder_replaces_all_vectors_also_of_files_that_are_gone(
    docs: Path, store: Store, ingestor: Ingestor
) -> None:
    gone = write(docs / "gone.md", manual("pump"))
    write(docs / "here.md", manual("valve"))
    chunks = ingestor.run([docs]).chunks
    gone.unlink()
    other = HashingEmbedder("other", 64)

    report = Ingestor(store, other).run([docs])

    assert report.embedded == chunks
    with store.reader() as connection:
        assert reading.embedder(connection) == ("other", 64)
    assert store.check() == []


def test_progress_ends_where_the_report_does(docs: Path, ingestor: Ingestor) -> None:
    for number in range(7):
        write(docs / f"{number}.md", manual("pump", sections=30 * number))
    write(docs / "bad.docx", "no document")
    seen: list[IngestProgress] = []

    report = ingestor.run([docs], progress=seen.append)

    last = seen[-1]
    assert (last.files_done, last.files_total, last.chunks) == (8, 8, report.chunks)
    assert last.bytes_done == last.bytes_total == sum(file.stat().st_size for file in docs.iterdir())
    assert [at.files_done for at in seen] == sorted(at.files_done for at in seen)
    assert [at.bytes_done for at in seen] == sorted(at.bytes_done for at in seen)


def test_stopped_by_the_user_it_keeps_what_was_done_and_leaves_no_thread(
    docs: Path, store: Store, ingestor: Ingestor
) -> None:
    for number in range(30):
        write(docs / f"{number:02}.md", manual(f"word{number}", sections=6))
    threads = threading.active_count()

    def interrupt(at: IngestProgress) -> None:
        if at.files_done == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingestor.run([docs], progress=interrupt)

    assert threading.active_count() == threads
    assert len(texts(store)) == 10
    assert store.check() == []
    assert ingestor.run([docs]).documents == 20


def test_a_second_ingest_is_told_who_is_at_it(docs: Path, store: Store, ingestor: Ingestor) -> None:
    write(docs / "a.md", manual("pump"))
    told: list[str] = []

    def compete(at: IngestProgress) -> None:
        if not told:
            with Store.open(store.path) as other, pytest.raises(StoreBusy) as raised, other.transaction(wait_s=0.05):
                pass
            told.append(str(raised.value))

    ingestor.run([docs], progress=compete)

    assert f"{os.getpid()}" in told[0] or "This program" in told[0]
    assert "ingesting" in told[0]


def test_a_store_opened_to_read_takes_nothing(docs: Path, store: Store) -> None:
    write(docs / "a.md", manual("pump"))
    with Store.open(store.path, read_only=True) as reader, pytest.raises(ReadOnlyData):
        Ingestor(reader, None).run([docs])


def test_the_sources_are_listed_beside_the_index_before_anything_is_written(
    docs: Path, store: Store, ingestor: Ingestor
) -> None:
    write(docs / "a.md", manual("pump"))

    def interrupt(at: IngestProgress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingestor.run([docs], "plans", AccessLabel.RESTRICTED, progress=interrupt)

    listed = Sources.read(store.path)
    assert listed is not None
    assert [(source.path, source.collection) for source in listed.sources] == [(str(docs), "plans")]
    assert listed.collections == {"plans": AccessLabel.RESTRICTED}


def test_a_file_that_changes_while_it_is_read_is_left_for_the_next_time(
    docs: Path, store: Store, embedder: HashingEmbedder
) -> None:
    write(docs / "a.md", manual("pump"))
    # More chunks than the stages hold: the file is still being read when the one before it is written.
    late = write(docs / "b.md", manual("valve", sections=1500, sentences=3))

    def grow(at: IngestProgress) -> None:
        if at.files_done == 1 and late.stat().st_size < 10_000_000:
            with late.open("a") as file:
                file.write("\nMore.\n")

    report = Ingestor(store, embedder).run([docs], progress=grow)

    assert [Path(skipped.path).name for skipped in report.skipped] == ["b.md"]
    assert "changed while it was read" in report.skipped[0].reason
    assert names(store) == ["a.md"]


def test_the_language_of_a_document_is_noted(docs: Path, store: Store, ingestor: Ingestor) -> None:
    write(docs / "en.md", "When the lamp is on, wait for the pump to stop and open the valve with the key.")
    write(docs / "de.md", "Wenn die Lampe leuchtet, warten Sie, bis die Pumpe steht, und öffnen Sie das Ventil mit dem")
    ingestor.run([docs])

    with store.reader() as connection:
        assert {document.language for document in reading.documents(connection)} == {"en", "de"}
