"""One question with its evidence, its answer, and what is to be said of both."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static

from copilot.answering.events import Answer, Citation, Route
from copilot.tui.reading.layout import shown
from copilot.tui.reading.own_words import said_answer, said_beginning, said_place
from copilot.tui.widgets.evidence import EvidenceList, Found
from copilot.tui.widgets.prose import Prose
from copilot.tui.widgets.target import Target
from copilot.tui.words import mark, said, tr
from index.passages import SearchResult

_FLUSH_S = 0.1
"""Between two drawings of an answer in the making: faster than anybody reads."""

ROUTES = {
    "local": ("●", mark("on this device")),
    "cloud": ("▲", mark("a larger model elsewhere")),
    "queue": ("◷", mark("waits for a network")),
    "quotes": ("❝", mark("the documents' own words")),
}


_STATUSES = {"abstained": mark("abstained"), "escalated": mark("escalated"), "queued": mark("queued")}


class Exchange(Vertical):
    """From the question on, everything as it comes."""

    DEFAULT_CSS = """
    Exchange {
        height: auto;
        padding: 0 1;
        margin-bottom: 1;
        .question { text-style: bold; color: $accent; margin-bottom: 1; height: auto; }
        .left { height: auto; width: 1fr; }
        .right { height: auto; width: 1fr; }
        .answer { margin-bottom: 1; }
        .sources { height: auto; Target { width: 1fr; content-align: left middle; margin-bottom: 0; } }
        .warning { color: $error; text-style: bold; height: auto; }
        .notice { color: $warning; height: auto; }
        .route { color: $quiet; height: auto; }
        .working { color: $quiet; height: 1; }
        .actions { height: auto; layout: horizontal; margin-top: 1; Target { margin-right: 1; } }
    }
    Exchange .body { height: auto; layout: vertical; }
    Exchange.-past .right { display: none; }
    """

    class Grown(Message):
        """More of the answer is on the screen."""

    def __init__(self, question: str, *, times: bool = True) -> None:
        super().__init__()
        self.question = question
        self.answer: Answer | None = None
        self.found: tuple[Found, ...] = ()
        self._times = times
        self._begun = monotonic()
        self._text = ""
        self._drawn = ""
        self._flusher: Timer | None = None

    def compose(self) -> ComposeResult:
        """Empty but for the question."""
        yield Static("› " + shown(self.question).replace("\n", " "), classes="question", markup=False)
        with Vertical(classes="body"):
            yield Vertical(classes="right")
            with Vertical(classes="left"):
                yield Prose(classes="answer", cites=True)
                yield Static("", classes="working", markup=False)
                yield Vertical(classes="sources")

    def on_mount(self) -> None:
        """Show that something is being done."""
        self._flusher = self.set_interval(_FLUSH_S, self._flush)
        self._working(tr("Searching …"))

    @property
    def done(self) -> bool:
        """Whether it has ended, in whatever way."""
        return self._flusher is None

    async def show_evidence(self, result: SearchResult, found: Sequence[Found], words: Sequence[str]) -> None:
        """Show what was found."""
        self.found = tuple(found)
        took = result.took_ms if self._times else None
        await self.query_one(".right", Vertical).mount(EvidenceList(found, words, result.notices, took))
        self._working(tr("Reading …") if found else "")

    def show_route(self, route: Route) -> None:
        """Say where it is answered, while it is."""
        sign, where = ROUTES[route.target]
        self._working(f"{sign} {tr(where)}: {shown(said(route.reason))}")

    def add(self, text: str) -> None:
        """A piece of the answer; drawn with the next ones. From the first on, the passages are only named."""
        if not self._text:
            self.add_class("-answering")
        self._text += text if self._text else said_beginning(text)

    def _flush(self) -> None:
        if self._text != self._drawn:
            self._drawn = self._text
            self.query_one(".answer", Prose).say(self._text + " ▏")
            self.post_message(self.Grown())

    def _working(self, text: str) -> None:
        line = self.query_one(".working", Static)
        line.update(text.replace("\n", " "))
        line.display = bool(text)

    async def show_answer(self, answer: Answer, ages: Sequence[str], notices: Sequence[str]) -> None:
        """The whole answer, checked, with its sources."""
        self.answer = answer
        self._end()
        self.query_one(".answer", Prose).say(
            said_answer(answer.text, answer.status, answer.citations), answer.unverified
        )
        left = self.query_one(".sources", Vertical)
        targets = [
            Target(_source(citation, age), f"cite({citation.n})")
            for citation, age in zip(answer.citations, ages, strict=True)
        ]
        await left.mount(*targets)
        if answer.unverified:
            listed = ", ".join(shown(claim) for claim in answer.unverified)
            text = tr("Not found in the cited passage: {claims}. Check before you rely on it.", claims=listed)
            await left.mount(Prose("‼ " + text, classes="warning"))
        for notice in (*answer.notices, *notices):
            await left.mount(Prose("! " + said(notice), classes="notice"))
        await left.mount(Prose(self._route_line(answer), classes="route"))
        lists = self.query(EvidenceList)
        if lists and answer.citations:
            lists.first().cite([(citation.n, citation.passage) for citation in answer.citations])

    def _route_line(self, answer: Answer) -> str:
        sign, where = ROUTES[answer.route.target]
        parts = [f"{sign} {tr(where)}"]
        if answer.model:
            parts.append(answer.model)
        if answer.judgement is not None:
            parts.append(tr("sure: {percent} %", percent=round(answer.judgement.probability * 100)))
        if self._times:
            parts.append(tr("{seconds} s in all", seconds=f"{answer.timings.total_ms / 1000:.1f}"))
        if answer.route.target != "local" and answer.route.reason:
            parts.append(said(answer.route.reason))
        return " · ".join(parts)

    def show_stopped(self) -> None:
        """Somebody pressed Escape: what was written stays."""
        self._end()
        self.query_one(".answer", Prose).say(self._text)
        self._working(tr("Stopped. This answer is not checked and not kept."))

    def show_fault(self, message: str, remedy: str) -> None:
        """Something went wrong: what was written stays, and what to do is said."""
        self._end()
        self.query_one(".answer", Prose).say(self._text)
        self.query_one(".left", Vertical).mount(Prose(f"✗ {message} {remedy}".strip(), classes="warning"))

    def show_kept(self, text: str, status: str) -> None:
        """An exchange of before, as it was kept."""
        self._end()
        self._text = said_answer(text, status)
        self.query_one(".answer", Prose).say(self._text)
        self._working("" if status == "grounded" else f"({tr(_STATUSES.get(status, status))})")

    def _end(self) -> None:
        if self._flusher is not None:
            self._flusher.stop()
            self._flusher = None
        self._working("")


def _source(citation: Citation, age: str) -> str:
    where = said_place(citation.passage, citation.page)
    told = f"[{citation.n}] {shown(where)}" + (f" ({shown(age)})" if age else "")
    return told.replace("\n", " ")
