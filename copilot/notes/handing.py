"""Handing notes to the outbox, each revision exactly once.

Two files can't be written in one transaction. So the id of the outbox item is chosen, and kept with the note, before
the item is put there; a crash in between is mended by putting it once more under the same id, which the outbox and
the hub know already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from pydantic import JsonValue

from copilot.notes.values import Attachment, Note
from index.documents import AccessLabel
from sync.outbox.items import Draft, File, Receipt

WITHDRAWN: Final = -1
"""The part of a note that says that it was deleted after the hub had it."""


class Recipient(Protocol):
    """The outbox, as far as notes need it."""

    @property
    def configured(self) -> bool:
        """Whether there is anybody to hand in to."""
        ...

    def put(self, draft: Draft, item_id: str | None = None) -> Receipt:
        """Keep an item under ``item_id``; where it lies there already, nothing changes."""
        ...

    def remove(self, ids: Sequence[str]) -> int:
        """Take items out that nobody has yet. Returns how many there were."""
        ...


@dataclass(frozen=True, slots=True)
class Due:
    """An item that the outbox is to have.

    Attributes:
        part: 0 for the note with its first attachment, then one for each further attachment; `WITHDRAWN`.
    """

    item_id: str
    note_id: str
    revision: int
    part: int


def items_of(note: Note) -> range:
    """The parts in which a note goes up: an item of the outbox has room for one file."""
    return range(max(1, len(note.attachments)))


def draft_of(note: Note, part: int, label: AccessLabel, file: tuple[Attachment, bytes] | None) -> Draft:
    """The outbox item for one part of a note.

    Args:
        note: As it is kept.
        part: Which of `items_of`.
        label: The note's.
        file: The attachment of this part with its content.
    """
    fields: dict[str, JsonValue] = {"note": note.id, "revision": note.revision}
    if part == 0:
        fields |= {
            "text": note.text,
            "machine": note.machine,
            "work_order": note.work_order,
            "author": note.author,
            "tags": list(note.tags),
            "template": note.template,
            "written_at": note.written_at.isoformat(timespec="seconds"),
        }
        if note.origin is not None and note.origin.cited:
            first = note.origin.cited[0]
            fields |= {"collection": first.collection, "document": first.document, "page": first.page}
    else:
        fields |= {"part": part}
    attachment = None
    if file is not None:
        attachment = File(file[0].name, file[0].media_type, file[1], file[0].bytes)
    return Draft(
        "note",
        {name: value for name, value in fields.items() if value not in ("", None, [])},
        frozenset({label}),
        attachment=attachment,
    )


def withdrawal(due: Due) -> Draft:
    """Tells the hub that a note which it has was deleted here; holds no word of it."""
    return Draft("note", {"note": due.note_id, "revision": due.revision, "withdrawn": True})
