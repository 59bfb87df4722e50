"""What is saved while somebody types, also when the disk is full for a while."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from copilot.notes.autosave import Autosave
from copilot.notes.values import Note
from index.errors import DiskFull

AT = datetime(2026, 3, 12, tzinfo=UTC)


def note(text: str, note_id: str = "one") -> Note:
    return Note(id=note_id, text=text, written_at=AT, changed_at=AT)


class File:
    """Takes down what is written; may be full, or slow."""

    def __init__(self) -> None:
        self.there: dict[str, str] = {}
        self.writes: list[tuple[dict[str, str], bool]] = []
        self.full = False
        self.gate = threading.Event()
        self.gate.set()
        self.begun = threading.Event()

    def write(self, notes: Mapping[str, Note], durable: bool) -> None:
        self.begun.set()
        assert self.gate.wait(30)
        if self.full:
            raise DiskFull("The disk is full.")
        self.writes.append(({one.id: one.text for one in notes.values()}, durable))
        self.there |= self.writes[-1][0]


def test_the_newest_state_of_each_note_is_written() -> None:
    file = File()
    saving = Autosave(file.write)
    for length in range(1, 6):
        saving.save(note("brake"[:length]))
        saving.save(note("valve"[:length], "two"))
    saving.flush()

    assert file.there == {"one": "brake", "two": "valve"}
    saving.close()


def test_while_one_writing_lasts_many_keystrokes_become_one() -> None:
    file = File()
    file.gate.clear()
    saving = Autosave(file.write, settle_s=1000)
    saving.save(note("b"))
    assert file.begun.wait(30)
    for length in range(2, 6):
        saving.save(note("brake"[:length]))
    assert saving.newest("one") == note("brake")
    file.gate.set()
    saving.flush()

    assert file.writes == [({"one": "b"}, False), ({"one": "brake"}, False)]
    assert saving.newest("one") is None
    saving.close()


def test_when_nobody_types_any_more_it_is_made_to_survive_a_loss_of_power() -> None:
    file = File()
    settled = threading.Event()

    def write(notes: Mapping[str, Note], durable: bool) -> None:
        file.write(notes, durable)
        if durable:
            settled.set()

    saving = Autosave(write, settle_s=0.01)
    saving.save(note("brake"))

    assert settled.wait(30)
    assert file.writes[-1] == ({}, True)
    saving.close()


def test_what_a_full_disk_refuses_is_told_kept_and_written_once_there_is_room() -> None:
    file = File()
    file.full = True
    saving = Autosave(file.write, retry_s=0.01)
    saving.save(note("brake"))
    with pytest.raises(DiskFull):
        saving.flush()
    assert isinstance(saving.failure, DiskFull)
    assert saving.newest("one") == note("brake")

    saving.save(note("brake worn"))
    file.full = False
    saving.flush()

    assert file.there == {"one": "brake worn"}
    assert saving.failure is None
    saving.close()


def test_a_note_that_is_deleted_is_not_written_again() -> None:
    file = File()
    file.full = True
    saving = Autosave(file.write, retry_s=1000)
    saving.save(note("brake"))
    saving.save(note("valve", "two"))
    with pytest.raises(DiskFull):
        saving.flush()
    saving.forget("one")
    file.full = False
    saving.flush()

    assert file.there == {"two": "valve"}
    saving.close()


def test_closing_writes_what_waits_and_it_can_be_used_again() -> None:
    file = File()
    saving = Autosave(file.write)
    saving.save(note("brake"))
    saving.close()
    assert file.there == {"one": "brake"}

    saving.save(note("brake worn"))
    saving.close()
    assert file.there == {"one": "brake worn"}


def test_closing_does_not_wait_for_a_disk_that_stays_full() -> None:
    file = File()
    file.full = True
    saving = Autosave(file.write, retry_s=1000)
    saving.save(note("brake"))
    with pytest.raises(DiskFull):
        saving.flush()
    saving.close()

    assert file.there == {}
