"""Tables found on a page: by their rules, or by cells that stand in line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from index.loaders.clean import one_line
from index.loaders.grid import Cell
from index.loaders.pdf.page import Line, PageText, Rule, Segment, lines_of

_NEAR = 3.0  # points within which two rules are taken to touch or to be the same
_BULLETS = frozenset("•‣▪●◦⁃∙·■►–-*")


@dataclass(frozen=True, slots=True)
class FoundTable:
    """A table with its rows as written.

    Attributes:
        top, bottom, left, right: Its box.
        rows: Cells, spans included.
        columns: Left edges of its columns, by which a continuation on the next page is known.
        heads: How many first rows are set as a header (all bold, while the rest isn't).
        ruled: Whether it is drawn with rules.
    """

    top: float
    bottom: float
    left: float
    right: float
    rows: tuple[tuple[Cell, ...], ...]
    columns: tuple[float, ...]
    heads: int = 0
    ruled: bool = True


def ruled_tables(page: PageText) -> tuple[list[FoundTable], list[Segment]]:
    """The tables drawn with rules, and the segments that lie in none."""
    if len(page.across) < 2 or len(page.down) < 2:
        return [], page.segments
    across, down = _merged(page.across), _merged(page.down)
    tables: list[FoundTable] = []
    rest = page.segments
    for rows, columns in _meshes(across, down):
        xs, ys = _positions([rule.at for rule in columns]), _positions([rule.at for rule in rows])
        # A table cut by the page's end may lack its closing rule: the vertical ones show how far it goes.
        ends = sorted(rule.end for rule in columns)
        starts = sorted(rule.start for rule in columns)
        if ends and ends[len(ends) // 2] > ys[-1] + 2 * _NEAR:
            ys.append(ends[len(ends) // 2])
        if starts and starts[len(starts) // 2] < ys[0] - 2 * _NEAR:
            ys.insert(0, starts[len(starts) // 2])
        if len(xs) < 3 or len(ys) < 2 or len(xs) > 60:
            continue
        inside = [s for s in rest if ys[0] - 1 < s.y - 0.3 * s.size < ys[-1] + 1 and _within(s, xs[0], xs[-1])]
        if not inside:
            continue
        inside += [s for s in page.sideways if ys[0] < s.y < ys[-1] and _within(s, xs[0], xs[-1])]
        extra = _unruled_rows(inside, xs, ys)
        rows = rows + [Rule(y, xs[0], xs[-1]) for y in extra]
        table = _ruled(inside, xs, sorted(ys + extra), rows, columns)
        if table is not None:
            tables.append(table)
            taken = set(map(id, inside))
            rest = [segment for segment in rest if id(segment) not in taken]
    return tables, rest


def _within(segment: Segment, left: float, right: float) -> bool:
    # Long words run over the border of narrow cells: where a text begins decides.
    return left - _NEAR < segment.x0 < right and (segment.x0 + segment.x1) / 2 < right + 40


def _merged(rules: Sequence[Rule]) -> list[Rule]:
    """Rules that continue or double each other as one."""
    merged: list[Rule] = []
    for rule in sorted(rules, key=lambda r: (round(r.at), r.start)):
        for index in range(len(merged) - 1, max(len(merged) - 40, -1), -1):
            other = merged[index]
            if abs(other.at - rule.at) <= 1.5 and rule.start <= other.end + _NEAR and rule.end >= other.start - _NEAR:
                merged[index] = Rule(other.at, min(other.start, rule.start), max(other.end, rule.end))
                break
        else:
            merged.append(rule)
    return merged


def _meshes(across: list[Rule], down: list[Rule]) -> list[tuple[list[Rule], list[Rule]]]:
    """Groups of horizontal and vertical rules that are connected by crossing each other, from top to bottom."""
    if len(across) * len(down) > 250_000:
        return []
    parent = list(range(len(across) + len(down)))

    def root(item: int) -> int:
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    for i, row in enumerate(across):
        for j, column in enumerate(down):
            if (
                row.start - _NEAR <= column.at <= row.end + _NEAR
                and column.start - _NEAR <= row.at <= column.end + _NEAR
            ):
                parent[root(i)] = root(len(across) + j)
    groups: dict[int, tuple[list[Rule], list[Rule]]] = {}
    for i, row in enumerate(across):
        groups.setdefault(root(i), ([], []))[0].append(row)
    for j, column in enumerate(down):
        groups.setdefault(root(len(across) + j), ([], []))[1].append(column)
    found = [group for group in groups.values() if len(group[0]) >= 2 and len(group[1]) >= 2]
    return sorted(found, key=lambda group: min(rule.at for rule in group[0]))


def _positions(values: Sequence[float]) -> list[float]:
    positions: list[float] = []
    for value in sorted(values):
        if not positions or value - positions[-1] > _NEAR:
            positions.append(value)
    return positions


def _unruled_rows(inside: list[Segment], xs: list[float], ys: list[float]) -> list[float]:
    """Where rows end in bands without rules between them: in tables with a frame and a ruled header only.

    Such a band has several lines, most of which fill most columns; a band with wrapped cells has not.
    """
    width = len(xs) - 1
    borders: list[float] = []
    for top, bottom in pairwise(ys):
        lines = lines_of([s for s in inside if top - 1 <= s.y - 0.35 * s.size < bottom])
        if len(lines) < 4:
            continue
        filled = [{column for segment in line.segments for column, _ in _pieces(segment, xs)} for line in lines]
        full = [0 in columns and len(columns) >= max(2, 0.7 * width) for columns in filled]
        if sum(full) < 0.6 * len(full):
            continue
        borders += [line.top - 0.15 * line.size for line, starts in zip(lines[1:], full[1:], strict=True) if starts]
    return borders


def _ruled(
    inside: list[Segment], xs: list[float], ys: list[float], across: list[Rule], down: list[Rule]
) -> FoundTable | None:
    """The grid between rules; a missing rule between two fields makes them one cell."""
    width, height = len(xs) - 1, len(ys) - 1

    def wall(rules: list[Rule], at: float, middle: float) -> bool:
        return any(abs(rule.at - at) <= _NEAR and rule.start - 1 <= middle <= rule.end + 1 for rule in rules)

    owner = [[(r, c) for c in range(width)] for r in range(height)]
    for r in range(height):
        for c in range(width):
            if owner[r][c] != (r, c):
                continue
            right = c + 1
            while right < width and not wall(down, xs[right], (ys[r] + ys[r + 1]) / 2):
                right += 1
            low = r + 1
            while low < height and all(not wall(across, ys[low], (xs[k] + xs[k + 1]) / 2) for k in range(c, right)):
                low += 1
            for rr in range(r, low):
                for cc in range(c, right):
                    owner[rr][cc] = (r, c)
    fields: dict[tuple[int, int], list[Segment]] = {}
    for segment in inside:
        middle = segment.y - 0.35 * segment.size
        r = next((k for k in range(height) if ys[k] - 1 <= middle < ys[k + 1]), height - 1)
        for c, piece in _pieces(segment, xs):
            fields.setdefault(owner[r][c], []).append(piece)
    rows: list[tuple[Cell, ...]] = []
    bold: list[bool] = []
    for r in range(height):
        cells: list[Cell] = []
        filled: list[Segment] = []
        for c in range(width):
            if owner[r][c] != (r, c):
                continue
            colspan = next((k for k in range(c, width) if owner[r][k] != (r, c)), width) - c
            rowspan = next((k for k in range(r, height) if owner[k][c] != (r, c)), height) - r
            held = fields.get((r, c), [])
            filled += held
            cells.append(Cell(cell_text(held), colspan, rowspan))
        rows.append(tuple(cells))
        bold.append(bool(filled) and all(segment.bold for segment in filled))
    if sum(any(cell.text for cell in line) for line in rows) < 1 or not any(len(line) > 1 for line in rows):
        return None
    heads = next((k for k, flag in enumerate(bold) if not flag), 0)
    return FoundTable(ys[0], ys[-1], xs[0], xs[-1], tuple(rows), tuple(xs[:-1]), heads)


def _pieces(segment: Segment, xs: list[float]) -> list[tuple[int, Segment]]:
    """The words of ``segment`` by column: neighbouring narrow cells may have been read as one run."""
    last = len(xs) - 2
    by_column: list[tuple[int, list[tuple[str, float, float]]]] = []
    for word in segment.words or ((segment.text, segment.x0, segment.x1),):
        start = word[1] + min(2.0, (word[2] - word[1]) / 2)
        column = next((k for k in range(last + 1) if start < xs[k + 1]), last)
        if by_column and by_column[-1][0] == column:
            by_column[-1][1].append(word)
        else:
            by_column.append((column, [word]))
    if len(by_column) == 1:
        return [(by_column[0][0], segment)]
    return [
        (
            column,
            Segment(
                " ".join(word[0] for word in words),
                words[0][1], words[-1][2], segment.y, segment.size, segment.bold, segment.mono, tuple(words),
            ),
        )
        for column, words in by_column
    ]  # fmt: skip


def cell_text(segments: list[Segment]) -> str:
    """The text of a cell: its lines joined, words broken over a line end mended."""
    text = ""
    for line in lines_of(segments):
        part = line.text
        if text.endswith("-") and len(text) > 1 and text[-2].isalnum() and part[:1].isalnum():
            text = text[:-1] + part if part[:1].islower() and text[-2].islower() else text + part
        elif text.endswith(("/-", "/")) and part[:1].isalnum() and "://" in text.split()[-1]:
            text = text.removesuffix("-") + part
        else:
            text = f"{text} {part}"
    return one_line(text)


def aligned_tables(lines: Sequence[Line]) -> list[Line | FoundTable]:
    """The lines of one column of a page, with those that form a table by their alignment put together."""
    result: list[Line | FoundTable] = []
    index = 0
    while index < len(lines):
        found = _grow(lines, index) if len(lines[index].segments) > 1 else None
        if found is None:
            result.append(lines[index])
            index += 1
        else:
            table, index = found
            result.append(table)
    return result


def _grow(lines: Sequence[Line], start: int) -> tuple[FoundTable, int] | None:
    """The longest run of lines from ``start`` whose segments stand in columns, as a table, and where it ends."""
    spans: list[list[float]] = []
    taken: list[Line] = []
    full = 0  # lines up to the last one that has more than one cell
    for line in lines[start : start + 400]:
        if taken and line.y - taken[-1].y > 3.2 * max(line.size, taken[-1].size):
            break
        if line.mono or abs(line.size - lines[start].size) > 2.5:
            break
        grown = _fit(spans, line, len(taken) < 2)
        if grown is None or (len(line.segments) == 1 and not _continues(spans, line)):
            break
        spans = grown
        taken.append(line)
        if len(line.segments) > 1:
            full = len(taken)
    taken = taken[:full]
    if not _is_table(taken, spans):
        return None
    columns = [span[0] for span in spans]
    rows, bold = _rows(taken, spans)
    heads = next((k for k, flag in enumerate(bold) if not flag), 0)
    table = FoundTable(
        taken[0].y - taken[0].size, taken[-1].y, columns[0], max(span[1] for span in spans),
        tuple(tuple(Cell(text) for text in row) for row in rows), tuple(columns), heads,
    )  # fmt: skip
    return table, start + full


def _fit(spans: list[list[float]], line: Line, opening: bool) -> list[list[float]] | None:
    """The columns widened by the segments of ``line``, or None where it doesn't fit them."""
    result = [list(span) for span in spans]
    used: set[int] = set()
    for segment in line.segments:
        hit = [k for k, span in enumerate(result) if segment.x0 < span[1] + 1 and segment.x1 > span[0] - 1]
        if len(hit) > 1 or (hit and hit[0] in used):
            return None
        if hit:
            span = result[hit[0]]
            span[0], span[1] = min(span[0], segment.x0), max(span[1], segment.x1)
            used.add(hit[0])
        elif opening or len(line.segments) > 1:
            result.append([segment.x0, segment.x1])
            result.sort()
            used = {k for k, span in enumerate(result) if any(s.x0 < span[1] and s.x1 > span[0] for s in line.segments)}
        else:
            return None
    if any(one[1] > other[0] - 2 for one, other in pairwise(result)):
        return None
    return result


def _continues(spans: list[list[float]], line: Line) -> bool:
    """Whether a lone segment can be the next line of a wrapped cell: it begins where its column does."""
    return any(abs(line.x0 - span[0]) < 4 and line.x1 < span[1] + 12 for span in spans)


def _is_table(lines: Sequence[Line], spans: list[list[float]]) -> bool:
    many = [line for line in lines if len(line.segments) > 1]
    if len(many) < 3 or len(spans) < 2:
        return False
    if len(many) < 0.4 * len(lines):
        return False
    first = [line.segments[0].text for line in many]
    if sum(text in _BULLETS or (text.rstrip(".)").isdigit() and text[-1] in ".)") for text in first) > len(first) / 3:
        return False
    filled = sum(len(line.segments) for line in many) / (len(many) * len(spans))
    if filled < 0.5:
        return False
    words = [len(line.segments[-1].text.split()) for line in many]
    average = sum(words) / len(words)
    if len(spans) == 2:
        # A term and its explanation, set beside each other, is prose with a hanging indent; so is dialogue.
        return len(many) >= 4 and average <= 6 and len(many) >= 0.7 * len(lines)
    cells = [len(segment.text) for line in many for segment in line.segments]
    return sum(cells) / len(cells) < 40


def _rows(lines: Sequence[Line], spans: list[list[float]]) -> tuple[list[list[str]], list[bool]]:
    """Lines gathered to rows: by the space between rows where it differs from that between lines, else by cells."""
    gaps = [after.y - before.y for before, after in pairwise(lines)]
    small = min(gaps)
    wide = [gap for gap in gaps if gap > 1.25 * small]
    close = [line for gap, line in zip(gaps, lines[1:], strict=True) if gap <= 1.25 * small]
    # Lines that fill every column are rows, however close they stand.
    whole = sum(len(line.segments) == len(spans) for line in close)
    by_space = len(wide) >= 2 and len(wide) >= 0.25 * len(gaps) and len(close) > 0 and whole <= 0.5 * len(close)
    groups: list[list[Line]] = [[lines[0]]]
    for gap, line in zip(gaps, lines[1:], strict=True):
        starts = line.segments[0].x0 < spans[0][1]
        after_wrapped = groups[-1][-1].segments[0].x0 >= spans[0][1]
        if gap > 1.25 * small if by_space else starts and (len(line.segments) > 1 or after_wrapped):
            groups.append([line])
        else:
            groups[-1].append(line)
    rows: list[list[str]] = []
    bold: list[bool] = []
    for group in groups:
        fields: list[list[Segment]] = [[] for _ in spans]
        for line in group:
            for segment in line.segments:
                middle = (segment.x0 + segment.x1) / 2
                column = min(range(len(spans)), key=lambda k: abs((spans[k][0] + spans[k][1]) / 2 - middle))
                within = next((k for k, span in enumerate(spans) if span[0] - 1 <= middle <= span[1] + 1), column)
                fields[within].append(segment)
        rows.append([cell_text(field) for field in fields])
        bold.append(all(segment.bold for line in group for segment in line.segments))
    return rows, bold
