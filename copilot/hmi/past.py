"""What the live side needs of notes, as a seam: what was written about an alarm before, and during a shift."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Protocol

from copilot.hmi.values import Alarm, Incident, Remark
from copilot.notes.searching import Wanted
from copilot.notes.values import Found, Note

_LONGEST: Final = 300
_FEW_WORDS: Final = 3


class Past(Protocol):
    """Notes, as far as alarms and summaries go. Called off the event loop."""

    def about(self, alarm: Alarm, limit: int) -> Sequence[Incident]:
        """What was noted about this alarm before, the most fitting first.

        Raises:
            StoreError, ResourceError: The notes can't be read.
        """
        ...

    def between(self, since_s: float, until_s: float, limit: int) -> Sequence[Remark]:
        """What was noted in a time, the oldest first.

        Raises:
            StoreError, ResourceError: The notes can't be read.
        """
        ...


class SearchesNotes(Protocol):
    """Notes, as they are searched."""

    def search(self, query: str, wanted: Wanted | None = None) -> list[Found]:
        """Notes that hold every word."""
        ...


class PastNotes:
    """The notes of this device.

    Args:
        notes: Where they are kept.
    """

    def __init__(self, notes: SearchesNotes) -> None:
        self._notes = notes

    def about(self, alarm: Alarm, limit: int) -> list[Incident]:
        """See `Past.about`: by the code; without one, or where it is in no note, by what the alarm is called."""
        found: list[Found] = []
        wanted = Wanted(state="kept", limit=limit)
        words = " ".join(alarm.title.split()[:_FEW_WORDS])
        for query in dict.fromkeys(filter(None, (alarm.code, words, alarm.component))):
            if not found:
                found = self._notes.search(query, wanted)
        return [
            Incident(
                kind="note",
                when=one.note.written_at.astimezone().date().isoformat(),
                text=shortened(one.note.text),
                reference=one.note.id,
            )
            for one in found
        ]

    def between(self, since_s: float, until_s: float, limit: int) -> list[Remark]:
        """See `Past.between`."""
        wanted = Wanted(
            state="kept",
            since=datetime.fromtimestamp(since_s, UTC),
            until=datetime.fromtimestamp(until_s, UTC),
            limit=limit,
        )
        notes = [one.note for one in self._notes.search("", wanted)]
        return [_remark(note) for note in reversed(notes)]


def _remark(note: Note) -> Remark:
    at_s = note.written_at.timestamp()
    return Remark(note.id, at_s, "done" if note.kind == "record" else "note", shortened(note.text), note.author)


def shortened(text: str, longest: int = _LONGEST) -> str:
    """The beginning of a text on one line, cut at a word."""
    flat = " ".join(line.strip().lstrip("#").strip() for line in text.splitlines() if line.strip())
    if len(flat) <= longest:
        return flat
    return flat[:longest].rsplit(" ", 1)[0].rstrip(",;:") + " …"
