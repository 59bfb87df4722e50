"""A passage cut into what can be quoted by itself: sentences, steps, table rows, lines of code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from index.chunking.sentences import split

QuotableKind = Literal["sentence", "step", "header", "row", "item"]

_STEP: Final = re.compile(r"^\s*(?:step\s+)?(\d{1,3}|[a-z])[.):]\s+\S", re.IGNORECASE)
_CELLS: Final = " | "
_REMARKS: Final = 2
_ITEM: Final = re.compile(r"^\s*[•◦▪‣*–-]\s+\S")


@dataclass(frozen=True, slots=True)
class Quotable:
    """A piece of a passage that makes sense when it stands alone.

    Attributes:
        kind: ``step`` of a numbered procedure, ``row`` of a table (cells joined by " | ") under its ``header``,
            ``item`` of a list, else ``sentence``.
        text: Letter for letter, without surrounding blanks.
        start, end: Characters in the passage's text.
        header: Of a row: the table's header row as it stands in the passage, "" for none.
    """

    kind: QuotableKind
    text: str
    start: int
    end: int
    header: str = ""


def quotables(passage: str) -> list[Quotable]:
    """Cut ``passage`` into quotables, in order; together they hold all its words."""
    found: list[Quotable] = []
    header = ""
    position = 0
    prose_start: int | None = None

    def end_prose(end: int) -> None:
        nonlocal prose_start
        if prose_start is None:
            return
        for sentence in split(passage[prose_start:end]):
            if text := sentence.text.strip():
                start = prose_start + sentence.start + (len(sentence.text) - len(sentence.text.lstrip()))
                found.append(Quotable("sentence", text, start, start + len(text)))
        prose_start = None

    for line in passage.splitlines(keepends=True):
        stripped = line.strip()
        start = position + (len(line) - len(line.lstrip()))
        end = start + len(stripped)
        kind: QuotableKind | None = None
        if _CELLS in stripped:
            kind = "row"
        elif _STEP.match(stripped):
            kind = "step"
        elif _ITEM.match(stripped):
            kind = "item"
        if kind != "row" and stripped:
            header = ""
        if not stripped:
            end_prose(position)
        elif kind is None:
            prose_start = position if prose_start is None else prose_start
        else:
            end_prose(position)
            if kind == "row":
                names_columns = not header and _is_row(passage, position + len(line))
                found.append(Quotable("header" if names_columns else "row", stripped, start, end, header))
                header = header or stripped
            else:
                found.append(Quotable(kind, stripped, start, end))
        position += len(line)
    end_prose(position)
    return found


def _is_row(passage: str, start: int) -> bool:
    """Whether the line that begins at ``start`` is a table row."""
    return _CELLS in passage[start:].partition("\n")[0]


def step_run(pieces: Sequence[Quotable], at: int) -> tuple[int, int]:
    """The procedure around piece ``at``: its steps, their sub-items and remarks between them.

    Returns:
        A half-open range; just ``at`` where it is no step.
    """
    if not _listed(pieces, at):
        return at, at + 1
    first = last = at
    while (before := _next_listed(pieces, first, -1)) is not None:
        first = before
    while (after := _next_listed(pieces, last, 1)) is not None:
        last = after
    return first, last + 1


def _listed(pieces: Sequence[Quotable], at: int) -> bool:
    return 0 <= at < len(pieces) and pieces[at].kind in ("step", "item")


def _next_listed(pieces: Sequence[Quotable], at: int, direction: int) -> int | None:
    """The next step or item, at most `_REMARKS` pieces beyond ``at``; one behind a remark must continue the count."""
    if _listed(pieces, at + direction):
        return at + direction
    number = _number(pieces[at])
    for far in range(2, _REMARKS + 2):
        there = at + direction * far
        if _listed(pieces, there):
            other = _number(pieces[there])
            return there if number is not None and other == number + direction else None
    return None


def _number(piece: Quotable) -> int | None:
    match = _STEP.match(piece.text)
    return int(match[1]) if match and match[1].isdigit() else None
