"""What a session tells its face, in the order in which it happens: the seam for terminal, UI and headset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from copilot.answering.events import Event
from copilot.voice.values import Heard, Intent, ListeningEvent

SessionState = Literal["waiting", "hearing", "thinking", "speaking"]
"""``waiting``: nobody talks. ``hearing``: the person talks. ``thinking``: an answer is made. ``speaking``: it is
said."""

Expecting = Literal["", "confirmation", "value", "note", "choice"]


@dataclass(frozen=True, slots=True)
class StateChanged:
    """Whose turn it is."""

    state: SessionState


@dataclass(frozen=True, slots=True)
class Understood:
    """An utterance and what is done about it; a typed text has no ``heard``."""

    text: str
    intent: Intent
    heard: Heard | None = None


@dataclass(frozen=True, slots=True)
class Answering:
    """An event of the answer flow, for the screen. The last one of a question is an `Answer`."""

    event: Event


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence whose first sound goes out, as it is written. Comes for everything that is spoken."""

    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """What the copilot says by itself: a confirmation, a question back, a step, a refusal. To be shown.

    Attributes:
        text: As written.
        expecting: What kind of reply is waited for; "" for none.
    """

    text: str
    expecting: Expecting = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something doesn't work: a voice, a loudspeaker, a question. The session goes on as far as it can."""

    message: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """An exchange is over: everything is written and has been said.

    Attributes:
        heard_ms: From the end of speech until it was in writing; None for a typed text.
        first_audio_ms: From the end of speech until the first sound; None where nothing was said.
        total_ms: From the end of speech until the last sound, or the last word on the screen.
        more: Whether there is more to be said of the answer.
    """

    heard_ms: float | None
    first_audio_ms: float | None
    total_ms: float
    more: bool = False


SessionEvent = ListeningEvent | StateChanged | Understood | Answering | Said | Told | Trouble | TurnEnded
