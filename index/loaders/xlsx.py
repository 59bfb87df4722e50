"""Workbooks: every sheet a page, its tables as rows under their header, streamed."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from index.documents import Block, LoadedDocument
from index.loaders import titles
from index.loaders.base import LoadLimits
from index.loaders.blocks import heading, paragraph, row
from index.loaders.clean import clean_blocks, one_line
from index.loaders.containers import open_container, refuse_entities
from index.loaders.grid import looks_like_header

_COLUMNS = 512
_EMPTY_ROWS = 2000  # a sheet formatted to its last row claims a million of them
_HEAD_ROWS = 8


class XlsxLoader:
    """Reads workbooks row by row; values, not formulas."""

    media_types = frozenset({"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"})

    def load(self, path: Path, media_type: str, limits: LoadLimits) -> LoadedDocument:
        """See `index.loaders.base.Loader.load`."""
        from openpyxl import load_workbook

        with open_container(path, "a workbook", limits) as archive:
            refuse_entities(archive, path)
        book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
        names = book.sheetnames
        return LoadedDocument(
            title=titles.choose(path, book.properties.title),
            media_type=media_type,
            blocks=clean_blocks(_book_blocks(book)),
            pages=len(names),
            language=(book.properties.language or "")[:2].lower() or None,
        )


def _book_blocks(book: Any) -> Iterator[Block]:
    tables = 0
    try:
        for number, sheet in enumerate(book.worksheets, start=1):
            if sheet.sheet_state != "visible":
                continue
            if len(book.sheetnames) > 1 or titles.sensible(sheet.title):
                yield heading(sheet.title, 1, number)
            # The size that a file declares for its sheets is often wrong.
            sheet.reset_dimensions()
            for block in _sheet_blocks(sheet, number, tables):
                if block.row is not None:
                    tables = max(tables, block.row.table + 1)
                yield block
    finally:
        book.close()


def _sheet_blocks(sheet: Any, number: int, first_table: int) -> Iterator[Block]:
    """The tables of one sheet; an empty row ends a table, a lone cell above one is its caption."""
    table = first_table
    for area in _areas(sheet):
        head = list(itertools.islice(area, _HEAD_ROWS))
        while head and sum(map(bool, head[0])) == 1 and (len(head) == 1 or sum(map(bool, head[1])) != 1):
            yield paragraph(next(cell for cell in head.pop(0) if cell), number)
        if not head:
            continue
        width = max(map(len, head))
        offset = min(next((k for k, cell in enumerate(cells) if cell), 0) for cells in head)
        padded = [cells[offset:] + [""] * (width - len(cells)) for cells in head]
        header: tuple[str, ...] = ()
        if looks_like_header(padded):
            header = tuple(padded.pop(0))
        for cells in itertools.chain(padded, (cells[offset:] for cells in area)):
            while len(cells) > len(header) and cells and not cells[-1]:
                cells.pop()
            yield row(cells + [""] * (len(header) - len(cells)), header, table, number)
        table += 1


def _areas(sheet: Any) -> Iterator[Iterator[list[str]]]:
    """The runs of rows between empty ones, each as a stream that has to be read before the next."""
    rows = _rows(sheet)
    for cells in rows:
        if cells is None:
            continue
        yield itertools.chain([cells], itertools.takewhile(lambda c: c is not None, rows))  # type: ignore[arg-type]


def _rows(sheet: Any) -> Iterator[list[str] | None]:
    """Rows as text; None for a run of empty ones."""
    empty = 0
    for values in sheet.iter_rows(max_col=_COLUMNS, values_only=True):
        cells = [_text(value) for value in values]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            empty = 0
            yield cells
            continue
        if empty == 0:
            yield None
        empty += 1
        if empty > _EMPTY_ROWS:
            return


def _text(value: Any) -> str:
    """A cell's value as it would be read: 12.0 as "12", a date without its midnight."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return one_line(str(value))
