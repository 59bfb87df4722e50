"""The page behind a citation: the section with the passage marked, its neighbours, the whole document, its picture."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from copilot.printing import printable
from copilot.tui.keys import READER, bound
from copilot.tui.reading import Heading
from copilot.tui.reading.documents import Contents, Opened, open_document, open_section
from copilot.tui.screens.base import Room
from copilot.tui.widgets.page import Page
from copilot.tui.widgets.picture import PagePicture
from copilot.tui.words import mark, said, tr

if TYPE_CHECKING:
    from copilot.tui.widgets.exchange import Exchange
    from index.passages import Passage

_MOST_HITS = 2000
_DRAWN_COLUMNS = 100


@dataclass(frozen=True, slots=True)
class Shown:
    """What is on the screen: a passage's section, or its whole document."""

    opened: Opened
    whole: bool


class ReaderScreen(Room):
    """Reads.

    Args:
        passages: Each with the words that are cited of it; "" marks the whole passage.
        at: Which of them is opened.
        conversation: That it belongs to, for a note.
        exchange: The same.
    """

    keys = READER
    name_shown = mark("Page")
    about = mark(
        "The section that the passage stands in, with the passage marked. The arrows go to the next and the previous "
        "source of the answer. “w” opens the whole document, “c” its contents, “/” searches in it, “i” shows the page "
        "as it was printed, where this terminal can show pictures."
    )
    BINDINGS = bound(READER)
    AUTO_FOCUS = "#page"
    CSS: ClassVar[str] = """
    ReaderScreen {
        #where { height: auto; max-height: 3; background: $panel; color: $foreground; text-style: bold; padding: 0 1; }
        #where:ansi { text-style: bold reverse; }
        #reading { height: 1fr; }
        #contents { display: none; width: 34%; height: 1fr; border: none; border-right: solid $border; }
        #contents.-shown { display: block; }
        #search { display: none; height: 3; border: tall $border; }
        #search.-shown { display: block; }
        PagePicture { display: none; }
        &.-picture PagePicture { display: block; width: 1fr; height: 1fr; }
        &.-picture #text { display: none; }
        &.-picture.-wide #text { display: block; width: 1fr; }
    }
    ReaderScreen.-small { RoomBar { display: none; } #search { height: 1; border: none; } #contents { width: 100%; } }
    """

    def __init__(
        self,
        passages: Sequence[tuple[Passage, str]],
        at: int = 0,
        conversation: str | None = None,
        exchange: Exchange | None = None,
        document: tuple[str, str] | None = None,
    ) -> None:
        super().__init__()
        self._passages = passages
        self._at = at
        self._conversation = conversation
        self._exchange = exchange
        self._document = document
        self._shown: Shown | None = None
        self._hit = -1

    def content(self) -> ComposeResult:
        """Where one is, the contents, the text, the picture."""
        yield Static("", id="where", markup=False)
        yield Input(placeholder=tr("Search in this document"), id="search")
        with Horizontal(id="reading"):
            yield OptionList(id="contents", markup=False)
            with Vertical(id="text"):
                yield Page(id="page")
            yield PagePicture(self.services)

    def on_mount(self) -> None:
        """Open it."""
        super().on_mount()
        self.start(self._open, exclusive=True, group="open")

    async def _open(self, whole: bool = False, at: int | None = None) -> None:
        try:
            store = (await self.services.assembly()).store
            if not self._passages:
                assert self._document is not None
                opened = await self.services.off(open_document, store, *self._document)
                whole = True
            else:
                passage, quote = self._passages[self._at]
                work = open_document if whole else open_section
                opened = (
                    await self.services.off(open_document, store, passage.document, passage.collection)
                    if work is open_document
                    else await self.services.off(open_section, store, passage, quote)
                )
        except Exception as error:
            self.tell_fault(error)
            self.query_one("#where", Static).update(tr("It can't be opened."))
            return
        self._shown = Shown(opened, whole)
        self._hit = -1
        marked = opened.marked
        if whole and self._passages:
            passage = self._passages[self._at][0]
            marked = ((passage.start, passage.end),) if passage.end <= len(opened.text) else ()
        self._head(opened, whole)
        page = self.query_one(Page)
        page.show(opened.text, marked, opened.headings)
        if at is not None:
            page.go(at)
        self._fill_contents(opened.contents)
        if self.has_class("-picture"):
            self._draw_picture()

    def _head(self, opened: Opened, whole: bool) -> None:
        parts = [opened.title]
        if not whole and opened.section:
            parts.append(" › ".join(opened.section))
        where = " › ".join(part for part in parts if part)
        if opened.page is not None and not whole:
            where += tr(", page {page}", page=opened.page)
        if len(self._passages) > 1:
            where += f"   ({self._at + 1}/{len(self._passages)})"
        if opened.age:
            where += f"   {said(opened.age)}"
        self.query_one("#where", Static).update(printable(where).replace("\n", " "))

    # Moving about

    def action_step(self, step: int) -> None:
        """The next or the previous source; where a search was made, its next or previous hit."""
        if self._shown is not None and self._shown.whole and self.query_one(Page).hits:
            self._go_to_hit(self._hit + step)
            return
        if not self._passages or len(self._passages) < 2:
            self.tell(tr("There is no other source."))
            return
        self._at = (self._at + step) % len(self._passages)
        self.start(self._open, exclusive=True, group="open")

    def action_whole(self) -> None:
        """The whole document, or the section again."""
        if self._passages:
            whole = not (self._shown is not None and self._shown.whole)
            self.start(partial(self._open, whole), exclusive=True, group="open")

    def action_contents(self) -> None:
        """Show the contents, or hide them."""
        contents = self.query_one("#contents", OptionList)
        if contents.has_class("-shown"):
            contents.remove_class("-shown")
            self.set_focus(self.query_one(Page))
            return
        contents.add_class("-shown")
        self.set_focus(contents)
        if self._shown is not None and not self._shown.whole:
            self.start(partial(self._open, True), exclusive=True, group="open")

    def _fill_contents(self, contents: Sequence[Contents]) -> None:
        listed = self.query_one("#contents", OptionList)
        listed.clear_options()
        gap = "\n" if self.copilot_app.touch else ""
        listed.add_options([Option(f"{gap}{'  ' * one.level}{one.text}{gap}") for one in contents])

    @on(OptionList.OptionSelected, "#contents")
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        if self._shown is None:
            return
        entry = self._shown.opened.contents[event.option_index]
        self.query_one(Page).go(entry.offset)
        if self.size.width < 100:
            self.query_one("#contents").remove_class("-shown")
        self.set_focus(self.query_one(Page))

    def action_search(self) -> None:
        """Search in the whole document."""
        search = self.query_one("#search", Input)
        search.add_class("-shown")
        self.set_focus(search)
        if self._shown is not None and not self._shown.whole:
            self.start(partial(self._open, True), exclusive=True, group="open")

    @on(Input.Changed, "#search")
    @on(Input.Submitted, "#search")
    async def _search(self, event: Input.Changed | Input.Submitted) -> None:
        page = self.query_one(Page)
        text, words = page.text, event.value.strip()
        hits = await self.services.off(_find, text, words) if words else ()
        if page.text is not text or self.query_one("#search", Input).value.strip() != words:
            return
        page.hits = hits
        self._hit = -1
        if hits:
            self._go_to_hit(0)
        if isinstance(event, Input.Submitted):
            if not hits:
                self.tell(tr("“{words}” is not in this document.", words=words))
            self.set_focus(page)

    def _go_to_hit(self, number: int) -> None:
        page = self.query_one(Page)
        self._hit = number % len(page.hits)
        page.go(page.hits[self._hit][0])
        self.query_one("#where", Static).update(
            tr("Hit {number} of {count}", number=self._hit + 1, count=len(page.hits))
        )

    def action_back(self) -> None:
        """Close the search, the contents, the picture, then the page."""
        for selector in ("#search", "#contents"):
            widget = self.query_one(selector)
            if widget.has_class("-shown"):
                widget.remove_class("-shown")
                self.query_one(Page).hits = ()
                self.set_focus(self.query_one(Page))
                if self._shown is not None:
                    self._head(self._shown.opened, self._shown.whole)
                return
        if self.has_class("-picture"):
            self.remove_class("-picture")
            return
        self.dismiss()

    # Picture, note, procedure

    def action_picture(self) -> None:
        """Show the page as it was printed, or hide it."""
        self.toggle_class("-picture")
        if self.has_class("-picture"):
            self._draw_picture()

    def _draw_picture(self) -> None:
        if self._shown is None:
            return
        opened = self._shown.opened
        quote = self._passages[self._at][1] if self._passages else ""
        self.query_one(PagePicture).draw(opened.path, opened.media_type, opened.page, quote)

    def action_note(self) -> None:
        """Take a note from this passage."""
        if self._shown is None:
            return
        passage, quote = self._passages[self._at] if self._passages else (None, "")
        self.copilot_app.note_from_passage(passage, quote, self._conversation)

    def action_walk(self) -> None:
        """Walk through the procedure that stands here."""
        if self._passages:
            self.copilot_app.walk_passage(self._passages[self._at][0])


def _find(text: str, words: str) -> tuple[tuple[int, int], ...]:
    """Where the words stand, blanks and line breaks between them being the same. Called off the event loop."""
    pattern = re.compile(r"\s+".join(re.escape(word) for word in words.split()), re.IGNORECASE)
    found: list[tuple[int, int]] = []
    for match in pattern.finditer(text):
        found.append(match.span())
        if len(found) == _MOST_HITS:
            break
    return tuple(found)


__all__ = ["Heading", "ReaderScreen"]
