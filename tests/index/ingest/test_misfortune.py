"""A full disk, two at once, a damaged index: told in words, and nothing is lost that could be kept."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.documents import AccessLabel
from index.errors import DiskFull, EdgeCopilotError, StoreBusy, StoreCorrupt, StoreError, WrongKey
from index.ingest import Ingestor
from index.ingest.rebuilding import rebuild, set_aside
from index.store import Store, reading
from index.store.sources import Source, Sources, sources_file
from tests.index.hashing_embedder import HashingEmbedder
from tests.index.ingest.helpers import manual, names, texts, write

PROCESSES = multiprocessing.get_context("forkserver")


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of 16 MiB, where this user may mount one."""
    folder = Path(tempfile.mkdtemp())
    mount = shutil.which("mount")
    made = mount and subprocess.run([mount, "-t", "tmpfs", "-o", "size=16m", "tmpfs", folder], capture_output=True)
    if not made or made.returncode:
        folder.rmdir()
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)
    folder.rmdir()


def test_a_full_disk_stops_the_ingest_and_keeps_what_was_done(
    small_disk: Path, docs: Path, embedder: HashingEmbedder
) -> None:
    for number in range(40):
        write(docs / f"{number:02}.md", manual(f"word{number}", sections=100, sentences=30))
    store_file = small_disk / "data" / "index.db"
    others = small_disk / "others"
    others.write_bytes(bytes(6 << 20))
    with Store.open(store_file) as store:
        with pytest.raises(DiskFull, match="is full"):
            Ingestor(store, embedder).run([docs])
        written = texts(store)
        assert 0 < len(written) < 40
        assert store.check() == []
        others.unlink()

    with Store.open(store_file) as store:
        assert texts(store) == written
        for number in range(3, 40):
            (docs / f"{number:02}.md").unlink()
        report = Ingestor(store, embedder).run([docs], prune=True)
        assert report.removed == len(written) - report.unchanged
        assert names(store) == ["00.md", "01.md", "02.md"]
        assert store.check() == []


def test_a_limit_on_the_size_of_files_is_met_like_a_full_disk(tmp_path: Path, docs: Path) -> None:
    for number in range(40):
        write(docs / f"{number:02}.md", manual(f"word{number}", sections=30))
    outcome, pipe = PROCESSES.Pipe(duplex=False)
    child = PROCESSES.Process(target=ingest_with_little_room, args=(tmp_path / "data" / "index.db", docs, pipe))
    child.start()

    assert outcome.recv() == "DiskFull"
    child.join()
    with Store.open(tmp_path / "data" / "index.db") as store:
        assert store.check() == []
        assert 0 < len(texts(store)) < 40


def ingest_with_little_room(store_file: Path, docs: Path, pipe) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    try:
        with Store.open(store_file) as store:
            Ingestor(store, HashingEmbedder()).run([docs])
        pipe.send("done")
    except EdgeCopilotError as error:
        pipe.send(type(error).__name__)


def test_of_two_processes_at_once_both_succeed_or_one_is_told_to_wait(tmp_path: Path, docs: Path) -> None:
    for number in range(20):
        write(docs / f"{number:02}.md", manual(f"word{number}", sections=10))
    pipes = []
    children = []
    for _ in range(2):
        outcome, pipe = PROCESSES.Pipe(duplex=False)
        children.append(PROCESSES.Process(target=ingest_reporting, args=(tmp_path / "data" / "index.db", docs, pipe)))
        pipes.append(outcome)
    for child in children:
        child.start()
    outcomes = [pipe.recv() for pipe in pipes]
    for child in children:
        child.join()

    assert sum(documents for documents, _ in outcomes) == 20
    assert {error for _, error in outcomes} <= {"", "StoreBusy"}
    with Store.open(tmp_path / "data" / "index.db") as store:
        assert store.check() == []
        assert len(texts(store)) == 20


def ingest_reporting(store_file: Path, docs: Path, pipe) -> None:
    try:
        with Store.open(store_file) as store:
            pipe.send((Ingestor(store, HashingEmbedder()).run([docs]).documents, ""))
    except EdgeCopilotError as error:
        pipe.send((0, type(error).__name__))


def test_a_process_that_hangs_on_to_the_index_is_named(tmp_path: Path) -> None:
    store_file = tmp_path / "data" / "index.db"
    told, pipe = PROCESSES.Pipe(duplex=False)
    child = PROCESSES.Process(target=hold, args=(store_file, pipe))
    child.start()
    told.recv()
    try:
        with (
            Store.open(store_file) as store,
            pytest.raises(StoreBusy, match=rf"Process {child.pid} is writing.*ingesting"),
            store.transaction(wait_s=0.1),
        ):
            pass
    finally:
        child.kill()
        child.join()
    with Store.open(store_file) as store, store.transaction(wait_s=5):
        pass


def hold(store_file: Path, pipe) -> None:
    with Store.open(store_file) as store, store.writing("ingesting"):
        pipe.send("held")
        signal.pause()


@pytest.fixture
def damaged(tmp_path: Path, docs: Path, embedder: HashingEmbedder) -> Path:
    """An index of two collections with a document removed by hand, then overwritten in part."""
    write(docs / "public" / "a.md", manual("pump"))
    write(docs / "public" / "unwanted.md", manual("belt"))
    write(docs / "secret" / "b.md", manual("valve"))
    gone = write(tmp_path / "drive" / "c.md", manual("motor"))
    store_file = tmp_path / "data" / "index.db"
    with Store.open(store_file) as store:
        ingestor = Ingestor(store, embedder)
        ingestor.run([docs / "public"])
        ingestor.run([docs / "secret", gone], "plans", AccessLabel.RESTRICTED)
        store.write_sources(store.sources().with_removed([str(docs / "public" / "unwanted.md")], "default"))
    shutil.rmtree(tmp_path / "drive")
    damage(store_file)
    return store_file


