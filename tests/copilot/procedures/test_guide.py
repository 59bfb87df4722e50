"""Procedures of a real index, walked, cut off, gone on with, and kept as records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from copilot.notes import Context, Notes
from copilot.procedures import Finder, Guide
from copilot.procedures.parsing import parse
from index.documents import AccessLabel
from index.errors import NotThere, UsageError
from index.ingest import Ingestor
from index.passages import SearchFilter
from index.search import Searcher
from index.store import Store

MANUAL = """# Press manual

## Changing the oil

WARNING Lock out before you begin.

1. Wait until the gauge reads below 5 bar.
2. Tighten the drain plug to 40 ± 2 Nm.
3. Fill 16 l.

## Technical data

- 24 V
- 5 bar
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    (tmp_path / "manuals").mkdir()
    (tmp_path / "manuals" / "press.md").write_text(MANUAL)
    with Store.open(tmp_path / "index.db") as store:
        Ingestor(store, None).run([tmp_path / "manuals"], collection="manuals", access=AccessLabel.INTERNAL)
        yield store


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 12, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=10)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def open_guide(tmp_path: Path, store: Store, clock: Clock) -> Iterator[Callable[[], tuple[Guide, Notes]]]:
    """Opens the guide as a process that begins would."""
    opened: list[Notes] = []

    def build() -> tuple[Guide, Notes]:
        notes = Notes(tmp_path / "notes.db", now=clock, access=AccessLabel.PUBLIC)
        opened.append(notes)
        return Guide(lambda: Finder(store, Searcher(store, None)), notes, clock), notes

    yield build
    for notes in opened:
        notes.close()


Open = Callable[[], tuple[Guide, Notes]]


def test_a_procedure_is_found_by_what_it_is_about(open_guide: Open) -> None:
    guide, _ = open_guide()

    [found] = guide.find("how do I change the oil", SearchFilter(("manuals",)))

    assert (found.title, found.collection, found.access) == ("Changing the oil", "manuals", AccessLabel.INTERNAL)
    assert [step.number for step in found.steps] == ["1", "2", "3"]
    assert found.warnings[0].text == "Lock out before you begin."
    assert found.chunk_id is not None
    assert guide.of_chunk(found.chunk_id) == [found]
    with pytest.raises(NotThere):
        guide.of_chunk(9_999)


def test_what_was_done_is_gone_on_with_by_another_process(open_guide: Open) -> None:
    guide, notes = open_guide()
    walking = guide.begin(guide.find("change oil")[0], Context(machine="Press 3"))
    walking.enter("4 bar")
    walking.check_off()
    walking.type_in("41 N")
    notes.flush()

    guide, _ = open_guide()
    [left] = guide.unfinished()
    assert (left.id, left.walk.at, left.walk.state.typed) == (walking.id, 1, "41 N")

    again = guide.resume(walking.id)
    again.enter("41 Nm")
    again.check_off()
    again.check_off()
    kept = again.finish()

    assert kept.note.state == "kept"
    assert kept.note.machine == "Press 3"
    assert "40 ± 2 Nm: 41 Nm, within" in kept.note.text
    assert guide.unfinished() == []
    assert [record.id for record in guide.records()] == [walking.id]


def test_a_record_is_as_guarded_as_the_manual_and_names_it(open_guide: Open) -> None:
    guide, notes = open_guide()
    walking = guide.begin(guide.find("change oil")[0])
    kept = walking.end_early("wrong machine").note

    assert notes.label_of(kept) is AccessLabel.INTERNAL
    assert kept.origin is not None
    assert kept.origin.cited[0].document.endswith("press.md")


def test_a_record_is_found_by_its_words_and_its_procedure_can_be_walked_again(open_guide: Open) -> None:
    guide, notes = open_guide()
    walking = guide.begin(guide.find("change oil")[0])
    walking.remark("plug looks worn")
    kept = walking.end_early("shift over").note

    assert [found.note.id for found in notes.search("worn plug")] == [kept.id]
    assert guide.again(kept.id) == walking.walk.procedure


def test_only_what_is_under_way_can_be_gone_on_with(open_guide: Open) -> None:
    guide, notes = open_guide()
    note = notes.add("Filter replaced").note
    walking = guide.begin(parse("1. Open V5.\n2. Close V5.", "Pasted")[0])
    ended = walking.end_early("done").note

    with pytest.raises(UsageError, match="note and not a procedure"):
        guide.resume(note.id)
    with pytest.raises(UsageError, match="over"):
        guide.resume(ended.id)
    with pytest.raises(NotThere):
        guide.resume("zzzz")
    with pytest.raises(NotThere):
        guide.again(note.id)


def test_one_that_is_thrown_away_leaves_nothing(open_guide: Open) -> None:
    guide, notes = open_guide()
    walking = guide.begin(parse("1. Open V5.\n2. Close V5.", "Pasted")[0])
    walking.check_off()
    walking.discard()
    notes.flush()

    assert guide.unfinished() == []
