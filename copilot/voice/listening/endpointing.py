"""Where an utterance begins and where it ends, from the probability of speech in each window.

A pure state machine. Beginning takes four windows of speech out of five (about 130 ms), so that a click begins
nothing. A pause is told early, for whoever wants to read what is there so far; the end only when the pause has lasted,
longer where the sentence is plainly not over.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from copilot.voice.values import WINDOW_S

BEGIN_WINDOWS: Final = 4  # with speech, of the last
BEGIN_OF: Final = 5
QUICK_WINDOWS: Final = 2
"""While the copilot speaks: taken in by a cough, it is silent for a moment and goes on."""
SETTLE_S: Final = 0.22  # of silence, after which what was said so far is worth reading well
LEAST_SPEECH_S: Final = 0.16  # a "no" has 0.2 s of it
_HYSTERESIS: Final = 0.15
_ASK_AGAIN: Final = 2  # windows after which it is asked again whether it is a voice
_UNFINISHED: Final = 2.2  # times the usual pause is waited for the rest of a sentence


@dataclass(frozen=True, slots=True)
class Began:
    """Somebody began to talk; ``at_s`` is where the first sound was."""

    at_s: float


@dataclass(frozen=True, slots=True)
class Paused:
    """Silence since ``at_s``; it may be the end."""

    at_s: float


@dataclass(frozen=True, slots=True)
class Resumed:
    """It was not the end."""

    at_s: float


@dataclass(frozen=True, slots=True)
class Ended:
    """The utterance is over.

    Attributes:
        at_s: The end of speech.
        speech_s: How much of it was speech.
    """

    at_s: float
    speech_s: float


Turn = Began | Paused | Resumed | Ended


class Endpointer:
    """Turns probabilities into beginnings, pauses and ends.

    Args:
        threshold: Probability from which a window is speech; a little less keeps it so.
        pause_s: Silence that ends an utterance.

    Attributes:
        begin_windows: With speech, of the last `BEGIN_OF`: what a beginning takes.
    """

    def __init__(self, threshold: float = 0.5, pause_s: float = 0.7) -> None:
        self.pause_s = pause_s
        self.begin_windows = BEGIN_WINDOWS
        self._threshold = threshold
        self._release = max(0.05, threshold - _HYSTERESIS)
        self.reset()

    def reset(self) -> None:
        """Forget what was begun."""
        self._recent: deque[bool] = deque(maxlen=BEGIN_OF)
        self._ask_in = 0
        self._talking = False
        self._paused = False
        self._unfinished = False
        self._last_speech_s = 0.0
        self._speech_s = 0.0

    @property
    def talking(self) -> bool:
        """Whether an utterance has begun and not ended."""
        return self._talking

    @property
    def paused(self) -> bool:
        """Whether it is silent within an utterance."""
        return self._paused

    @property
    def speech_s(self) -> float:
        """How much of the utterance was speech so far."""
        return self._speech_s

    def unfinished(self) -> None:
        """Say that what was heard so far is no whole sentence: this pause may last longer."""
        self._unfinished = True

    def take(self, probability: float, started_s: float, is_voice: Callable[[int], bool] | None = None) -> list[Turn]:
        """Take one window; return what it brought about.

        Args:
            probability: That there is speech in it.
            started_s: Of its first sample.
            is_voice: Asked before anything begins, with how many of the last windows are meant; it may be dear.
        """
        ended_s = started_s + WINDOW_S
        speech = probability >= (self._release if self._talking and not self._paused else self._threshold)
        if not self._talking:
            self._recent.append(speech)
            self._ask_in = max(0, self._ask_in - 1)
            if sum(self._recent) < self.begin_windows or self._ask_in:
                return []
            if is_voice is not None and not is_voice(self.begin_windows):
                self._ask_in = _ASK_AGAIN
                return []
            self._talking = True
            self._speech_s = sum(self._recent) * WINDOW_S
            self._last_speech_s = ended_s
            first = next(i for i, was in enumerate(self._recent) if was)
            return [Began(max(0.0, ended_s - (len(self._recent) - first) * WINDOW_S))]
        if speech:
            self._speech_s += WINDOW_S
            self._last_speech_s = ended_s
            if self._paused:
                self._paused = self._unfinished = False
                return [Resumed(started_s)]
            return []
        silence_s = ended_s - self._last_speech_s
        turns: list[Turn] = []
        if not self._paused and silence_s >= min(SETTLE_S, self.pause_s):
            self._paused = True
            turns.append(Paused(self._last_speech_s))
        if silence_s >= self.pause_s * (_UNFINISHED if self._unfinished else 1.0):
            turns.append(self.end())
        return turns

    def end(self) -> Ended:
        """End the utterance now: the talk button came up, the file is over, the device is gone."""
        ended = Ended(self._last_speech_s, self._speech_s)
        self.reset()
        return ended
