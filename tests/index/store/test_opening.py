"""Opening the index: made where missing, brought up to date where old, refused where it can't be trusted."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from index.errors import ReadOnlyData, StoreBusy, StoreCorrupt, StoreError, StoreTooNew
from index.store import Store, reading
from index.store.connection import connect_writer
from index.store.lock import WriterLock
from index.store.schema import APPLICATION_ID, MIGRATIONS, migrate, version_of


def schema_of(connection: apsw.Connection) -> set[tuple[str, str]]:
    return set(connection.execute("SELECT name, coalesce(sql, '') FROM sqlite_schema"))


def test_a_missing_index_is_made_with_its_folder_and_is_whole(store_file: Path) -> None:
    with Store.open(store_file) as store:
        assert store.check() == []
        assert store.writable


def test_a_missing_index_can_not_be_opened_to_read(store_file: Path) -> None:
    with pytest.raises(StoreError, match="no index yet"):
        Store.open(store_file, read_only=True)

    assert not store_file.parent.exists()


def test_a_file_of_zero_bytes_is_a_new_index(store_file: Path) -> None:
    store_file.parent.mkdir()
    store_file.touch()

    with Store.open(store_file) as store:
        assert store.check() == []


@pytest.mark.parametrize("version", range(len(MIGRATIONS)))
def test_an_index_of_every_older_version_is_brought_up_to_date(store_file: Path, version: int) -> None:
    store_file.parent.mkdir()
    old = connect_writer(store_file, None)
    migrate(old, MIGRATIONS[:version])
    old.close()

    with Store.open(store_file) as store, store.reader() as connection:
        fresh = apsw.Connection(":memory:")
        fresh.enable_load_extension(True)
        import sqlite_vec

        fresh.load_extension(sqlite_vec.loadable_path())
        migrate(fresh)
        assert version_of(connection) == len(MIGRATIONS)
        assert schema_of(fresh) == schema_of(connection)


def test_a_migration_that_fails_changes_nothing(store_file: Path) -> None:
    Store.open(store_file).close()
    connection = connect_writer(store_file, None)
    before = schema_of(connection)

    with pytest.raises(apsw.SQLError):
        migrate(connection, (*MIGRATIONS, "CREATE TABLE half (a); INSERT INTO nowhere VALUES (1)"))

    assert before == schema_of(connection)
    assert version_of(connection) == len(MIGRATIONS)
    connection.close()


def test_a_later_migration_keeps_what_is_there(store: Store, store_file: Path, put) -> None:
    put(store, "/a.md", "One. ", "Two.")
    store.close()
    connection = connect_writer(store_file, None)

    later = (*MIGRATIONS, "ALTER TABLE documents ADD COLUMN colour TEXT")
    migrate(connection, later)

    assert version_of(connection, later) == len(MIGRATIONS) + 1
    assert connection.execute("SELECT count(*) FROM chunks").get == 2
    connection.close()
    with pytest.raises(StoreTooNew, match="newer version"):
        Store.open(store_file)
    with pytest.raises(StoreTooNew):
        Store.open(store_file, read_only=True)


def test_a_database_of_another_program_is_left_alone(store_file: Path) -> None:
    store_file.parent.mkdir()
    other = apsw.Connection(str(store_file))
    other.execute("CREATE TABLE theirs (a)")
    other.close()
    before = store_file.read_bytes()

    with pytest.raises(StoreError, match="another program"):
        Store.open(store_file)

    assert before == store_file.read_bytes()


def test_the_header_names_the_application(store: Store, store_file: Path) -> None:
    store.checkpoint()

    assert APPLICATION_ID.to_bytes(4, "big") == store_file.read_bytes()[68:72]


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: b"\x00" * 100 + data[100:], id="header overwritten"),
        pytest.param(lambda data: os.urandom(len(data)), id="noise"),
        pytest.param(lambda data: data[:100] + b"\xff" * 4000 + data[4100:], id="schema overwritten"),
        pytest.param(lambda data: b"this is no database at all", id="text"),
    ],
)
def test_a_damaged_file_is_told_as_damaged(store: Store, store_file: Path, put, damage) -> None:
    put(store, "/a.md", "One. ", "Two.")
    store.checkpoint()
    store.close()
    store_file.write_bytes(damage(store_file.read_bytes()))

    for read_only in (False, True):
        with pytest.raises(StoreCorrupt, match="damaged") as raised:
            Store.open(store_file, read_only=read_only)
        assert "--rebuild" in raised.value.remedy


def test_damage_in_the_middle_is_found_by_the_check(store: Store, store_file: Path, put, embedder) -> None:
    for number in range(20):
        put(store, f"/{number}.md", *(f"Line {line} of {number}. " * 20 for line in range(5)), embedder=embedder)
    store.checkpoint()
    store.close()
    data = bytearray(store_file.read_bytes())
    for page in range(30, 60):
        data[page * 4096 : page * 4096 + 200] = b"\xff" * 200
    store_file.write_bytes(data)

    with Store.open(store_file, read_only=True) as damaged:
        assert damaged.check()
        with pytest.raises(StoreCorrupt):
            everything(damaged)


def everything(store: Store) -> list[str]:
    with store.reader() as connection:
        return [text for one in reading.documents(connection) for text in reading.text(connection, one.id)]


def test_parts_that_disagree_are_found_by_the_check(store: Store, put, embedder) -> None:
    put(store, "/a.md", "One. ", "Two.", embedder=embedder)
    with store.transaction() as connection:
        connection.execute("DELETE FROM chunks_fts WHERE rowid = 1")
        connection.execute("DELETE FROM chunk_bits WHERE chunk_id = 2")

    assert store.check() == [
        "There are 1 chunks that the word index lacks.",
        "There are 1 chunks with a vector but without its bits.",
    ]


def test_what_is_open_to_read_can_not_be_written(store: Store, store_file: Path) -> None:
    with (
        Store.open(store_file, read_only=True) as reader,
        pytest.raises(ReadOnlyData),
        reader.transaction(),
    ):
        pass


def test_who_holds_the_index_is_told_to_who_has_to_wait(store: Store, store_file: Path) -> None:
    words = r"\(ingesting, since \d\d:\d\d:\d\d\)"
    with (
        store.writing("ingesting"),
        Store.open(store_file) as other,
        pytest.raises(StoreBusy, match=words),
        other.transaction(wait_s=0.05),
    ):
        pass
    with Store.open(store_file) as other, other.transaction(wait_s=0.05):
        pass


def test_a_lock_is_free_again_when_its_holder_dies(store_file: Path) -> None:
    store_file.parent.mkdir()
    child = os.fork()
    if child == 0:
        with WriterLock(store_file).held("dying"):
            os._exit(0)
    os.waitpid(child, 0)
    lock = WriterLock(store_file)

    with lock.held("living", wait_s=1):
        assert "living" in store_file.with_name("index.db.writer").read_text()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.skipif(sys.platform == "win32" or not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root")
@pytest.mark.parametrize("wal_left", [False, True], ids=["closed", "with a WAL left by a crash"])
@pytest.mark.parametrize("key", [None, "a key"], ids=["plain", "encrypted"])
def test_a_folder_that_may_only_be_read_can_be_read(open_folder: Path, put, wal_left: bool, key: str | None) -> None:
    """Another user reads, because permissions don't bind root."""
    folder = open_folder
    path = folder / "index.db"
    if wal_left:
        child = os.fork()
        if child == 0:
            crashing = Store.open(path, key=key)
            put(crashing, "/a.md", "One. ", "Two.")
            os._exit(0)  # as a crash: nothing is closed
        os.waitpid(child, 0)
        assert (folder / "index.db-wal").stat().st_size
        (folder / "index.db-shm").unlink()
    else:
        with Store.open(path, key=key) as store:
            put(store, "/a.md", "One. ", "Two.")
    before = {file.name: file.read_bytes() for file in folder.iterdir()}

    outcome = as_nobody(lambda: read_everything(path, key))

    assert outcome == "One. Two."
    assert as_nobody(lambda: open_to_write(path, key)) == "ReadOnlyData"
    assert before == {file.name: file.read_bytes() for file in folder.iterdir()}


def read_everything(path: Path, key: str | None) -> str:
    with Store.open(path, key=key, read_only=True) as store, store.reader() as connection:
        return "".join(reading.text(connection, 1))


def open_to_write(path: Path, key: str | None) -> str:
    try:
        Store.open(path, key=key)
    except ReadOnlyData:
        return "ReadOnlyData"
    return "opened"


def as_nobody(action) -> str:
    """Run in a child process as a user without rights; return what it returned, or its error."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgid(65534)
            os.setuid(65534)
            answer = action()
        except BaseException as error:
            answer = repr(error)
        os.write(write_end, answer.encode())
        os._exit(0)
    os.close(write_end)
    os.waitpid(child, 0)
    with os.fdopen(read_end) as pipe:
        return pipe.read()
