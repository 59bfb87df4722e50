"""From the text of a document to lines on a screen: paragraphs wrapped, steps hung, tables drawn, quotes barred."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len

from copilot.printing import printable
from copilot.tui.reading.runs import Kind, Row, Run
from copilot.tui.reading.tables import SEPARATOR, Cell, cells_of, draw
from copilot.tui.reading.wrapping import wrap

__all__ = ["Heading", "Laid", "Row", "Run", "lay_out", "shown"]

_LEAST_WIDTH: Final = 2
_STEP: Final = re.compile(r"(?:step\s+)?(?:\d{1,3}|[a-zA-Z])[.):]\s+(?=\S)", re.IGNORECASE)
_BULLET: Final = re.compile(r"[•◦▪‣*–-]\s+(?=\S)")
_QUOTE: Final = "> "
_BAR: Final = "▌ "


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading that stands before the character at ``offset``; ``level`` from 1."""

    offset: int
    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Laid:
    """A text laid out for one width.

    Attributes:
        rows: From top to bottom.
        starts: For each row, the first offset of the text in it, or that of the row above; never falls.
    """

    rows: tuple[Row, ...]
    starts: tuple[int, ...]

    def row_of(self, offset: int) -> int:
        """The row in which the character at ``offset`` stands."""
        return max(0, bisect_right(self.starts, offset) - 1)


def shown(text: str) -> str:
    """``text`` as it is laid out: nothing that a terminal obeys, tabs as blanks. Offsets are those of this text."""
    return printable(text).expandtabs(4).replace("\u2028", "\n").replace("\u2029", "\n")


def lay_out(text: str, width: int, headings: Sequence[Heading] = ()) -> Laid:
    """Lay ``text``, which is `shown`, out for ``width`` cells."""
    width = max(_LEAST_WIDTH, width)
    rows: list[Row] = []
    position, upcoming = 0, list(headings)[::-1]
    table: list[list[Cell]] = []
    barred_table = False

    def end_table() -> None:
        if table:
            inner = draw(table, max(_LEAST_WIDTH, width - 2) if barred_table else width, header=len(table) > 1)
            rows.extend((Run(_BAR, "quote"), *row) if barred_table else row for row in inner)
            table.clear()

    for line in text.split("\n"):
        while upcoming and upcoming[-1].offset <= position:
            end_table()
            rows.extend(_heading(upcoming.pop(), width, bool(rows)))
        barred = line.startswith(_QUOTE)
        inner = line[len(_QUOTE) :] if barred else line
        start = position + (len(_QUOTE) if barred else 0)
        if SEPARATOR in inner:
            if table and barred != barred_table:
                end_table()
            barred_table = barred
            table.append(cells_of(inner, start))
        else:
            end_table()
            rows.extend(_prose(inner, start, width, barred))
        position += len(line) + 1
    end_table()
    for late in reversed(upcoming):
        rows.extend(_heading(late, width, bool(rows)))
    while rows and not any(run.text.strip() for run in rows[-1]):
        rows.pop()
    return Laid(tuple(rows), tuple(_starts(rows)))


def _heading(heading: Heading, width: int, gap: bool) -> Iterator[Row]:
    if gap:
        yield ()
    for text, _ in wrap(printable(heading.text).replace("\n", " "), width):
        yield (Run(text, "heading"),)


def _prose(line: str, start: int, width: int, barred: bool) -> Iterator[Row]:
    bar: Row = (Run(_BAR, "quote"),) if barred and width > 2 + _LEAST_WIDTH else ()
    room = width - (2 if bar else 0)
    stripped = line.lstrip()
    indent = len(line) - len(stripped)
    kind: Kind = "text"
    hang = 0
    for pattern, named in ((_STEP, "step"), (_BULLET, "bullet")):
        if found := pattern.match(stripped):
            kind, hang = ("step" if named == "step" else "bullet"), cell_len(found[0])
            break
    left = min(indent, room // 4)
    if hang and left + hang + 8 <= room:
        found = _STEP.match(stripped) or _BULLET.match(stripped)
        assert found is not None
        mark, rest = found[0], stripped[found.end() :]
        for number, (text, at) in enumerate(wrap(rest, room - left - hang, start + indent + found.end())):
            lead: Row
            if number == 0:
                lead = (Run(" " * left, "frame"), Run(mark, kind, start + indent))
            else:
                lead = (Run(" " * (left + hang), "frame"),)
            yield (*bar, *lead, Run(text, "text", at))
        return
    for text, at in wrap(stripped, max(_LEAST_WIDTH, room - left), start + indent):
        yield (*bar, Run(" " * left, "frame"), Run(text, "text", at)) if left else (*bar, Run(text, "text", at))


def _starts(rows: Sequence[Row]) -> Iterator[int]:
    highest = 0
    for row in rows:
        offsets = [run.start for run in row if run.start >= 0]
        if offsets:
            highest = max(highest, min(offsets))
        yield highest
