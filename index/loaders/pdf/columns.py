"""Reading order on pages set in columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from index.loaders.pdf.page import Segment

_DEPTH = 3


def in_reading_order(segments: Sequence[Segment], depth: int = 0) -> Iterator[list[Segment]]:
    """The segments in groups to be read one after the other: full-width bands, and the columns between them.

    Columns of prose only: cells that stand side by side stay together, they are read row by row.
    """
    gutter = _gutter(segments) if depth < _DEPTH else None
    if gutter is None:
        if segments:
            yield list(segments)
        return
    band: list[Segment] = []
    across: list[Segment] = []
    for segment in sorted(segments, key=lambda s: s.y):
        if segment.x0 < gutter < segment.x1:
            if band:
                yield from _columns(band, gutter, depth)
                band = []
            across.append(segment)
        else:
            if across:
                yield across
                across = []
            band.append(segment)
    if across:
        yield across
    if band:
        yield from _columns(band, gutter, depth)


def _columns(band: list[Segment], gutter: float, depth: int) -> Iterator[list[Segment]]:
    left = [segment for segment in band if segment.x1 <= gutter]
    right = [segment for segment in band if segment.x0 >= gutter]
    if not left or not right:
        yield band
        return
    yield from in_reading_order(left, depth + 1)
    yield from in_reading_order(right, depth + 1)


def _gutter(segments: Sequence[Segment]) -> float | None:
    """Where the blank strip between two columns of prose lies, or None."""
    if len(segments) < 12:
        return None
    left = min(segment.x0 for segment in segments)
    right = max(segment.x1 for segment in segments)
    best: tuple[int, float] | None = None
    for tenth in range(25, 76):
        x = left + (right - left) * tenth / 100
        crossing = sum(segment.x0 - 2 < x < segment.x1 + 2 for segment in segments)
        if crossing * 4 > len(segments):
            continue
        rank = crossing * 100 + abs(tenth - 50)
        if best is None or rank < best[0]:
            best = (rank, x)
    if best is None:
        return None
    x = best[1]
    sides = ([s for s in segments if s.x1 <= x], [s for s in segments if s.x0 >= x])
    for side in sides:
        if len(side) < 5:
            return None
        extent = max(s.x1 for s in side) - min(s.x0 for s in side)
        widths = sorted(s.x1 - s.x0 for s in side)
        # Prose fills its column; the cells of a table don't.
        if extent <= 0 or widths[len(widths) // 2] < 0.6 * extent:
            return None
        if sum(len(s.text.split()) for s in side) < 4 * len(side):
            return None
    spans = [(min(s.y for s in side), max(s.y for s in side)) for side in sides]
    overlap = min(spans[0][1], spans[1][1]) - max(spans[0][0], spans[1][0])
    shorter = min(end - start for start, end in spans)
    return x if overlap > 0.3 * shorter else None
