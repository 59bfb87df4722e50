"""Small encrypted files of the application: transactions, versions, and what is said when something is wrong."""

from __future__ import annotations

import resource
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import pytest

from copilot.keeping import KeptFile
from index.errors import DiskFull, StoreBusy, StoreCorrupt, StoreError, StoreTooNew, WrongKey
from index.store.connection import connect_writer

FIRST = "CREATE TABLE lines (text TEXT NOT NULL)"
SECOND = "ALTER TABLE lines ADD COLUMN at TEXT NOT NULL DEFAULT ''"
MIGRATIONS = (lambda connection: connection.execute(FIRST), lambda connection: connection.execute(SECOND))


def opened(path: Path, key: str | None = None, versions: int = 2) -> KeptFile:
    return KeptFile(path, key, "lines", MIGRATIONS[:versions])


def add(file: KeptFile, text: str) -> None:
    with file.writing() as connection:
        connection.execute("INSERT INTO lines (text) VALUES (?)", (text,))


def texts(file: KeptFile) -> list[str]:
    return [row[0] for row in file.read("SELECT text FROM lines ORDER BY rowid")]


def test_nothing_is_made_by_reading(tmp_path: Path) -> None:
    file = opened(tmp_path / "none" / "lines.db")

    assert texts(file) == []
    assert not (tmp_path / "none").exists()


def test_a_transaction_that_fails_leaves_nothing_and_one_within_another_is_part_of_it(tmp_path: Path) -> None:
    with opened(tmp_path / "lines.db") as file:
        add(file, "one")
        with pytest.raises(apsw.ConstraintError), file.writing() as connection:
            add(file, "two") or connection.execute("INSERT INTO lines (text) VALUES (NULL)")

        assert texts(file) == ["one"]


def test_a_file_of_an_earlier_version_is_brought_up_to_date_and_of_a_later_one_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "lines.db"
    with opened(path, versions=1) as file:
        add(file, "one")
    with opened(path) as file:
        assert file.read("SELECT text, at FROM lines") == [("one", "")]

    with pytest.raises(StoreTooNew, match="lines"):
        texts(opened(path, versions=1))


def test_another_key_and_another_file_are_told(tmp_path: Path) -> None:
    plain, secret, junk = (tmp_path / name for name in ("plain.db", "secret.db", "junk.db"))
    with opened(plain) as file:
        add(file, "one")
    with opened(secret, "key") as file:
        add(file, "one")
    junk.write_bytes(b"\x01" * 10_000)

    for path, key, error in (
        (plain, "key", WrongKey),
        (secret, None, WrongKey),
        (secret, "other", StoreCorrupt),
        (junk, "key", StoreCorrupt),
    ):
        with pytest.raises(error) as told:
            texts(opened(path, key))
        assert "lines" in told.value.message
        assert told.value.remedy
    assert junk.read_bytes() == b"\x01" * 10_000


def test_a_file_that_another_process_holds_is_told_and_can_be_written_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.store.connection._BUSY_MS", 10)
    path = tmp_path / "lines.db"
    with opened(path) as file:
        add(file, "one")
        other = connect_writer(path, None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match="lines"):
            add(file, "two")
        assert texts(file) == ["one"]
        other.execute("ROLLBACK")
        other.close()
        add(file, "two")

        assert texts(file) == ["one", "two"]


@contextmanager
def no_room() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_loses_nothing_that_was_there(tmp_path: Path) -> None:
    import signal

    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        with opened(tmp_path / "lines.db") as file:
            add(file, "one")
            with no_room(), pytest.raises(DiskFull, match="lines"):
                add(file, "x" * 1_000_000)
            add(file, "two")

            assert texts(file) == ["one", "two"]
    finally:
        signal.signal(signal.SIGXFSZ, before)


def test_several_threads_and_processes_write_in_turn(tmp_path: Path) -> None:
    first, second = opened(tmp_path / "lines.db", "key"), opened(tmp_path / "lines.db", "key")
    writers = [
        threading.Thread(target=lambda file=file: [add(file, "x") for _ in range(20)])
        for file in (first, first, second, second)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert len(texts(first)) == len(texts(second)) == 80
    first.close()
    second.close()


def test_a_fault_of_the_program_stays_one(tmp_path: Path) -> None:
    with opened(tmp_path / "lines.db") as file, pytest.raises(apsw.SQLError):
        add(file, "x") or file.read("SELECT nonsense FROM nowhere")


def test_it_is_an_ordinary_file_of_sqlite_without_a_key(tmp_path: Path) -> None:
    with opened(tmp_path / "lines.db") as file:
        add(file, "one")
    with sqlite3.connect(tmp_path / "lines.db") as connection:
        assert connection.execute("SELECT text FROM lines").fetchall() == [("one",)]
    connection.close()
    assert issubclass(StoreTooNew, StoreError)
