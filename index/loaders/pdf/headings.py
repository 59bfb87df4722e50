"""Which lines of a PDF are headings: by its outline, else by their type."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pypdfium2 as pdfium

from index.loaders.clean import one_line
from index.loaders.pdf.glyphs import PDFIUM
from index.loaders.pdf.page import Line, PageText, lines_of

_NUMBER = re.compile(r"(?:\d{1,3}|[A-Z])(?:\.\d{1,3})*\.?\s+")
_DEPTH = re.compile(r"\d{1,3}(?:\.\d{1,3})*(?=\.?\s)")
_CHAPTER = re.compile(
    r"(?:chapter|part|appendix|section|kapitel|teil|anhang|chapitre|cap[ií]tulo)\s+[\dA-Z.]{1,5}", re.IGNORECASE
)
_NOT_A_WORD = re.compile(r"[\W_]+")
_LABELS = (
    "note warning caution danger important tip attention notice hint example hinweis warnung achtung vorsicht gefahr"
)
_ADMONITIONS = frozenset(_LABELS.split())
_MAX_ENTRIES = 50_000


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """A bookmark: its title, level from 1, and the baseline region that it points to (None: the page's top)."""

    title: str
    level: int
    y: float | None


@dataclass(frozen=True, slots=True)
class Profile:
    """How a document sets its text and headings.

    Attributes:
        body: Type size of most of the text.
        sizes: Sizes used for headings, largest first.
    """

    body: float = 10.0
    sizes: tuple[float, ...] = ()

    def level(self, size: float, bold: bool) -> int:
        """Level of a heading by its type: the rank of its size, bold text of the body's size below all."""
        larger = sum(other > size + 0.4 for other in self.sizes)
        return min(larger + 1, 6) if size > self.body + 0.4 or bold else 6


def read_outline(document: Any) -> dict[int, list[OutlineEntry]]:
    """Bookmarks by page index (from 0); empty where the file has none or they are broken."""
    pages: dict[int, list[OutlineEntry]] = {}
    heights: dict[int, float] = {}
    with PDFIUM:
        try:
            for count, mark in enumerate(document.get_toc(max_depth=6)):
                if count >= _MAX_ENTRIES:
                    break
                title = one_line(mark.get_title() or "")
                target = mark.get_dest()
                index = target.get_index() if target is not None else None
                if not title or index is None:
                    continue
                mode, place = target.get_view()
                y = None
                position = {pdfium.raw.PDFDEST_VIEW_XYZ: 1, pdfium.raw.PDFDEST_VIEW_FITH: 0}.get(mode)
                if position is not None and len(place) > position and place[position]:
                    if index not in heights:
                        heights[index] = document.get_page_size(index)[1]
                    y = heights[index] - place[position]
                pages.setdefault(index, []).append(OutlineEntry(title, mark.level + 1, y))
        except (pdfium.PdfiumError, ValueError, OSError, RecursionError):
            return pages
    return pages


def profile_of(pages: Sequence[PageText]) -> Profile:
    """The profile of a document, judged by a sample of its pages."""
    weights: Counter[float] = Counter()
    leads: Counter[float] = Counter()
    for page in pages:
        for line in lines_of(page.segments):
            weights[round(line.size * 2) / 2] += len(line.text)
            if len(line.text) <= 100 and any(c.isalpha() for c in line.text):
                leads[round(line.size * 2) / 2] += 1
    if not weights:
        return Profile()
    body = weights.most_common(1)[0][0]
    sizes = sorted((size for size in leads if size >= body * 1.08 or size >= body + 0.9), reverse=True)
    merged: list[float] = []
    for size in sizes:
        if not merged or merged[-1] - size > 0.6:
            merged.append(size)
    return Profile(body, tuple(merged))


@dataclass(slots=True)
class Headings:
    """Decides for each line of a document whether it is a heading, and of which level.

    Args:
        profile: The document's type sizes.
        outline: Bookmarks by page index; empty for a document without.
        pages: Number of pages.
        offset: Added to every level, where the running header makes a level of its own above.
    """

    profile: Profile
    outline: dict[int, list[OutlineEntry]]
    pages: int
    offset: int = 0
    _learned: dict[float, int] = field(default_factory=dict)

    def on_page(self, index: int, lines: Sequence[Line]) -> dict[int, tuple[int, int, str]]:
        """Lines of page ``index`` that the outline names.

        Returns:
            From the position of a heading's first line in ``lines`` to the number of lines it takes, its level and
            its text.
        """
        found: dict[int, tuple[int, int, str]] = {}
        after = 0
        keys = [_key(line.text) for line in lines]
        for entry in self.outline.get(index, []):
            wanted = {_key(entry.title), _key(_NUMBER.sub("", entry.title, count=1))} - {""}
            best: tuple[float, int, int] | None = None
            for start in range(len(lines)):
                if start in found or not keys[start]:
                    continue
                text, key = lines[start].text, keys[start]
                for span in (1, 2, 3):
                    if span > 1:
                        if start + span > len(lines):
                            break
                        text = f"{text} {lines[start + span - 1].text}"
                        key += keys[start + span - 1]
                    bare = _key(_NUMBER.sub("", text, count=1))
                    if key in wanted or bare in wanted:
                        line = lines[start]
                        # The same words may stand in the text: a heading is larger, and near where the mark points.
                        cost = -4 * (line.size - self.profile.body) - 3 * line.bold + (20 if start < after else 0)
                        if entry.y is not None:
                            cost += abs(line.top - entry.y) / 20
                        if best is None or cost < best[0]:
                            best = (cost, start, span)
                        break
                    if len(key) > max(map(len, wanted), default=0) + 12:
                        break
            if best is not None:
                _, start, span = best
                text = " ".join(line.text for line in lines[start : start + span])
                found[start] = (span, entry.level, text)
                after = start
                self._learned.setdefault(round(lines[start].size * 2) / 2, entry.level)
        return found

    def by_type(self, line: Line, alone: bool, outer: bool) -> int:
        """The level of ``line`` if its type makes it a heading, else 0.

        Args:
            line: A line that the outline doesn't name.
            alone: Whether it stands apart from the lines around it.
            outer: Whether it begins at the left edge of its column and no explanation hangs under it: bold text of
                the common size is a heading there, and elsewhere a term that is explained.
        """
        text = line.text
        body = self.profile.body
        if len(text) > 140 or line.mono or not any(c.isalpha() for c in text):
            return 0
        if _CHAPTER.fullmatch(text) and line.size > body:
            return self._level(line)
        if text[-1] in ",;" or (text[-1] == "." and len(text.split()) > 6) or text[0] in "•–-*":
            return 0
        larger = line.size >= body * 1.12 or (line.bold and line.size >= body + 0.6)
        if larger and (alone or line.size >= body * 1.3):
            return self._level(line)
        if (
            line.bold
            and alone
            and outer
            and line.size >= body - 0.3
            and len(text) <= 80
            and text[-1] not in ".:"
            and text[0].isalnum()
            and text.casefold().rstrip(":! ") not in _ADMONITIONS
        ):
            return self._level(line)
        return 0

    def _level(self, line: Line) -> int:
        rounded = round(line.size * 2) / 2
        if rounded in self._learned:
            return self._learned[rounded]
        if self._learned and line.size < min(self._learned):
            return min(max(self._learned.values()) + 1, 6)
        by_size = self.profile.level(line.size, line.bold) if line.size > self.profile.body + 0.4 else 0
        if (number := _DEPTH.match(line.text)) is not None and "." in number.group():
            return min(number.group().count(".") + 1, 6)
        return by_size or min(len(self.profile.sizes) + 1, 6)


def chapter_label(text: str) -> bool:
    """Whether ``text`` is only a chapter's number ("Chapter 2"), its name standing below."""
    return _CHAPTER.fullmatch(text) is not None


def _key(text: str) -> str:
    return _NOT_A_WORD.sub("", text).casefold()
