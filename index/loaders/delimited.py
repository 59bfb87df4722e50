"""CSV and TSV files as rows under their header, in constant memory."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path

from index.documents import Block, LoadedDocument
from index.loaders import titles
from index.loaders.base import LoadLimits
from index.loaders.blocks import row
from index.loaders.clean import clean_blocks, clean_text
from index.loaders.detection import sniff_delimiter
from index.loaders.encoding import open_text
from index.loaders.grid import looks_like_header

_SAMPLE_LINES = 200
_LINE_CHARACTERS = 1 << 18
_FIELD_CHARACTERS = 1 << 20
_COLUMNS = 1024


class DelimitedLoader:
    """Reads tables in text form; the delimiter, the header and the encoding are found from the content."""

    media_types = frozenset({"text/csv", "text/tab-separated-values"})

    def load(self, path: Path, media_type: str, limits: LoadLimits) -> LoadedDocument:
        """See `index.loaders.base.Loader.load`."""
        return LoadedDocument(
            title=titles.choose(path), media_type=media_type, blocks=clean_blocks(_file_rows(path, media_type))
        )


def _file_rows(path: Path, media_type: str) -> Iterator[Block]:
    with open_text(path) as stream:
        lines = iter(lambda: stream.readline(_LINE_CHARACTERS), "")
        yield from delimited_blocks(lines, "\t" if media_type == "text/tab-separated-values" else ",")


def delimited_blocks(lines: Iterable[str], fallback: str = ",") -> Iterator[Block]:
    """The rows of a table given line by line; ``fallback`` is its delimiter where the content doesn't tell."""
    lines = iter(lines)
    sample = list(itertools.islice(lines, _SAMPLE_LINES))
    delimiter = sniff_delimiter("".join(sample)) or fallback
    # A field may hold a whole paragraph; the csv module's own limit is 128 KiB.
    csv.field_size_limit(_FIELD_CHARACTERS)
    source = (line.replace("\x00", "") for line in itertools.chain(sample, lines))
    rows = (
        [clean_text(cell).strip() for cell in cells[:_COLUMNS]]
        for cells in csv.reader(source, delimiter=delimiter, skipinitialspace=True)
        if any(cell.strip() for cell in cells)
    )
    head = list(itertools.islice(rows, 8))
    # Lines above the table (a title, a date of export) have fewer fields than the table.
    width = max((len(cells) for cells in head), default=0)
    while len(head) > 1 and sum(map(bool, head[0])) == 1 and width > 2:
        yield row(head.pop(0), (), 0)
    header: tuple[str, ...] = ()
    if looks_like_header([cells + [""] * (width - len(cells)) for cells in head]):
        header = tuple(head.pop(0))
    for cells in itertools.chain(head, rows):
        padded = cells + [""] * (len(header) - len(cells))
        if header and tuple(padded) == header:
            continue
        yield row(padded, header, 0)
