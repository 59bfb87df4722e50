"""What a conversation by voice looks like in a terminal: lines that stay, and one that shows what is so now."""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.text import Text

from copilot.answering.events import Answer, Evidence, Token
from copilot.answering.excerpts import place, place_of
from copilot.cli.output import printable
from copilot.voice.session import (
    Answering,
    SessionEvent,
    SessionState,
    StateChanged,
    Told,
    Trouble,
    TurnEnded,
    Understood,
)
from copilot.voice.speaking.sentences import SentenceStream
from copilot.voice.values import Level, ListeningProblem, MicrophoneChanged, Partial

_BARS: Final = 16
_QUIETEST_DBFS: Final = -60.0
_STATES: Final[dict[SessionState, str]] = {
    "waiting": "ready",
    "hearing": "listening",
    "thinking": "thinking",
    "speaking": "speaking",
}
_MICROPHONES: Final = {
    "open": ("● MIC ON", "bold red"),
    "muted": ("○ mic off", "dim"),
    "lost": ("○ no microphone", "yellow"),
    "closed": ("○ mic off", "dim"),
}


class Screen:
    """Shows events of a session.

    Args:
        console: Where to.
        status: Whether there is a line that is drawn again and again: where the console is a terminal.
    """

    def __init__(self, console: Console, *, status: bool) -> None:
        self._console = console
        self._drawn = status
        self._state: SessionState = "waiting"
        self._microphone = "closed"
        self._level = _QUIETEST_DBFS
        self._partial = ""
        self._writing = SentenceStream()  # the line below can only be drawn under whole ones

    def take(self, event: SessionEvent) -> None:
        """Show what an event tells."""
        match event:
            case Level(rms_dbfs=level):
                self._level = level
            case MicrophoneChanged(state, device):
                self._microphone = state
                if state in ("lost", "open") or not self._drawn:
                    self._line(f"{_MICROPHONES[state][0]} {device}".strip(), _MICROPHONES[state][1])
            case Partial(text=text):
                self._partial = text
            case StateChanged(state):
                self._state = state
            case Understood(text=text):
                self._partial = ""
                self._line(f"› {text}", "bold")
            case Answering(event=inner):
                self._answering(inner)
            case Told(text):
                self._line(text, "green")
            case Trouble(message, remedy) | ListeningProblem(message=message, remedy=remedy):
                self._line(f"{message} {remedy}".strip(), "yellow")
            case TurnEnded(first_audio_ms=first):
                if first is not None:
                    self._line(f"first word after {first / 1000:.1f} s", "dim")
                self._line("")

    def status(self) -> Text:
        """The line that shows what is so now; the microphone's sign is always first."""
        sign, style = _MICROPHONES[self._microphone]
        loud = (max(self._level, _QUIETEST_DBFS) - _QUIETEST_DBFS) / -_QUIETEST_DBFS
        bars = round(loud * _BARS) if self._microphone == "open" else 0
        line = Text.assemble(
            (f"{sign:<10}", style),
            ("▮" * bars, "green"),
            ("▯" * (_BARS - bars), "dim"),
            f"  {_STATES[self._state]:<10}",
        )
        room = max(0, self._console.width - len(line) - 2)
        if self._partial and room:
            line.append(" " + printable(self._partial)[-room:], "italic")
        return line

    def _answering(self, event: object) -> None:
        match event:
            case Evidence(result=result):
                for passage in result.passages[:2]:
                    self._line(f"  {place_of(passage)}", "cyan")
            case Token(text=text):
                for sentence in self._writing.feed(text):
                    self._line(sentence)
            case Answer():
                for sentence in self._writing.end():
                    self._line(sentence)
                for citation in event.citations:
                    where = place(citation.passage.title, citation.passage.section, citation.page)
                    self._line(f"[{citation.n}] {where}", "cyan")
                if event.unverified:
                    self._line(f"Not found in the cited passage: {', '.join(event.unverified)}.", "bold red")
                for notice in event.notices:
                    self._line(notice, "yellow")

    def _line(self, text: str, style: str = "") -> None:
        if text or not self._drawn:
            self._console.print(Text(printable(text), style=style), soft_wrap=True)
