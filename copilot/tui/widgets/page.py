"""A long text, laid out line by line and drawn only where it is seen: sections, tables, whole documents."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from copilot.tui.reading import Heading, Laid, Row, lay_out
from copilot.tui.reading.runs import Run

Range = tuple[int, int]
_AT_ONCE: Final = 40_000
"""Characters that are laid out without a thread: some milliseconds."""
_STYLES: Final = ("text", "step", "bullet", "head", "cell", "frame", "heading", "quote", "label")


class Page(ScrollView, can_focus=True):
    """Shows a text that is `shown` (see `copilot.tui.reading.layout`), with ranges of it marked.

    Attributes:
        marked: What is pointed out, such as the passage that an answer cites.
        hits: What a search in it found.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"page--{name}" for name in _STYLES),
        "page--mark",
        "page--hit",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", show=False),
        Binding("down,j", "scroll_down", show=False),
        Binding("pageup,b", "page_up", show=False),
        Binding("pagedown,space", "page_down", show=False),
        Binding("home,g", "scroll_home", show=False),
        Binding("end,G", "scroll_end", show=False),
    ]
    DEFAULT_CSS = """
    Page {
        height: 1fr;
        background: $surface;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
    }
    Page > .page--text, Page > .page--cell { color: $foreground; background: $surface; }
    Page > .page--step, Page > .page--bullet { color: $primary; background: $surface; text-style: bold; }
    Page > .page--head { color: $primary; background: $surface; text-style: bold; }
    Page > .page--frame { color: $border; background: $surface; }
    Page > .page--heading { color: $primary; background: $surface; text-style: bold underline; }
    Page > .page--quote { color: $quote; background: $surface; }
    Page > .page--label { color: $quiet; background: $surface; }
    Page > .page--mark { color: $mark-foreground; background: $mark-background; text-style: bold; }
    Page > .page--hit { color: $foreground; background: $hit-background; text-style: underline; }
    Page:ansi > .page--mark { text-style: bold reverse; }
    Page:ansi > .page--hit { text-style: underline reverse; }
    """

    class Ready(Message):
        """A long text has been laid out."""

        def __init__(self, page: Page) -> None:
            super().__init__()
            self.page = page

    marked: reactive[tuple[Range, ...]] = reactive((), init=False)
    hits: reactive[tuple[Range, ...]] = reactive((), init=False)

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._text = ""
        self._headings: Sequence[Heading] = ()
        self._laid = Laid((), ())
        self._width = 0
        self._wanted: int | None = None

    @property
    def text(self) -> str:
        """What is shown."""
        return self._text

    def show(self, text: str, marked: Sequence[Range] = (), headings: Sequence[Heading] = ()) -> None:
        """Show a text, from the first of its marks on."""
        self._text, self._headings, self._width = text, headings, 0
        self.set_reactive(Page.marked, tuple(marked))
        self.set_reactive(Page.hits, ())
        self._wanted = marked[0][0] if marked else 0
        self._lay_out()

    @property
    def room(self) -> int:
        """Cells for a line of text."""
        return max(1, self.scrollable_content_region.width - 2)

    def go(self, offset: int) -> None:
        """Bring the character at ``offset`` into view, a third from above."""
        self._wanted = None
        self.scroll_to(y=max(0, self._laid.row_of(offset) - self.size.height // 3), animate=False, immediate=True)

    @property
    def offset_in_view(self) -> int:
        """The offset of the first character that is seen."""
        top = int(self.scroll_y)
        return self._laid.starts[min(top, len(self._laid.starts) - 1)] if self._laid.starts else 0

    def on_resize(self) -> None:
        """Lay out anew for the new width, at the same place."""
        if self.room != self._width and self._wanted is None:
            self._wanted = self.offset_in_view
        self._lay_out()

    def watch_marked(self) -> None:
        """Draw the marks."""
        self.refresh()

    def watch_hits(self) -> None:
        """Draw the hits."""
        self.refresh()

    def _lay_out(self) -> None:
        if not self.is_mounted or not self.size.width:
            return
        if self._width != self.room:
            if len(self._text) > _AT_ONCE:
                self.run_worker(self._lay_out_beside(self.room), exclusive=True, group="layout")
                return
            self._width = self.room
            self._laid = lay_out(self._text, self._width, self._headings)
        self._laid_out()

    async def _lay_out_beside(self, width: int) -> None:
        """Lay a long text out on a thread: the keys go on working meanwhile."""
        text, headings = self._text, self._headings
        laid = await asyncio.to_thread(lay_out, text, width, headings)
        if text is self._text:
            self._width, self._laid = width, laid
            self._laid_out()
            self.post_message(self.Ready(self))

    def _laid_out(self) -> None:
        self.virtual_size = Size(self._width, len(self._laid.rows))
        if self._wanted is not None:
            self.call_after_refresh(self.go, self._wanted)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        number = int(self.scroll_offset.y) + y
        base = self.rich_style
        if number >= len(self._laid.rows):
            return Strip.blank(self.size.width, base)
        segments = [Segment(" ", base), *self._drawn(self._laid.rows[number])]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def _drawn(self, row: Row) -> list[Segment]:
        segments: list[Segment] = []
        for run in row:
            style = self.get_component_rich_style(f"page--{run.kind}")
            if run.start < 0 or not (self.marked or self.hits):
                segments.append(Segment(run.text, style))
            else:
                segments.extend(self._cut(run, style))
        return segments

    def _cut(self, run: Run, style: Style) -> list[Segment]:
        end = run.start + len(run.text)
        bounds = {run.start, end}
        for ranges in (self.marked, self.hits):
            first = max(0, bisect_right(ranges, (run.start, 1 << 60)) - 1)
            for begin, until in ranges[first:]:
                if begin >= end:
                    break
                bounds |= {one for one in (begin, until) if run.start < one < end}
        cuts = sorted(bounds)
        segments = []
        for begin, until in pairwise(cuts):
            name = "hit" if _within(self.hits, begin) else "mark" if _within(self.marked, begin) else ""
            drawn = self.get_component_rich_style(f"page--{name}") if name else style
            segments.append(Segment(run.text[begin - run.start : until - run.start], drawn))
        return segments


def _within(ranges: Sequence[Range], offset: int) -> bool:
    at = bisect_right(ranges, (offset, 1 << 60)) - 1
    return at >= 0 and ranges[at][0] <= offset < ranges[at][1]
