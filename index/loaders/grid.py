"""Tables with merged cells laid out on a grid, and which of their rows are the header."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.documents import Block
from index.loaders.blocks import row

_VALUE = re.compile(r"[-+±<>≤≥~]?\s*\d[\d.,:/ ]*\s*(%|[A-Za-zµ°Ω]{0,4})?")
_IDENTIFIER = re.compile(r"[_=#<>{}\\]|\w\.\w|://|\w-\w+-\w")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as it is written: its text, how far it spans, and whether it is marked as a header."""

    text: str
    colspan: int = 1
    rowspan: int = 1
    header: bool = False


def spread(rows: Sequence[Sequence[Cell]], width_limit: int = 256) -> list[list[Cell]]:
    """The cells on a rectangular grid.

    A cell that spans rows stands in each of them, because every row has to make sense alone. A cell that spans
    columns is repeated in a header, so that each column has its full name, and else stands in its first column.
    """
    grid: list[list[Cell]] = []
    hanging: dict[int, tuple[int, Cell]] = {}
    for cells in rows:
        line: list[Cell] = []
        waiting = list(cells)
        while waiting or any(column >= len(line) for column in hanging):
            column = len(line)
            if column >= width_limit:
                break
            if not waiting and column not in hanging:
                line.append(Cell(""))
                continue
            if column in hanging:
                left, cell = hanging.pop(column)
                line.append(cell)
                if left > 1:
                    hanging[column] = (left - 1, cell)
                continue
            cell = waiting.pop(0)
            for offset in range(min(max(cell.colspan, 1), width_limit - column)):
                if column + offset in hanging:
                    break
                shown = cell if offset == 0 or cell.header else Cell("", header=cell.header)
                line.append(shown)
                if cell.rowspan > 1:
                    hanging[column + offset] = (min(cell.rowspan, 4096) - 1, shown)
        grid.append(line)
    width = max((len(line) for line in grid), default=0)
    return [line + [Cell("")] * (width - len(line)) for line in grid]


def joined_header(lines: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """One name a column from several header lines: "Torque" over "Nm" becomes "Torque / Nm"."""
    names: list[str] = []
    for column in zip(*lines, strict=True):
        parts: list[str] = []
        for part in column:
            if part and part not in parts:
                parts.append(part)
        names.append(" / ".join(parts))
    return tuple(names)


def looks_like_header(rows: Sequence[Sequence[str]], sure: bool = True) -> bool:
    """Whether the first of ``rows`` names the columns: short distinct words over at least one row, no values.

    A table without a marked header is common; a key-value table ("Voltage | 24 V") must not lose its first row to it.
    Unless it is ``sure`` that this is a table, as of lines that only stand in columns, a name holds no number either.
    """
    if len(rows) < 2 or len(rows[0]) < 2:
        return False
    first = [cell.strip() for cell in rows[0]]
    if sum(not cell for cell in first) > (1 if len(first) > 2 else 0):
        return False
    named = [cell.casefold() for cell in first if cell]
    if len(set(named)) != len(named) or any(len(cell) > 60 or _VALUE.fullmatch(cell) for cell in first):
        return False
    if not sure and any(character.isdigit() for cell in first for character in cell):
        return False
    body = rows[1:]
    if any(_VALUE.fullmatch(cell.strip()) for line in body for cell in line if cell.strip()):
        return True
    if any(_IDENTIFIER.search(cell) for cell in first):
        return False
    # Nothing but words: a header's cells are shorter than what stands under them, and end no sentence.
    below = [len(cell) for line in body for cell in line if cell.strip()]
    return (
        bool(below)
        and sum(map(len, first)) / len(first) < sum(below) / len(below)
        and not any(cell.endswith((".", ";", ":")) for cell in first)
    )


def table_blocks(
    rows: Sequence[Sequence[Cell]], table: int, page: int | None = None, guess: bool = True
) -> Iterator[Block]:
    """The rows of a table under its header.

    Args:
        rows: As written, marked header cells included.
        table: Number of the table in its document, from 0.
        page: Where it stands.
        guess: Whether an unmarked first row may be taken for the header.
    """
    grid = [line for line in spread(rows) if any(cell.text for cell in line)]
    if not grid:
        return
    texts = [[cell.text for cell in line] for line in grid]
    heads = 0
    while heads < len(grid) and all(cell.header or not cell.text for cell in grid[heads]):
        heads += 1
    if heads == 0 and guess and looks_like_header(texts[:8]):
        heads = 1
    if heads >= len(grid):
        heads = len(grid) - 1 if len(grid) > 1 and heads > 1 else 0
    header = joined_header(texts[:heads]) if heads else ()
    for line, cells in zip(texts[heads:], grid[heads:], strict=True):
        if heads and tuple(line) == header:
            continue  # the header repeated on a new page
        once = [text if i == 0 or cells[i] is not cells[i - 1] else "" for i, text in enumerate(line)]
        yield row(once, header, table, page)
