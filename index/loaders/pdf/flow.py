"""From the lines and tables of page after page to blocks: paragraphs, lists, code, headings, and tables that go on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from index.documents import Block
from index.loaders.blocks import BULLET, STEP, bullet, code, heading, paragraph, row, step
from index.loaders.grid import Cell, joined_header, looks_like_header, spread
from index.loaders.pdf.columns import in_reading_order
from index.loaders.pdf.headings import Headings, chapter_label
from index.loaders.pdf.page import Line, PageText, lines_of
from index.loaders.pdf.tables import FoundTable, aligned_tables, ruled_tables
from index.loaders.pdf.words import Vocabulary, join_lines

_LEADER = re.compile(r"(?:\s?[.\u2026\u00b7]){4,}\s*(?P<page>\d{1,4}|[ivxlc]{1,7})?$")
_BROKEN = re.compile(r"\s*[\u2190\u21a9\u21b5\u23ce]-?$")
_CONTENTS = re.compile(
    r"(?:table of )?contents|inhalt(?:sverzeichnis)?|sommaire|table des mati\u00e8res|\u00edndice|indice", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"[.!?:;\u2026][\"'\u201d\u2019)\]]*$")


@dataclass(slots=True)
class _OpenTable:
    """The last table so far, as long as nothing has followed it."""

    number: int
    columns: tuple[float, ...]
    header: tuple[str, ...]
    heads: tuple[tuple[str, ...], ...]


class Flow:
    """Turns the pages of one document into blocks, in order.

    A block is held back until it is known that the next page doesn't continue it.
    """

    def __init__(self, headings: Headings) -> None:
        self._headings = headings
        self._vocabulary = Vocabulary()
        self._held: Block | None = None
        self._table: _OpenTable | None = None
        self._tables = 0
        self._label = ""  # "Chapter 2", waiting for its name
        self._indents: list[float] = []  # where the marks of the open lists stand
        self._running = ""

    def feed(self, page: PageText, running: Sequence[Line] = ()) -> Iterator[Block]:
        """The blocks of the next page.

        Args:
            page: Without its running headers and footers.
            running: The header line of the page, where its changes make sections of their own.
        """
        if running and (title := running[0].segments[0].text) != self._running:
            self._running = title
            yield from self._put(heading(title, 1, page.number))
        tables, rest = ruled_tables(page)
        fresh = True
        for group in _groups(rest, tables):
            if isinstance(group, FoundTable):
                yield from self._put_table(group, page.number, fresh)
                fresh = False
                continue
            everything = lines_of(group)
            lines = _without_contents(everything, self._headings.pages)
            if len(lines) < len(everything) and lines and _CONTENTS.fullmatch(lines[0].text):
                lines = lines[1:]
            for line in lines:
                self._vocabulary.learn(line.text)
            yield from self._lines(lines, page, fresh)
            fresh = fresh and not lines

    def finish(self) -> Iterator[Block]:
        """What was held back to the end."""
        if self._label:
            yield from self._put(heading(self._label, 1))
        if self._held is not None:
            yield self._held
            self._held = None

    def _put(self, block: Block) -> Iterator[Block]:
        if block.kind != "row":
            self._table = None
        if self._held is not None:
            yield self._held
        self._held = block

    def _lines(self, lines: list[Line], page: PageText, fresh: bool) -> Iterator[Block]:
        """The blocks of one group of lines; ``fresh`` where it opens the page."""
        leading = _leading(lines)
        left = min((line.x0 for line in lines), default=0.0)
        named = self._headings.on_page(page.number - 1, lines)
        runs: list[Line] = []  # lines between headings
        index = 0
        while index < len(lines):
            line = lines[index]
            if index in named:
                span, level, text = named[index]
            else:
                outer = line.x0 <= left + 4 and not _hangs(lines, index, leading)
                level = self._headings.by_type(line, _alone(lines, index, leading), outer)
                span, text = 1, line.text
                while level and (
                    index + span < len(lines)
                    and index + span not in named
                    and not chapter_label(text)
                    and abs(lines[index + span].size - line.size) < 0.3
                    and lines[index + span].bold == line.bold
                    and lines[index + span].y - lines[index + span - 1].y < 1.45 * line.size
                    and span < 3
                    and self._headings.by_type(lines[index + span], True, outer)
                ):
                    text = self._vocabulary.joined(text, lines[index + span].text)
                    span += 1
            if not level:
                runs.append(line)
                index += 1
                continue
            yield from self._body(runs, page, leading, fresh)
            fresh = fresh and not runs
            runs = []
            yield from self._put_heading(text, level, page.number)
            index += span
        yield from self._body(runs, page, leading, fresh)

    def _put_heading(self, text: str, level: int, page: int) -> Iterator[Block]:
        self._indents.clear()
        if chapter_label(text):
            self._label = text
            return
        if self._label:
            number = self._label.split()[-1]
            text = text if text.startswith(number) else f"{self._label}: {text}"
            self._label = ""
        yield from self._put(heading(text, level + self._headings.offset, page))

    def _body(self, lines: list[Line], page: PageText, leading: float, fresh: bool) -> Iterator[Block]:
        """Lines without headings as paragraphs, lists, code and aligned tables."""
        if not lines:
            return
        if self._label:
            yield from self._put(heading(self._label, 1, page.number))
            self._label = ""
        group: list[Line] = []
        for item in aligned_tables(lines):
            if isinstance(item, FoundTable):
                yield from self._prose(group, page, leading, fresh)
                fresh = fresh and not group
                group = []
                yield from self._put_table(item, page.number, fresh)
                fresh = False
            else:
                group.append(item)
        yield from self._prose(group, page, leading, fresh)

    def _prose(self, lines: list[Line], page: PageText, leading: float, fresh: bool) -> Iterator[Block]:
        if not lines:
            return
        right = max(line.x1 for line in lines)
        for number, part in enumerate(_paragraphs(lines, leading, right)):
            block = self._block(part, page.number)
            if fresh and number == 0 and self._goes_on(block):
                assert self._held is not None
                joined = self._vocabulary.joined(self._held.text, block.text)
                self._held = replace(self._held, text=joined)
                continue
            yield from self._put(block)

    def _goes_on(self, block: Block) -> bool:
        """Whether ``block``, the first of its page, continues the last one of the page before."""
        held = self._held
        if held is None or block.kind != "paragraph" or held.kind not in ("paragraph", "step", "bullet"):
            return False
        return _SENTENCE_END.search(held.text) is None and (block.text[:1].islower() or held.text.endswith((",", "-")))

    def _block(self, lines: list[Line], page: int) -> Block:
        if all(line.mono for line in lines):
            return code(_typewriter(lines), page)
        text = join_lines((line.text for line in lines), self._vocabulary)
        if len(lines) > 1 and lines[0].bold and not lines[1].bold and lines[1].x0 > lines[0].x0 + 6:
            term = lines[0].text  # over its explanation
            text = f"{term.rstrip(':')}: {join_lines((line.text for line in lines[1:]), self._vocabulary)}"
        for pattern in (BULLET, STEP):
            match = pattern.fullmatch(text)
            if match is None or (pattern is BULLET and match["mark"] in "-–" and len(lines) == 1 and len(text) < 4):
                continue
            depth = self._depth(lines[0].x0)
            if pattern is BULLET:
                return bullet(match["text"], depth, page)
            return step(match["number"], match["text"], depth, page)
        if self._indents and lines[0].x0 < self._indents[0] + 2:
            self._indents.clear()
        return paragraph(text, page)

    def _depth(self, x: float) -> int:
        while self._indents and x < self._indents[-1] - 3:
            self._indents.pop()
        if not self._indents or x > self._indents[-1] + 3:
            self._indents.append(x)
        return len(self._indents) - 1

    def _put_table(self, found: FoundTable, page: int, fresh: bool) -> Iterator[Block]:
        grid = [line for line in spread(found.rows) if any(cell.text for cell in line)]
        used = [k for k in range(len(grid[0]) if grid else 0) if any(line[k].text for line in grid)]
        columns = tuple(found.columns[k] for k in used)
        grid = [[line[k] for k in used] for line in grid]
        texts = [tuple(cell.text for cell in line) for line in grid]
        if not texts:
            return
        open_table = self._table
        if fresh and open_table is not None:
            places = _places(open_table.columns, columns)
            if places is not None:
                width = len(open_table.columns)
                put = [tuple(line[places.index(k)] if k in places else "" for k in range(width)) for line in texts]
                yield from self._continue_table(put, open_table, page)
                return
        heads = min(found.heads, 3)
        if heads == 0 and looks_like_header(texts[:8], sure=found.ruled):
            heads = 1
        if heads >= len(texts):
            heads = len(texts) - 1 if len(texts) > 1 and len(texts[0]) > 1 else 0
        named = [[Cell(cell.text, header=True) for cell in line] for line in grid[:heads]]
        header = joined_header([[cell.text for cell in line] for line in named]) if heads else ()
        table = _OpenTable(self._tables, columns, header, tuple(texts[:heads]))
        self._tables += 1
        self._indents.clear()
        for line in texts[heads:]:
            if line not in table.heads:
                yield from self._put(row(line, header, table.number, page))
        self._table = table

    def _continue_table(self, texts: list[tuple[str, ...]], table: _OpenTable, page: int) -> Iterator[Block]:
        """The rows of a table that goes on from the page before; its repeated header is left out."""
        for number, line in enumerate(texts):
            if number < max(len(table.heads), 1) and (line in table.heads or line == table.header):
                continue
            held = self._held
            if (
                number == 0 and held is not None and held.row is not None
                and not line[0] and any(line) and len(held.row.cells) == len(line)
            ):  # fmt: skip
                # The row was cut by the page's end.
                cells = [self._vocabulary.joined(a, b) for a, b in zip(held.row.cells, line, strict=True)]
                self._held = row(cells, table.header, table.number, held.page)
                continue
            yield from self._put(row(line, table.header, table.number, page))
        self._table = table


def _groups(segments: Sequence, tables: list[FoundTable]) -> Iterator[list | FoundTable]:  # type: ignore[type-arg]
    """Text and ruled tables from top to bottom, text in the order of its columns."""
    rest = list(segments)
    for table in sorted(tables, key=lambda t: t.top):
        above = [segment for segment in rest if segment.y <= table.top + 1]
        taken = set(map(id, above))
        rest = [segment for segment in rest if id(segment) not in taken]
        yield from in_reading_order(above)
        yield table
    yield from in_reading_order(rest)


def _places(known: tuple[float, ...], columns: tuple[float, ...]) -> list[int] | None:
    """Which of the ``known`` columns each of ``columns`` is, or None where they belong to another table.

    A column that is empty on the second page is missing there.
    """
    places: list[int] = []
    for x in columns:
        near = next((k for k, other in enumerate(known) if abs(other - x) < 8 and k not in places), None)
        if near is None:
            return None
        places.append(near)
    return places if 2 * len(places) > len(known) else None


def _without_contents(lines: list[Line], pages: int) -> list[Line]:
    """The lines without a printed table of contents: five or more that end in a row of dots and a page number."""
    leaders = [k for k, line in enumerate(lines) if (m := _LEADER.search(line.text)) is not None and m["page"]]
    if len(leaders) < 5:
        return lines
    numbers = [int(m["page"]) for k in leaders if (m := _LEADER.search(lines[k].text)) and m["page"].isdigit()]
    rising = sum(a <= b for a, b in pairwise(numbers))
    if numbers and (rising < 0.8 * (len(numbers) - 1) or max(numbers) > 3 * pages + 50):
        return lines  # dots between names and values: a list of settings
    first, last = leaders[0], leaders[-1]
    # Chapters have no dots in many styles: a line in between is part of the contents too if it ends in a number.
    dropped = set(leaders) | {
        k for k in range(max(first - 1, 0), min(last + 2, len(lines))) if re.search(r"\s\d{1,4}$", lines[k].text)
    }
    return [line for k, line in enumerate(lines) if k not in dropped]


def _leading(lines: Sequence[Line]) -> float:
    """The usual distance from line to line."""
    gaps = Counter(
        round((after.y - before.y) * 2) / 2
        for before, after in pairwise(lines)
        if 0.9 * after.size < after.y - before.y < 2.2 * after.size and abs(after.size - before.size) < 0.5
    )
    if not gaps:
        return 1.25 * (lines[0].size if lines else 10.0)
    most = gaps.most_common(1)[0][1]
    return min(gap for gap, count in gaps.items() if count >= 0.5 * most)


def _alone(lines: Sequence[Line], index: int, leading: float) -> bool:
    """Whether a line stands apart from the one above it, or differs from it in type."""
    if index == 0:
        return True
    line, above = lines[index], lines[index - 1]
    return line.y - above.y > 1.2 * leading or (above.bold != line.bold and above.x1 < line.x0 + 420)


def _hangs(lines: Sequence[Line], index: int, leading: float) -> bool:
    """Whether the next line follows closely and is indented: the explanation of a term."""
    if index + 1 >= len(lines):
        return False
    line, below = lines[index], lines[index + 1]
    return below.y - line.y <= 1.28 * leading and below.x0 > line.x0 + 6


def _paragraphs(lines: Sequence[Line], leading: float, right: float) -> Iterator[list[Line]]:
    """Lines gathered to paragraphs, list items and stretches of code."""
    part: list[Line] = []
    for line in lines:
        if part and _breaks(part, line, leading, right):
            yield part
            part = []
        part.append(line)
    if part:
        yield part


def _breaks(part: list[Line], line: Line, leading: float, right: float) -> bool:
    """Whether ``line`` begins something new after the lines of ``part``."""
    last = part[-1]
    gap = line.y - last.y
    size = max(line.size, last.size)
    if all(other.mono for other in part) and line.mono:
        return gap > 3.1 * leading
    if last.mono != line.mono and (line.mono or all(other.mono for other in part)):
        return True
    if gap > max(1.28 * leading, 1.28 * size) or gap < -0.5 * size or abs(line.size - last.size) > 1.2:
        return True
    text = line.text
    short = last.x1 < right - 0.12 * (right - part[0].x0)
    if BULLET.fullmatch(text) is not None and (text[0] not in "-–+*" or short or line.x0 < last.x0 - 2):
        return True
    if STEP.fullmatch(text) is not None and (short or _SENTENCE_END.search(last.text) is not None):
        return True
    ended = short and _SENTENCE_END.search(last.text) is not None
    if ended and last.x1 < right - 0.3 * (right - part[0].x0) and line.x0 <= part[0].x0 + 1 and text[:1].isupper():
        return True
    body = part[1].x0 if len(part) > 1 else None
    if body is not None:
        if line.x0 < body - 0.8 * size:
            return True
        return line.x0 > body + 0.8 * size and (ended or short)
    if line.x0 < part[0].x0 - 0.8 * size:
        # Outdented after one line: an indented first line of a paragraph, unless that was one by itself.
        return ended or short
    return False


def _typewriter(lines: Sequence[Line]) -> str:
    """Lines of fixed pitch with their indentation, inner gaps and blank lines."""
    widths = sorted(
        (segment.x1 - segment.x0) / len(segment.text) for line in lines for segment in line.segments if segment.text
    )
    pitch = widths[len(widths) // 2] or 6.0
    left = min(line.x0 for line in lines)
    gaps = sorted(after.y - before.y for before, after in pairwise(lines))
    usual = gaps[len(gaps) // 4] if gaps else 0.0
    text: list[str] = []
    before: Line | None = None
    for line in lines:
        if before is not None and usual and line.y - before.y > 1.6 * usual:
            text.append("")
        written = ""
        for segment in line.segments:
            for word, x0, _ in segment.words or ((segment.text, segment.x0, segment.x1),):
                column = round((x0 - left) / pitch)
                written += " " * max(column - len(written), 1 if written else 0) + word
        if text and (mark := _BROKEN.search(text[-1])) is not None:
            first = text[-1][: mark.start()].rstrip()
            after = written.strip()
            # The mark stands where a long line was broken to fit the page; in paths that is no blank.
            space = "" if first[-1:] in "/.=,-_" or after[:1] in "/._" else " "
            text[-1] = first + space + after
        else:
            text.append(written)
        before = line
    return "\n".join(text)