def damage(store_file: Path) -> None:
    with store_file.open("rb+") as file:
        file.seek(100)
        file.write(os.urandom(4000))


def test_a_damaged_index_is_kept_and_made_anew_from_what_is_still_there(
    damaged: Path, docs: Path, tmp_path: Path, embedder: HashingEmbedder
) -> None:
    with pytest.raises(StoreCorrupt):
        Store.open(damaged)
    content = damaged.read_bytes()

    aside, report = rebuild(damaged, None, lambda store: Ingestor(store, embedder))

    assert aside is not None
    assert aside.read_bytes() == content
    assert aside.name.startswith("index.db.corrupt-")
    assert [skipped.path for skipped in report.skipped] == [str(tmp_path / "drive" / "c.md")]
    with Store.open(damaged) as store:
        assert sorted(names(store)) == ["a.md", "b.md"]
        assert store.check() == []
        with store.reader() as connection:
            labels = {one.name: one.access for one in reading.collections(connection)}
        assert labels == {"default": AccessLabel.INTERNAL, "plans": AccessLabel.RESTRICTED}


def test_what_was_missing_at_a_rebuild_comes_back_with_its_drive(
    damaged: Path, tmp_path: Path, embedder: HashingEmbedder
) -> None:
    rebuild(damaged, None, lambda store: Ingestor(store, embedder))
    write(tmp_path / "drive" / "c.md", manual("motor"))

    aside, report = rebuild(damaged, None, lambda store: Ingestor(store, embedder))

    assert aside is None  # the index was whole
    assert (report.documents, report.skipped) == (1, ())
    with Store.open(damaged) as store:
        assert sorted(names(store)) == ["a.md", "b.md", "c.md"]


def test_a_rebuild_that_is_stopped_goes_on_where_it_was(damaged: Path, embedder: HashingEmbedder) -> None:
    def interrupt(_at: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(damaged, None, lambda store: Ingestor(store, embedder), interrupt)
    rebuild(damaged, None, lambda store: Ingestor(store, embedder))

    with Store.open(damaged) as store:
        assert sorted(names(store)) == ["a.md", "b.md"]
    assert len(list(damaged.parent.glob("index.db.corrupt-*"))) == 1


def test_without_the_list_of_sources_a_damaged_index_stays_where_it_is(
    damaged: Path, embedder: HashingEmbedder
) -> None:
    sources_file(damaged).unlink()

    with pytest.raises(StoreError, match="list of what was ingested"):
        rebuild(damaged, None, lambda store: Ingestor(store, embedder))
    assert damaged.exists()


def test_a_wrong_key_never_sets_an_index_aside(tmp_path: Path, docs: Path, embedder: HashingEmbedder) -> None:
    store_file = tmp_path / "data" / "index.db"
    write(docs / "a.md", manual("pump"))
    with Store.open(store_file, key="right") as store:
        Ingestor(store, embedder).run([docs])

    for key in ("wrong", None):
        with pytest.raises(WrongKey):
            rebuild(store_file, key, lambda store: Ingestor(store, embedder))
    with Store.open(store_file, key="right") as store:
        assert names(store) == ["a.md"]


def test_setting_aside_twice_in_a_second_keeps_both(tmp_path: Path) -> None:
    store_file = tmp_path / "index.db"
    kept = set()
    for content in ("one", "two", "three"):
        store_file.write_text(content)
        store_file.with_name("index.db-wal").write_text(f"{content} wal")
        aside = set_aside(store_file)
        assert aside is not None
        assert aside.with_name(aside.name + "-wal").read_text() == f"{content} wal"
        kept.add(aside.read_text())

    assert kept == {"one", "two", "three"}
    assert set_aside(store_file) is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"sources": [{"path": 3}]}', b"\xff\xfe"])
def test_a_list_of_sources_that_makes_no_sense_is_taken_for_missing(tmp_path: Path, content: bytes) -> None:
    sources_file(tmp_path / "index.db").write_bytes(content)

    assert Sources.read(tmp_path / "index.db") is None


def test_a_list_of_sources_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    store_file = tmp_path / "index.db"
    good = Sources(sources=(Source(path="/manuals", collection="default"),))
    good.write(store_file)
    resource_limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    previous = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, resource_limits[1]))
        with contextlib.suppress(OSError):
            good.with_added(["/more"], "default").write(store_file)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, resource_limits)
        signal.signal(signal.SIGXFSZ, previous)

    assert Sources.read(store_file) == good
    assert [file.name for file in tmp_path.iterdir()] == [sources_file(store_file).name]


def test_ingesting_a_folder_again_wants_again_what_was_removed_below_it() -> None:
    sources = Sources().with_added(["/manuals"], "default").with_removed(["/manuals/a.md", "/other/b.md"], "default")
    assert [gone.path for gone in sources.removed] == ["/manuals/a.md"]

    assert sources.with_added(["/elsewhere"], "default").removed == sources.removed
    assert sources.with_added(["/manuals"], "other").removed == sources.removed
    assert sources.with_added(["/manuals"], "default").removed == ()


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="uses POSIX signals and limits")
