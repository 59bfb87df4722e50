"""What a note is made of. These values cross to every face, so they are checked models that nobody can change."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from index.documents import AccessLabel

NoteState = Literal["draft", "kept"]
NoteKind = Literal["note", "record"]
"""``record``: what was done in a guided procedure; its ``record`` holds the steps and values."""

LONGEST_TEXT: Final = 500_000
"""Characters of a note that is kept; as JSON it fits into one item of the outbox in nearly every script."""
LONGEST_DRAFT: Final = 4_000_000
"""Characters of a draft: what somebody has pasted by mistake is saved all the same."""
MAX_ATTACHMENT_BYTES: Final = 16 << 20
MAX_ATTACHMENTS: Final = 20

_Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
_Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Quoted(_Value):
    """A place in the documents, or in another note, that a note stems from.

    Attributes:
        document: The document's path in the index.
        page: From 1; None where the format has no pages.
        quote: The document's own words, letter for letter.
        chunk_id: Opens the passage while it is still in the index; None where it isn't known.
    """

    document: str
    title: str
    section: tuple[str, ...] = ()
    page: int | None = None
    quote: str = ""
    collection: str = ""
    access: AccessLabel = AccessLabel.RESTRICTED
    chunk_id: int | None = None


class Origin(_Value):
    """What of a conversation, or of a procedure, a note was taken from.

    Attributes:
        conversation: Id of the conversation; None for none.
        question: What was asked.
        cited: Where the answer, or the procedure, stands.
        access: Labels of everything that the text may have taken words from; RESTRICTED where that isn't known.
    """

    conversation: str | None = None
    question: str = ""
    cited: tuple[Quoted, ...] = ()
    access: tuple[AccessLabel, ...] = ()


class Attachment(_Value):
    """A file that was copied into a note; its content is read with `Notes.content`.

    Attributes:
        id: Unique among all attachments.
        bytes: Of its content.
        sha256: Of its content, in hex.
    """

    id: int
    name: str
    media_type: str
    bytes: int
    sha256: str


class Context(_Value):
    """What is filled into a new note: where the person stands and what for. Kept until it is changed.

    Attributes:
        machine, work_order, author: As typed; "" where it isn't known.
    """

    machine: _Name = ""
    work_order: _Name = ""
    author: _Name = ""


class Note(_Value):
    """One note.

    Attributes:
        id: Short, unique on this device.
        state: ``draft`` while it is written; ``kept`` from then on.
        text: Markdown, as typed.
        machine, work_order, author: "" where it isn't known.
        tags: Each once, in the order in which they were given.
        written_at: When it was begun, with a time zone.
        changed_at: When it was changed last.
        template: Name of the template that it began with; "" for none.
        origin: What it was taken from; None for nothing.
        access: A label stricter than the configured one, given by a person; None: as configured.
        attachments: In the order in which they were added.
        revises: Of a draft, the kept note that it will replace; None for a new one.
        revision: 0 of a draft that was never kept, then counted up with each time that it is kept.
        kind: What it is.
        record: Of a record, its steps and values as JSON; else None.
    """

    id: str
    state: NoteState = "draft"
    text: Annotated[str, Field(max_length=LONGEST_DRAFT)] = ""
    machine: _Name = ""
    work_order: _Name = ""
    author: _Name = ""
    tags: tuple[_Tag, ...] = ()
    written_at: datetime
    changed_at: datetime
    template: str = ""
    origin: Origin | None = None
    access: AccessLabel | None = None
    attachments: tuple[Attachment, ...] = ()
    revises: str | None = None
    revision: int = 0
    kind: NoteKind = "note"
    record: dict[str, JsonValue] | None = None

    @property
    def title(self) -> str:
        """Its first line with words in it, without the marks of a heading; "" for an empty note."""
        for line in self.text.splitlines():
            if stripped := line.strip().lstrip("#").strip():
                return stripped
        return ""


class Found(_Value):
    """A note that a search found.

    Attributes:
        snippet: The part of its text that fits best, on one line.
        marks: Where the query's words stand in the snippet, half open.
    """

    note: Note
    snippet: str
    marks: tuple[tuple[int, int], ...] = ()


class Kept(_Value):
    """What became of a note that was kept.

    Attributes:
        notice: A sentence for the person, such as why it isn't handed in; else empty.
    """

    note: Note
    notice: str = ""
