"""Small parts for conversations: somebody who is heard by script, and an answer flow that writes by script."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace

from copilot.answering.events import Answer, Citation, Event, Evidence, Route, Timings, Token
from copilot.answering.flow import AskOptions
from copilot.voice.values import Heard, Hints, Intent, IntentName, ListeningEvent, ListeningMode, MicrophoneState
from index.documents import AccessLabel
from index.passages import Passage, SearchResult

PASSAGE = Passage(
    rank=1,
    score=1.0,
    document="halden.pdf",
    title="Manual Halden",
    section=("Faults",),
    page=12,
    text="F0012 means overvoltage. Check the resistor R4 above 820 V.",
    chunk_id=7,
    chunk_ids=(7,),
    collection="halden",
    access=AccessLabel.INTERNAL,
    language="en",
    start=0,
    end=59,
)


class ScriptedListener:
    """Tells what it is given with `tell`, and remembers what it was told to do."""

    def __init__(self) -> None:
        self.mode: ListeningMode = "hands-free"
        self.microphone: MicrophoneState = "open"
        self.held: list[bool] = []
        self.quick: list[bool] = []
        self.hints: list[Hints] = []
        self.replies_expected: list[float] = []
        self.muted: list[bool] = []
        self._events: asyncio.Queue[ListeningEvent | None] = asyncio.Queue()

    def tell(self, *events: ListeningEvent) -> None:
        for event in events:
            self._events.put_nowait(event)

    def end(self) -> None:
        self._events.put_nowait(None)

    async def events(self) -> AsyncIterator[ListeningEvent]:
        while (event := await self._events.get()) is not None:
            yield event

    def press(self) -> None: ...

    def release(self) -> None: ...

    def cancel(self) -> None: ...

    def expect_reply(self, seconds: float) -> None:
        self.replies_expected.append(seconds)

    def be_quick(self, on: bool) -> None:
        self.quick.append(on)

    def hold(self, on: bool) -> None:
        self.held.append(on)

    def hint(self, hints: Hints) -> None:
        self.hints.append(hints)

    async def mute(self) -> None:
        self.muted.append(True)

    async def unmute(self) -> None:
        self.muted.append(False)

    async def close(self) -> None:
        self.end()


COMMANDS: dict[str, IntentName] = {
    "repeat": "repeat", "slower": "slower", "louder": "louder", "stop": "stop", "more": "more", "yes": "yes",
    "no": "no", "sources": "sources", "next step": "next-step", "previous step": "previous-step",
    "which machine": "which-machine", "read alarms": "read-alarms", "mute": "mute", "help": "help",
    "take a note": "log-note", "ask the expert": "ask-expert",
}  # fmt: skip


class Plainly:
    """Understands a command word for word; everything else is a question."""

    def understand(self, text: str, *, language: str = "en", expecting: str = "") -> Intent:
        if (name := COMMANDS.get(text)) is not None:
            return Intent(name)
        if text.startswith("note "):
            return Intent("log-note", text.removeprefix("note "))
        if text.startswith("set "):
            return Intent("set-value", text, value=text.removeprefix("set "))
        return Intent("ask", text)


class ScriptedAsking:
    """Writes an answer piece by piece, each when `go` lets it, where there is one.

    Attributes:
        asked: The questions, in order, with their options.
        finished: The questions that were answered to their end.
    """

    def __init__(self, *pieces: str, quote: str = "", fails_after: int | None = None, status: str = "grounded") -> None:
        self._pieces = pieces
        self._quote = quote
        self._status = status
        self.asked: list[tuple[str, AskOptions]] = []
        self.finished: list[str] = []
        self.go: asyncio.Semaphore | None = None

    async def ask(self, question: str, options: AskOptions | None = None) -> AsyncGenerator[Event, None]:
        self.asked.append((question, options or AskOptions()))
        result = SearchResult(question, 1.0, (PASSAGE,), "hybrid")
        yield Evidence(result)
        yield Route("local", "Here.")
        for piece in self._pieces:
            if self.go is not None:
                await self.go.acquire()
            yield Token(piece, read=PASSAGE)
        written = "".join(self._pieces)
        text = f"{written} [1]" if written else ""
        if self._quote:
            quoted = "\n".join(f"> {line}" for line in self._quote.splitlines()) + " [1]"
            text = f"{text}\n\n{quoted}".strip()
        citation = Citation(1, PASSAGE, PASSAGE.text, 12)
        self.finished.append(question)
        yield Answer(
            self._status,  # type: ignore[arg-type]
            text,
            (citation,),
            result,
            (),
            Route("local", "Here."),
            "scripted",
            Timings(1.0, 2.0, 3.0),
        )


def heard(text: str, **changes: object) -> Heard:
    plain = Heard(text, text, (), 0.9, "en", 0.0, 1.0, 1.0, 0.1)
    return replace(plain, **changes)  # type: ignore[arg-type]
