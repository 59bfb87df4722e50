"""What of the notes the hub is to have, and the way there: kept with them, so that no crash loses or doubles it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

import apsw

from copilot.keeping import KeptFile
from copilot.notes import attaching
from copilot.notes.handing import WITHDRAWN, Due, Recipient, draft_of, items_of, withdrawal
from copilot.notes.values import Note
from index.documents import AccessLabel
from index.errors import EdgeCopilotError, NotThere, UsageError
from sync.outbox.ids import new_id
from sync.outbox.items import Draft

log = logging.getLogger(__name__)

RESTRICTED: Final = "The note stays on this device: it is restricted. See notes.access in the settings."
STAYS: Final = "The note is kept, but not in the outbox yet: {error}"
HUB_HAS_IT: Final = "The hub has this note already; it is told that it was deleted here."


class Outgoing:
    """Hands notes to the outbox.

    Args:
        file: Of the notes.
        outbox: Where they go; None for nowhere.
        note: Gives a stored note by its id.
        label: Gives a note's label.
        now: The clock.
        configured: The label of notes; where it lets them leave, those that were held back are looked at once more.
    """

    def __init__(
        self,
        file: KeptFile,
        outbox: Recipient | None,
        note: Callable[[str], Note],
        label: Callable[[Note], AccessLabel],
        now: Callable[[], datetime],
        configured: AccessLabel,
    ) -> None:
        self._file = file
        self._outbox = outbox
        self._note = note
        self._label = label
        self._now = now
        self._look_again = configured is not AccessLabel.RESTRICTED
        self._notice = ""

    def due(self, connection: apsw.Connection, note: Note) -> None:
        """Within the transaction that keeps ``note``: it has to go up, and what is due of earlier revisions not."""
        connection.execute("DELETE FROM handing WHERE note_id = ? AND state IN ('due', 'held')", (note.id,))
        self._insert(connection, [(note.id, note.revision, part) for part in items_of(note)])

    def gone(self, connection: apsw.Connection, note: Note) -> None:
        """Within the transaction that deletes ``note``: nothing of it goes up any more, and the hub is to be told."""
        connection.execute("DELETE FROM handing WHERE note_id = ? AND state IN ('due', 'held')", (note.id,))
        if connection.execute("SELECT 1 FROM handing WHERE note_id = ?", (note.id,)).fetchone() is not None:
            self._insert(connection, [(note.id, note.revision + 1, WITHDRAWN)])

    def hand_in(self) -> int:
        """Put what is due into the outbox. Returns how many items were put there.

        Raises:
            StoreError, ResourceError: Notes or outbox can't be read or written; what isn't there is due still.
        """
        if self._outbox is None or not self._outbox.configured:
            return 0
        if self._look_again:
            with self._file.writing() as connection:
                connection.execute("UPDATE handing SET state = 'due' WHERE state = 'held'")
            self._look_again = False
        rows = self._file.read(
            "SELECT item_id, note_id, revision, part FROM handing WHERE state = 'due' ORDER BY due_at, rowid"
        )
        return sum(self._hand_in(Due(*row), self._outbox) for row in rows)

    def hand_in_quietly(self, note: Note) -> str:
        """The same, after ``note`` was kept: what is to be said to the person, "" for nothing."""
        if self._outbox is None or not self._outbox.configured:
            return ""
        self._notice = ""
        try:
            self.hand_in()
        except EdgeCopilotError as error:
            log.warning("a note was not handed to the outbox: %s", type(error).__name__)
            return STAYS.format(error=error)
        return RESTRICTED if self._label(note) is AccessLabel.RESTRICTED else self._notice

    def withdraw_quietly(self, note: Note) -> str:
        """The same, after ``note`` was deleted."""
        if self._outbox is None or not self._outbox.configured:
            return ""
        try:
            self.hand_in()
        except EdgeCopilotError as error:
            log.warning("the outbox was not told of a deleted note: %s", type(error).__name__)
            return f"The note is deleted here, but what of it waits in the outbox is still there: {error}"
        told = self._file.read("SELECT 1 FROM handing WHERE note_id = ? AND part = ?", (note.id, WITHDRAWN))
        return HUB_HAS_IT if told else ""

    def _hand_in(self, due: Due, outbox: Recipient) -> bool:
        if due.part == WITHDRAWN:
            return self._withdraw(due, outbox)
        try:
            note = self._note(due.note_id)
        except NotThere:
            self._done(due, "gone")
            return False
        label = self._label(note)
        if label is AccessLabel.RESTRICTED:
            # What waits of a revision before it, which was less guarded, must not leave either.
            outbox.remove([item for item, _ in self._put_before(due)])
            self._done(due, "held")
            return False
        if due.part == 0:
            waiting = [item for item, revision in self._put_before(due) if revision < due.revision]
            outbox.remove(waiting)  # the hub needs the newest only; of what it has already it gets the next revision
        try:
            self._notice = outbox.put(self._draft(note, due, label), due.item_id).notice or self._notice
        except UsageError as error:
            self._notice = f"The note stays on this device: {error}"
            self._done(due, "refused")
            return False
        self._done(due, "put")
        return True

    def _draft(self, note: Note, due: Due, label: AccessLabel) -> Draft:
        return draft_of(note, due.part, label, attaching.part(self._file, note.attachments, due.part))

    def _withdraw(self, due: Due, outbox: Recipient) -> bool:
        items = [item for item, _ in self._put_before(due)]
        if outbox.remove(items) == len(items):
            with self._file.writing() as connection:  # nobody has it: there is nothing to be told
                connection.execute("DELETE FROM handing WHERE note_id = ?", (due.note_id,))
            return False
        outbox.put(withdrawal(due), due.item_id)
        self._done(due, "put")
        return True

    def _put_before(self, due: Due) -> list[tuple[str, int]]:
        rows = self._file.read(
            "SELECT item_id, revision FROM handing WHERE note_id = ? AND state = 'put' AND part != ?",
            (due.note_id, WITHDRAWN),
        )
        return [(row[0], row[1]) for row in rows]

    def _done(self, due: Due, state: str) -> None:
        with self._file.writing() as connection:
            if state == "gone":
                connection.execute("DELETE FROM handing WHERE item_id = ?", (due.item_id,))
            else:
                connection.execute("UPDATE handing SET state = ? WHERE item_id = ?", (state, due.item_id))

    def _insert(self, connection: apsw.Connection, items: list[tuple[str, int, int]]) -> None:
        now = self._now()
        connection.executemany(
            "INSERT INTO handing VALUES (?, ?, ?, ?, 'due', ?)",
            [(new_id(now.timestamp), *item, now.isoformat()) for item in items],
        )
