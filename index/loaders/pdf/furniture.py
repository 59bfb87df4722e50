"""What is printed on every page and belongs to none: running headers and footers, page numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from index.loaders.pdf.page import Line, PageText, lines_of

_NUMBERS = re.compile(r"\d+|\b[ivxlc]+\b")
_PAGE_NUMBER = re.compile(
    r"\W*(?:page|seite|p\.|side|página|pagina)?\s*(?:[A-Z]-)?(?:\d{1,4}(?:-\d{1,3})?|[ivxlc]{1,7})"
    r"(?:\s*(?:/|of|von|de|sur)\s*\d{1,4})?\W*",
    re.IGNORECASE,
)
_ADJOINING = 20.0  # points between the lines of one header
_BAND = 0.14  # of the page's height, at its top and at its bottom


@dataclass(frozen=True, slots=True)
class Furniture:
    """Where headers and footers stand in a document, and what they say.

    Attributes:
        heads, feet: Baselines, in points from the top and from the bottom.
        texts: What recurs, with numbers as "#".
    """

    heads: tuple[float, ...] = ()
    feet: tuple[float, ...] = ()
    texts: frozenset[str] = frozenset()

    def split(self, page: PageText) -> tuple[PageText, list[Line]]:
        """``page`` without its furniture, and the running header lines taken from its top."""
        top, bottom = page.height * _BAND, page.height * (1 - _BAND)
        edge = [s for s in page.segments if s.y < top or s.y > bottom]
        dropped: set[int] = set()
        heads: list[Line] = []
        lines = lines_of(edge)
        outermost = {lines[0].text, lines[-1].text} if lines else set()
        for line in lines:
            near = self.heads if line.y < top else self.feet
            at = line.y if line.y < top else page.height - line.y
            placed = any(abs(at - y) <= 2.5 for y in near)
            known = line.text in outermost and _mask(line.text) in self.texts
            number = _PAGE_NUMBER.fullmatch(line.text) is not None and (at < 0.09 * page.height or placed)
            if placed or known or number:
                if line.y < top and not number:
                    heads.append(line)
                # Joined segments of a line are new objects: compare by place.
                dropped |= {id(s) for s in edge if abs(s.y - line.y) < 3 and line.x0 - 1 <= s.x0 <= line.x1 + 1}
        if dropped:
            page.segments = [s for s in page.segments if id(s) not in dropped]
        return page, heads


def find_furniture(pages: Sequence[PageText]) -> Furniture:
    """The furniture of a document, judged by a sample of pages in which neighbours follow each other."""
    pages = [page for page in pages if not page.empty]
    if len(pages) < 2:
        return Furniture()
    heads: dict[int, list[_Entry]] = {}
    feet: dict[int, list[_Entry]] = {}
    for page in pages:
        lines = lines_of(page.segments)
        for edge, outermost in ((heads, lines[:4]), (feet, lines[:-5:-1])):
            for entry in _entries(outermost, page.height, edge is heads):
                edge.setdefault(round(entry.at), []).append(entry)
    texts: Counter[str] = Counter()
    for found in (*heads.values(), *feet.values()):
        texts.update(entry.text for entry in found if entry.first)
    frequent = frozenset(text for text, count in texts.items() if count >= 3 and count >= 0.2 * len(pages))
    return Furniture(_recurring(heads, len(pages)), _recurring(feet, len(pages)), frequent)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line near an edge: its distance from the edge, its masked text, and how it stands to its neighbours.

    ``first`` where nothing is farther out; ``apart`` where the next line inwards is not close.
    """

    at: float
    text: str
    first: bool
    apart: bool


def _entries(outermost: Sequence[Line], height: float, top: bool) -> list[_Entry]:
    entries: list[_Entry] = []
    for rank, line in enumerate(outermost):
        at = line.y if top else height - line.y
        if at > height * _BAND:
            break
        inner = abs(outermost[rank + 1].y - line.y) if rank + 1 < len(outermost) else 99.0
        entries.append(_Entry(at, _mask(line.text), rank == 0, inner > 2.2 * line.size))
    return entries


def _recurring(edge: dict[int, list[_Entry]], pages: int) -> tuple[float, ...]:
    """Baselines at which most pages carry a line that recurs or that stands well apart from the text.

    From the edge inwards: a first line of text that recurs ("NAME" on each page of a reference manual) is none of
    these unless it adjoins one.
    """
    found: list[float] = []
    for at in sorted(edge):
        entries = edge[at] + edge.get(at + 1, [])
        if len(entries) < max(min(3, pages), 0.35 * pages):
            continue
        outermost = sum(entry.first for entry in entries) >= 0.8 * len(entries)
        adjoining = found and at - found[-1] < _ADJOINING
        if not outermost and not adjoining:
            continue
        counts = Counter(entry.text for entry in entries)
        recurring = sum(count for count in counts.values() if count > 1)
        apart = sum(entry.apart for entry in entries)
        if pages < 3 and not (recurring == apart == len(entries)):
            continue
        # A running header that names the chapter differs from page to page but always keeps its distance.
        if recurring >= 0.6 * len(entries) or (len(entries) >= 0.8 * pages and apart >= 0.8 * len(entries)):
            found.append(sum(entry.at for entry in entries) / len(entries))
    return tuple(found)


def _mask(text: str) -> str:
    return _NUMBERS.sub("#", text.casefold())
