"""One utterance while it is being said: its sound, cut into pieces that speech to text can take.

Whisper takes 30 seconds. A longer utterance is cut at the last pause before that, or hard where there was none, and
what is complete is read while the rest is still being said.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from copilot.voice.values import SAMPLE_RATE_HZ, AudioFrame, Samples

PIECE_S: Final = 27.0  # longest piece
LEAST_PIECE_S: Final = 8.0  # a pause before this is no place to cut
_TAIL_S: Final = 0.15  # of the silence after speech that a reading also gets


class Utterance:
    """The sound of an utterance, from a little before its beginning.

    Attributes:
        started_s: Seconds of audio at its first sample.
        speech_ended_s: Seconds of audio at the end of speech, so far.
        arrived_s: When that end was here, by the source's clock.
        cut: Whether more was said than may be.
        cancelled: Nobody wants to know any more.
    """

    def __init__(self, before: list[AudioFrame], began_s: float) -> None:
        self._windows: list[Samples] = [frame.samples for frame in before]
        self._first = 0  # window that the piece begins with
        self._pause_window: int | None = None
        self.began_s = began_s
        self.started_s = before[0].started_s if before else began_s
        self.speech_ended_s = began_s
        self.arrived_s = before[-1].arrived_s if before else 0.0
        self.cut = False
        self.cancelled = False

    @property
    def length_s(self) -> float:
        """Seconds of sound, whatever was cut off already included."""
        return self._seconds(len(self._windows))

    @property
    def piece_s(self) -> float:
        """Seconds of sound of the present piece."""
        return self._seconds(len(self._windows) - self._first)

    def add(self, frame: AudioFrame, speech: bool) -> None:
        """Take one more window."""
        self._windows.append(frame.samples)
        if speech:
            self.speech_ended_s, self.arrived_s = frame.ended_s, frame.arrived_s

    def pause(self) -> None:
        """Remember that here is a place to cut."""
        if self.piece_s >= LEAST_PIECE_S:
            self._pause_window = len(self._windows)

    def piece(self) -> Samples:
        """Return the present piece, up to a little after the end of speech."""
        end = min(len(self._windows), self._window_at(self.speech_ended_s + _TAIL_S) + 1)
        return self._joined(self._first, max(end, self._first + 1))

    def completed(self) -> Samples | None:
        """Return a piece that is complete, and go on with the next; None while there is none."""
        if self.piece_s < PIECE_S:
            return None
        end = self._pause_window or len(self._windows)
        done = self._joined(self._first, end)
        self._first, self._pause_window = end, None
        return done

    def _joined(self, first: int, end: int) -> Samples:
        return np.concatenate(self._windows[first:end]) if self._windows[first:end] else np.zeros(0, np.int16)

    def _window_at(self, at_s: float) -> int:
        return int((at_s - self.started_s) * SAMPLE_RATE_HZ) // max(1, len(self._windows[0])) if self._windows else 0

    def _seconds(self, windows: int) -> float:
        return windows * len(self._windows[0]) / SAMPLE_RATE_HZ if self._windows else 0.0
