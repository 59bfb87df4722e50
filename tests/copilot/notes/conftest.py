"""Notes in a real file, and a real outbox for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from copilot.notes import Notes
from index.documents import AccessLabel
from sync.outbox import Draft, Kept, Outbox, Receipt


class Clock:
    """A clock that goes on by a second with each look at it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 12, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


class Box:
    """A real outbox, with somebody who empties it or not."""

    def __init__(self, path: Path) -> None:
        self.outbox = Outbox(path)
        self.configured = True

    def put(self, draft: Draft, item_id: str | None = None) -> Receipt:
        return self.outbox.put(draft, item_id)

    def remove(self, ids: Sequence[str]) -> int:
        return self.outbox.remove(ids)

    def items(self) -> list[Kept]:
        return list(self.outbox.items())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    box = Box(tmp_path / "outbox.db")
    yield box
    box.outbox.close()


Open = Callable[..., Notes]


@pytest.fixture
def open_notes(tmp_path: Path, box: Box, clock: Clock) -> Iterator[Open]:
    """Opens the notes of one file, as a process that begins would."""
    opened: list[Notes] = []

    def build(key: str | None = None, access: AccessLabel = AccessLabel.INTERNAL) -> Notes:
        notes = Notes(tmp_path / "notes.db", key, access=access, outbox=box, now=clock)
        opened.append(notes)
        return notes

    yield build
    for notes in opened:
        notes.close()


@pytest.fixture
def notes(open_notes: Open) -> Notes:
    return open_notes()
