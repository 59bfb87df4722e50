"""What stands on one PDF page: pieces of text with their place and type, and the ruled lines between them.

Coordinates are in points; x grows to the right and y downwards from the page's top left corner, with the page turned
as it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of words on one baseline without a wide gap in it: a line of prose, or the content of a table cell.

    Attributes:
        text: Its words, with single spaces between them.
        x0, x1: Left and right end.
        y: Baseline.
        size: Type size of most of it.
        bold, mono: Whether all of it is bold, or in a typewriter face.
        words: Each word with its left and right end.
    """

    text: str
    x0: float
    x1: float
    y: float
    size: float
    bold: bool = False
    mono: bool = False
    words: tuple[tuple[str, float, float], ...] = ()

    @property
    def top(self) -> float:
        """Where its capitals begin, about."""
        return self.y - 0.75 * self.size


@dataclass(slots=True)
class Line:
    """Segments on one baseline, from left to right.

    Attributes:
        text: The whole line with single spaces.
        x0, x1: Left and right end.
        y, size: Baseline and type size of its longest segment.
        bold, mono: Whether all of it is.
    """

    segments: tuple[Segment, ...]
    text: str = field(init=False)
    x0: float = field(init=False)
    x1: float = field(init=False)
    y: float = field(init=False)
    size: float = field(init=False)
    bold: bool = field(init=False)
    mono: bool = field(init=False)

    def __post_init__(self) -> None:
        segments = self.segments
        main = segments[0] if len(segments) == 1 else max(segments, key=lambda segment: len(segment.text))
        self.text = main.text if len(segments) == 1 else " ".join(segment.text for segment in segments)
        self.x0 = segments[0].x0
        self.x1 = max(segment.x1 for segment in segments)
        self.y, self.size = main.y, main.size
        self.bold = all(segment.bold for segment in segments)
        self.mono = all(segment.mono for segment in segments)

    @property
    def top(self) -> float:
        """Where its capitals begin, about."""
        return self.y - 0.75 * self.size


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal or vertical line of a drawing or table, from ``start`` to ``end`` at ``at`` on the other axis."""

    at: float
    start: float
    end: float


@dataclass(slots=True)
class PageText:
    """The content of one page.

    Attributes:
        number: From 1.
        segments: In the order in which the file draws them.
        sideways: Text at a right angle to the rest; read only where it stands in a table.
        across, down: Horizontal and vertical rules.
        garbled: Whether the text has no usable mapping to Unicode, so that what can be seen can't be read.
        pictured: Whether pictures or drawings stand on it.
    """

    number: int
    width: float
    height: float
    segments: list[Segment] = field(default_factory=list)
    sideways: list[Segment] = field(default_factory=list)
    across: list[Rule] = field(default_factory=list)
    down: list[Rule] = field(default_factory=list)
    garbled: bool = False
    pictured: bool = False

    @property
    def empty(self) -> bool:
        """Whether there is no text to be had from it."""
        return self.garbled or not self.segments


def lines_of(segments: list[Segment]) -> list[Line]:
    """The segments as lines from top to bottom, each from left to right.

    Raised and lowered pieces (exponents, indices) belong to the line that they touch.
    """
    groups: list[list[Segment]] = []
    for segment in sorted(segments, key=lambda s: (s.y, s.x0)):
        home = None
        for group in reversed(groups[-4:]):
            first = max(group, key=lambda s: s.size)
            if abs(segment.y - first.y) <= 0.32 * max(segment.size, first.size) or (
                min(segment.size, first.size) < 0.8 * max(segment.size, first.size)
                and abs(segment.y - first.y) <= 0.5 * max(segment.size, first.size)
                and any(abs(segment.x0 - s.x1) < 0.3 * s.size or abs(s.x0 - segment.x1) < 0.3 * s.size for s in group)
            ):
                home = group
                break
        if home is None:
            groups.append([segment])
        else:
            home.append(segment)
    lines = [Line(tuple(_touching(sorted(group, key=lambda s: s.x0)))) for group in groups]
    return sorted(lines, key=lambda line: line.y)


def _touching(segments: list[Segment]) -> list[Segment]:
    """Neighbours on a line that touch are one: a word whose index or exponent was drawn apart."""
    joined: list[Segment] = []
    for segment in segments:
        if joined and -0.5 * segment.size < segment.x0 - joined[-1].x1 < 0.9 * max(segment.size, joined[-1].size):
            last = joined[-1]
            gap = segment.x0 - last.x1
            main = last if len(last.text) >= len(segment.text) else segment
            space = "" if gap < 0.12 * main.size else " "
            joined[-1] = replace(
                main,
                text=f"{last.text}{space}{segment.text}",
                x0=last.x0,
                x1=max(last.x1, segment.x1),
                bold=last.bold and segment.bold,
                mono=last.mono and segment.mono,
                words=last.words + segment.words,
            )
        else:
            joined.append(segment)
    return joined
