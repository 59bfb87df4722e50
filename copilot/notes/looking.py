"""Finding notes: by id, by words, by machine; as they are on the screen, not only as they are in the file."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from copilot.keeping import KeptFile
from copilot.notes import searching
from copilot.notes.autosave import Autosave
from copilot.notes.schema import NOTE, note_of
from copilot.notes.searching import Wanted
from copilot.notes.values import Found, Note
from index.errors import EdgeCopilotError, NotThere

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine that notes speak of.

    Attributes:
        name: As it was written last.
        notes: How many kept notes there are.
        last_at: When the newest of them was begun.
    """

    name: str
    notes: int
    last_at: datetime


class Looking:
    """What can be asked of the notes.

    Args:
        file: Holds them.
        autosave: Has what was typed a moment ago.
    """

    def __init__(self, file: KeptFile, autosave: Autosave) -> None:
        self.file = file
        self._autosave = autosave

    def machines(self) -> list[Machine]:
        """The machines that kept notes speak of, the latest first."""
        rows = self.file.read(
            "SELECT machine, count(*), max(written_at) FROM notes WHERE state = 'kept' AND machine_key != ''"
            " GROUP BY machine_key ORDER BY max(written_at) DESC"
        )
        return [Machine(name, count, datetime.fromisoformat(at)) for name, count, at in rows]

    def tags(self) -> list[str]:
        """The tags in use, the most frequent first."""
        rows = self.file.read(
            "SELECT tag.value FROM notes, json_each(notes.tags) AS tag GROUP BY lower(tag.value)"
            " ORDER BY count(*) DESC, lower(tag.value)"
        )
        return [str(row[0]) for row in rows]

    def get(self, note_id: str) -> Note:
        """One note, as it is on the screen where it is being written.

        Args:
            note_id: Its id, or a beginning of it that no other has.

        Raises:
            NotThere: There is none, or there are several.
            StoreError: The file can't be read.
        """
        waiting = self._autosave.newest(note_id)
        if waiting is not None:
            rows = self.file.read("SELECT 1 FROM notes WHERE id = ?", (note_id,))
            return self._newest(self._stored(note_id)) if rows else waiting
        return self._newest(self._stored(note_id))

    def drafts(self) -> list[Note]:
        """What was begun and not kept, the latest first: what to go on with after a crash."""
        rows = self.file.read(f"SELECT {NOTE} FROM notes WHERE state = 'draft' ORDER BY changed_at DESC, number DESC")  # noqa: S608 - names of columns
        return [self._newest(note_of(row)) for row in rows]

    def listed(self, wanted: Wanted | None = None) -> list[Note]:
        """Notes, the newest first.

        Raises:
            StoreError: The file can't be read.
        """
        return [found.note for found in self.search("", wanted)]

    def search(self, query: str, wanted: Wanted | None = None) -> list[Found]:
        """Notes that hold every word of ``query``, or a word that begins with it; the best first.

        Raises:
            StoreError: The file can't be read.
        """
        self._settle()
        statement, values = searching.select(query, wanted or Wanted())
        found = []
        for *row, marked in self.file.read(statement, values):
            snippet, marks = searching.snippet_of(marked)
            found.append(Found(note=note_of(tuple(row)), snippet=snippet, marks=marks))
        return found

    def every(self, wanted: Wanted | None = None) -> Iterator[Note]:
        """All notes that are wanted, however many, page by page."""
        wanted = wanted or Wanted()
        offset = wanted.offset
        while page := self.listed(replace(wanted, limit=100, offset=offset)):
            yield from page
            offset += len(page)

    def _stored(self, note_id: str) -> Note:
        rows = self.file.read(f"SELECT {NOTE} FROM notes WHERE id = ?", (note_id,))  # noqa: S608 - names of columns
        if not rows and note_id.isalnum():
            rows = self.file.read(
                f"SELECT {NOTE} FROM notes WHERE substr(id, 1, ?) = ? LIMIT 2",  # noqa: S608 - names of columns
                (len(note_id), note_id),
            )
        if not rows:
            raise NotThere(f"There is no note {note_id}.", "See: edge-copilot notes list")
        if len(rows) > 1:
            raise NotThere(f"Several notes begin with {note_id}.", "Give more letters of the one that is meant.")
        return note_of(rows[0])

    def _newest(self, stored: Note) -> Note:
        waiting = self._autosave.newest(stored.id)
        return stored if waiting is None else waiting.model_copy(update={"attachments": stored.attachments})

    def _settle(self) -> None:
        """Let a search find what was typed a moment ago; where it can't be written, what is in the file is found."""
        try:
            self._autosave.flush(1.0)
        except EdgeCopilotError:
            log.warning("searched without the newest keystrokes")
