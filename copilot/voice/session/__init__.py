"""The conversation: turn-taking, barge-in, answers told while they are written, and what may be done by voice."""

from copilot.voice.session.doing import Abilities
from copilot.voice.session.events import (
    Answering,
    Said,
    SessionEvent,
    SessionState,
    StateChanged,
    Told,
    Trouble,
    TurnEnded,
    Understood,
)
from copilot.voice.session.session import SessionOptions, VoiceSession

__all__ = [
    "Abilities",
    "Answering",
    "Said",
    "SessionEvent",
    "SessionOptions",
    "SessionState",
    "StateChanged",
    "Told",
    "Trouble",
    "TurnEnded",
    "Understood",
    "VoiceSession",
]
