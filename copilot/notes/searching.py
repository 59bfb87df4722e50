"""Which notes are meant: words as they are typed, the machine, tags, the time. Pure: it only makes the query."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from copilot.notes.schema import NOTE, machine_key
from copilot.notes.values import NoteKind, NoteState

_WORD: Final = re.compile(r"[^\W_]+")
_MOST_WORDS: Final = 32
_OPEN: Final = "\x02"  # in no note: control characters are taken out when one is saved
_CLOSE: Final = "\x03"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which notes a person wants; everything that is left out means any.

    Attributes:
        machine: However it is written: "Press 3" is "press-3".
        tags: All of them.
        since, until: When it was begun; until is not included.
        limit, offset: Which of those found.
    """

    machine: str = ""
    tags: tuple[str, ...] = ()
    work_order: str = ""
    state: NoteState | None = None
    kind: NoteKind | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 100
    offset: int = 0


def words_of(query: str) -> list[str]:
    """The words of a query that are looked for."""
    return _WORD.findall(query)[:_MOST_WORDS]


def select(query: str, wanted: Wanted) -> tuple[str, list[Any]]:
    """The statement and its values: rows of `NOTE` with a snippet; the best first, without words the newest first.

    Every word has to stand in the note; one matches what begins with it, so that something is found while it is
    being typed.
    """
    words = words_of(query)
    where, values = _conditions(wanted)
    if words:
        match = " ".join(f'"{word}"*' for word in words)
        statement = (
            f"SELECT {NOTE}, snippet(notes_fts, 0, '{_OPEN}', '{_CLOSE}', '…', 24) FROM notes_fts"  # noqa: S608 - values are bound
            f" JOIN notes ON notes.number = notes_fts.rowid WHERE notes_fts MATCH ? {where}"
            " ORDER BY bm25(notes_fts, 1.0, 2.0, 2.0, 2.0), notes.written_at DESC, notes.number DESC LIMIT ? OFFSET ?"
        )
        return statement, [match, *values, wanted.limit, wanted.offset]
    if query.strip():
        where += " AND 0"  # nothing that could be looked for is not the same as no wish
    return (
        f"SELECT {NOTE}, '' FROM notes WHERE 1 {where} ORDER BY written_at DESC, number DESC LIMIT ? OFFSET ?",  # noqa: S608
        [*values, wanted.limit, wanted.offset],
    )


def _conditions(wanted: Wanted) -> tuple[str, list[Any]]:
    parts: list[tuple[str, Any]] = []
    if wanted.machine:
        parts.append(("notes.machine_key = ?", machine_key(wanted.machine)))
    if wanted.work_order:
        parts.append(("notes.work_order = ? COLLATE NOCASE", wanted.work_order))
    if wanted.state is not None:
        parts.append(("notes.state = ?", wanted.state))
    if wanted.kind is not None:
        parts.append(("notes.kind = ?", wanted.kind))
    # Times are kept in UTC, so that they sort as text.
    if wanted.since is not None:
        parts.append(("notes.written_at >= ?", wanted.since.astimezone(UTC).isoformat()))
    if wanted.until is not None:
        parts.append(("notes.written_at < ?", wanted.until.astimezone(UTC).isoformat()))
    if wanted.tags:
        parts.append(
            (
                "NOT EXISTS (SELECT 1 FROM json_each(?) AS wish WHERE lower(wish.value) NOT IN"
                " (SELECT lower(value) FROM json_each(notes.tags)))",
                json.dumps(wanted.tags, ensure_ascii=False),
            )
        )
    return "".join(f" AND {condition}" for condition, _ in parts), [value for _, value in parts]


def snippet_of(marked: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """A snippet on one line, and where the query's words stand in it."""
    text, marks, start = "", [], 0
    for piece in re.split(f"([{_OPEN}{_CLOSE}])", " ".join(marked.split())):
        if piece == _OPEN:
            start = len(text)
        elif piece == _CLOSE:
            marks.append((start, len(text)))
        else:
            text += piece
    return text, tuple(marks)
