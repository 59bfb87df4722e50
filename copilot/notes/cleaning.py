"""What a note may hold: any letters of any script, and nothing that steers a terminal or can't be written."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from copilot.notes.values import LONGEST_DRAFT, LONGEST_TEXT, Note
from index.errors import NoteError

_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def cleaned(note: Note) -> Note:
    """``note`` with its texts in NFC, with newlines alone between lines, and without control characters.

    Raises:
        NoteError: It is longer than a draft can be, or a field is.
    """
    if len(note.text) > LONGEST_DRAFT:
        raise NoteError(
            f"This is too long for a note: {len(note.text):,} characters, and at most {LONGEST_DRAFT:,} are saved.",
            "Take something out, or put the text into a file and add that.",
        )
    update: dict[str, object] = {"text": _text(note.text)}
    for field, most in (("machine", 200), ("work_order", 200), ("author", 200)):
        value = _line(getattr(note, field))
        if len(value) > most:
            raise NoteError(f"The {field.replace('_', ' ')} is too long: at most {most} characters.")
        update[field] = value
    tags: dict[str, str] = {}
    for one in note.tags:
        if tag := _line(one):
            tags.setdefault(tag.casefold(), tag)
    if any(len(tag) > 60 for tag in tags.values()):
        raise NoteError("A tag is too long: at most 60 characters.")
    return note.model_copy(update=update | {"tags": tuple(tags.values())})


def check(note: Note, has_files: bool = False) -> None:
    """Whether a note can be kept as it is.

    Raises:
        NoteError: There is nothing in it, or it is too long.
    """
    if not (note.text.strip() or note.attachments or note.record or has_files):
        raise NoteError("There is nothing in the note.", "Write something, or add a file.")
    if len(note.text) > LONGEST_TEXT:
        raise NoteError(
            f"The note is too long: {len(note.text):,} characters, and at most {LONGEST_TEXT:,} can be kept.",
            "Shorten it, or put the text into a file and add that. The draft is saved.",
        )


def _text(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode("utf-8")
    return unicodedata.normalize("NFC", _CONTROL.sub("", text))


def _line(text: str) -> str:
    return " ".join(_text(text).split())
