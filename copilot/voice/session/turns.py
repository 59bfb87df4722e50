"""Whose turn it is: a state machine without sound, models or clock. It is told what happens and says what to do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from copilot.voice.session.events import SessionState


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """The person began to talk, or pressed the talk button."""


@dataclass(frozen=True, slots=True)
class Paused:
    """The person paused, and this is what was said so far."""

    text: str


@dataclass(frozen=True, slots=True)
class WentOn:
    """The pause was none."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The person has finished; this is what was said."""

    text: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """What began like speech was none."""


@dataclass(frozen=True, slots=True)
class SoundBegan:
    """The copilot's first sound goes out."""


@dataclass(frozen=True, slots=True)
class Done:
    """What was to be done, and to be said, is."""


Happening = SpeechBegan | Paused | WentOn | Finished | Nothing | SoundBegan | Done

Deed = Literal[
    "pause speech",  # be silent at once, keep the rest
    "resume speech",  # go on with it
    "drop speech",  # forget the rest, and the question that it belongs to
    "begin early",  # begin the question of what was said so far, without telling anything of it
    "cancel early",
    "adopt early",  # what was begun early is what was said
    "begin",  # carry out what was said
    "hold microphone",
    "free microphone",
]


@dataclass(frozen=True, slots=True)
class Turns:
    """The state of a conversation.

    Attributes:
        state: Whose turn it is.
        before: While the person talks into the copilot's turn: what the copilot was doing; else None.
        early: The text of the question that was begun early.
        half: Nothing is heard while the copilot speaks (loudspeakers without echo cancellation).
    """

    state: SessionState = "waiting"
    before: SessionState | None = None
    early: str | None = None
    half: bool = False

    def after(self, happening: Happening) -> tuple[Turns, tuple[Deed, ...]]:
        """The state that follows, and what is to be done, in order."""
        match happening:
            case SpeechBegan():
                return self._interrupted()
            case Paused(text):
                return self._paused(text)
            case WentOn():
                return replace(self, early=None), ("cancel early",) if self.early is not None else ()
            case Finished(text):
                return self._finished(text)
            case Nothing():
                return self._nothing()
            case SoundBegan():
                return self._sounding()
            case Done():
                return self._done()

    def _sounding(self) -> tuple[Turns, tuple[Deed, ...]]:
        if self.state == "speaking":
            return self, ()
        if self.state == "hearing":  # something that it says by itself, begun in the same moment: the person goes first
            return replace(self, before="speaking"), ("pause speech",) if self.before is None else ()
        return replace(self, state="speaking"), ("hold microphone",) if self.half else ()

    def _interrupted(self) -> tuple[Turns, tuple[Deed, ...]]:
        if self.state == "hearing":
            return self, ()
        if self.state == "waiting":
            return replace(self, state="hearing"), ()
        # A cough must not cost the answer: it is only paused until there are words.
        deeds: tuple[Deed, ...] = ("pause speech",)
        if self.half:
            deeds = (*deeds, "free microphone")  # only the talk button can have done this
        return replace(self, state="hearing", before=self.state), deeds

    def _paused(self, text: str) -> tuple[Turns, tuple[Deed, ...]]:
        # While an answer waits to go on, the cores are its own.
        if self.state != "hearing" or self.before is not None or text == self.early:
            return self, ()
        deeds: tuple[Deed, ...] = ("cancel early",) if self.early is not None else ()
        return replace(self, early=text), (*deeds, "begin early")

    def _finished(self, text: str) -> tuple[Turns, tuple[Deed, ...]]:
        if self.early is not None and self.early == text:
            return replace(self, state="thinking", before=None, early=None), ("adopt early",)
        deeds: tuple[Deed, ...] = ("cancel early",) if self.early is not None else ()
        if self.before is not None or self.state in ("thinking", "speaking"):
            deeds = (*deeds, "drop speech")
        return replace(self, state="thinking", before=None, early=None), (*deeds, "begin")

    def _nothing(self) -> tuple[Turns, tuple[Deed, ...]]:
        deeds: tuple[Deed, ...] = ("cancel early",) if self.early is not None else ()
        if self.state != "hearing":
            return replace(self, early=None), deeds
        if self.before is None:
            return replace(self, state="waiting", early=None), deeds
        if self.half and self.before == "speaking":
            deeds = (*deeds, "hold microphone")
        return replace(self, state=self.before, before=None, early=None), (*deeds, "resume speech")

    def _done(self) -> tuple[Turns, tuple[Deed, ...]]:
        if self.state == "hearing":  # the person has begun to talk meanwhile
            return replace(self, before=None), () if self.before is None else ("resume speech",)
        deeds: tuple[Deed, ...] = ("free microphone",) if self.half and self.state != "waiting" else ()
        return replace(self, state="waiting"), deeds
