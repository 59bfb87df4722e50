"""Tables drawn as tables, or, where a screen is too narrow for their columns, as one card for each row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len

from copilot.tui.reading.runs import Kind, Row, Run
from copilot.tui.reading.wrapping import wrap

SEPARATOR: Final = " | "
_LEAST_COLUMN: Final = 8
_WORD: Final = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell and the offset of its first character in the whole text."""

    text: str
    start: int


def cells_of(line: str, start: int) -> list[Cell]:
    """Cut a row as it stands in the text."""
    cells: list[Cell] = []
    position = 0
    for part in line.split(SEPARATOR):
        stripped = part.strip()
        cells.append(Cell(stripped, start + position + part.index(stripped) if stripped else start + position))
        position += len(part) + len(SEPARATOR)
    return cells


def draw(rows: Sequence[Sequence[Cell]], width: int, header: bool) -> Iterator[Row]:
    """Draw a table.

    Args:
        rows: Its rows.
        width: Cells of the screen.
        header: Whether the first row names the columns.
    """
    columns = max(len(row) for row in rows)
    filled = [[*row, *(Cell("", -1) for _ in range(columns - len(row)))] for row in rows]
    widths = _widths(filled, columns, width)
    if widths is None:
        yield from _cards(filled, width, header)
        return
    yield _rule("╭", "┬", "╮", widths)
    for number, row in enumerate(filled):
        yield from _drawn(row, widths, header and number == 0)
        if number == len(filled) - 1:
            yield _rule("╰", "┴", "╯", widths)
        elif (header and number == 0) or any(cell_len(one.text) > size for one, size in _pairs(row, widths)):
            yield _rule("├", "┼", "┤", widths)


def _pairs(row: Sequence[Cell], widths: Sequence[int]) -> Iterator[tuple[Cell, int]]:
    return zip(row, widths, strict=True)


def _widths(rows: Sequence[Sequence[Cell]], columns: int, width: int) -> list[int] | None:
    """Cells for the text of each column; None where they don't fit."""
    room = width - 3 * columns - 1
    natural = [max(1, *(cell_len(row[at].text) for row in rows)) for at in range(columns)]
    if sum(natural) <= room:
        return natural
    longest_word = [
        min(max((cell_len(word) for row in rows for word in _WORD.findall(row[at].text)), default=1), 16)
        for at in range(columns)
    ]
    least = [min(full, max(word, _LEAST_COLUMN)) for full, word in zip(natural, longest_word, strict=True)]
    if sum(least) > room:
        return None
    # What is over goes to the columns in proportion to what they still want.
    wanted = [full - small for full, small in zip(natural, least, strict=True)]
    over, total = room - sum(least), sum(wanted)
    shares = [over * want // total for want in wanted]
    given = [small + min(share, want) for small, share, want in zip(least, shares, wanted, strict=True)]
    for at in sorted(range(columns), key=lambda one: given[one] - natural[one]):
        if sum(given) < room and given[at] < natural[at]:
            given[at] += 1
    return given


def _drawn(row: Sequence[Cell], widths: Sequence[int], head: bool) -> Iterator[Row]:
    wrapped = [list(wrap(cell.text, size, cell.start)) for cell, size in _pairs(row, widths)]
    kind: Kind = "head" if head else "cell"
    for line in range(max(len(lines) for lines in wrapped)):
        runs = [Run("│ ", "frame")]
        for number, (lines, size) in enumerate(zip(wrapped, widths, strict=True)):
            text, start = lines[line] if line < len(lines) else ("", -1)
            runs.append(Run(text, kind, start))
            gap = " " * (size - cell_len(text))
            runs.append(Run(gap + (" │ " if number < len(widths) - 1 else " │"), "frame"))
        yield tuple(runs)


def _rule(left: str, cross: str, right: str, widths: Sequence[int]) -> Row:
    return (Run(left + cross.join("─" * (size + 2) for size in widths) + right, "frame"),)


def _cards(rows: Sequence[Sequence[Cell]], width: int, header: bool) -> Iterator[Row]:
    names = [cell.text for cell in rows[0]] if header else []
    body = rows[1:] if header and len(rows) > 1 else rows
    room = max(2, width - 2)
    for number, row in enumerate(body):
        if number:
            yield (Run("─" * min(width, 24), "frame"),)
        for at, cell in enumerate(row):
            if not cell.text:
                continue
            if at < len(names) and names[at] and body is not rows:
                for text, start in wrap(names[at], max(2, width), rows[0][at].start if number == 0 else -1):
                    yield (Run(text, "head", start),)
            for text, start in wrap(cell.text, room, cell.start):
                yield Run("  " if room < width else "", "frame"), Run(text, "cell", start)
