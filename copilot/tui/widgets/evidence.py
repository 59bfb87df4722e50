"""Evidence: the passages that were found, each to be opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from copilot.printing import printable
from copilot.tui.reading.tables import SEPARATOR
from copilot.tui.widgets.prose import Prose
from copilot.tui.words import ntr, said, tr
from index.passages import Passage

_LINES = (5, 2, 2, 1)
"""Lines of the first passages and of every later one: the best has to be read, the others have to be recognised."""


_BRIEF = 2


@dataclass(frozen=True, slots=True)
class Found:
    """A passage, ready to be shown: where it stands, the lines that say why, and how old it is."""

    passage: Passage
    place: str
    excerpt: str
    age: str = ""


class PassageCard(Vertical, can_focus=True):
    """One passage."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "open", show=False)]
    DEFAULT_CSS = """
    PassageCard {
        height: auto;
        margin: 0 0 1 0;
        padding: 0 1;
        border-left: outer $border;
        background: $surface;
        &:focus { border-left: outer $accent; background: $panel; }
        &:ansi:focus { border-left: outer ansi_default; text-style: bold; }
        &:hover { background: $panel; }
        .place { height: 1; color: $primary; text-style: bold; width: 1fr; text-overflow: ellipsis; text-wrap: nowrap; }
    }
    """

    class Opened(Message):
        """Somebody wants to read it."""

        def __init__(self, found: Found, among: Sequence[Found]) -> None:
            super().__init__()
            self.found = found
            self.among = among

    def __init__(self, found: Found, among: Sequence[Found], words: Sequence[str], lines: int) -> None:
        super().__init__()
        self.found = found
        self._among = among
        self._words = words
        self._lines = lines

    def compose(self) -> ComposeResult:
        """Where, and what."""
        yield Static(self._head(str(self.found.passage.rank)), classes="place", markup=False)
        text = self.found.excerpt if self._lines > _BRIEF else _brief(self.found.excerpt)
        yield Prose(text, most=self._lines, words=self._words)

    def number(self, numbers: Sequence[int]) -> None:
        """Show the numbers of the citations that lead here, in place of its rank."""
        label = " ".join(f"[{number}]" for number in numbers) or "·"
        self.query_one(Static).update(self._head(label))

    def _head(self, label: str) -> str:
        age = f"  ({printable(self.found.age)})" if self.found.age else ""
        return f"{label}  {printable(self.found.place)}{age}".replace("\n", " ")

    def action_open(self) -> None:
        """Open the page."""
        self.post_message(self.Opened(self.found, self._among))

    def on_click(self, event: events.Click) -> None:
        """A touch opens it."""
        event.stop()
        self.action_open()


class EvidenceList(Vertical):
    """What was found for a question."""

    DEFAULT_CSS = """
    EvidenceList {
        height: auto;
        .head { color: $quiet; height: 1; }
        .notice { color: $warning; height: auto; }
    }
    """

    def __init__(
        self, found: Sequence[Found], words: Sequence[str], notices: Sequence[str], took_ms: float | None
    ) -> None:
        super().__init__()
        self.found = tuple(found)
        self._words = words
        self._notices = notices
        self._took_ms = took_ms

    def compose(self) -> ComposeResult:
        """Notices, then the passages, the best with the most lines."""
        for notice in self._notices:
            yield Prose("! " + said(notice), classes="notice")
        if not self.found:
            yield Static(tr("Nothing in the documents comes near the question."), classes="head", markup=False)
            return
        took = "" if self._took_ms is None else tr(" in {ms} ms", ms=f"{self._took_ms:.0f}")
        head = ntr("Evidence: {count} passage", "Evidence: {count} passages", len(self.found))
        yield Static(head + took, classes="head", markup=False)
        for number, one in enumerate(self.found):
            yield PassageCard(one, self.found, self._words, _LINES[min(number, len(_LINES) - 1)])

    def cite(self, numbers: Sequence[tuple[int, Passage]]) -> None:
        """Once the answer is there: number the passages by its citations."""
        for card in self.query(PassageCard):
            card.number([n for n, passage in numbers if _same(passage, card.found.passage)])


def _brief(excerpt: str) -> str:
    """A row without its table: there is no room to draw one."""
    lines = excerpt.split("\n")
    if len(lines) > 1 and SEPARATOR in lines[0] and SEPARATOR in lines[1]:
        lines = lines[1:]
    return "\n".join(line.replace(SEPARATOR, " · ") for line in lines)


def _same(one: Passage, other: Passage) -> bool:
    return one.document == other.document and bool(set(one.chunk_ids) & set(other.chunk_ids))
