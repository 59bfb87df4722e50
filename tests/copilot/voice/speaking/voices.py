"""A small real voice for tests: one tone a word, computed at once; and what is heard of it."""

from __future__ import annotations

from collections.abc import Generator
from threading import Event

import numpy as np

from copilot.voice.speaking.base import SpokenAudio, VoiceInfo
from index.errors import AudioError

RATE_HZ = 16_000
WORD_S = 0.05


class ToneVoice:
    """Speaks words as tones; ``broken`` words can't be spoken.

    Attributes:
        spoken: What it was given, in order.
        gate: Where given, each sentence waits for it.
    """

    def __init__(self, language: str = "en", *, gate: Event | None = None) -> None:
        self.info = VoiceInfo("espeak", "tones", language)
        self.spoken: list[str] = []
        self.speeds: list[float] = []
        self.closed = False
        self._gate = gate
        self._cancelled = False

    def load(self) -> None:
        if self.closed:
            raise AudioError("The voice is closed.")

    def synthesise(self, text: str, speed: float = 1.0) -> Generator[SpokenAudio]:
        self._cancelled = False
        self.spoken.append(text)
        self.speeds.append(speed)
        for word in text.split():
            if self._gate is not None:
                self._gate.wait()
            if self._cancelled:
                return
            if word == "broken":
                raise AudioError("The voice can't speak this sentence.")
            length = int(RATE_HZ * WORD_S / speed)
            tone = np.sin(np.arange(length) * 2 * np.pi * (300 + 10 * (len(word) % 20)) / RATE_HZ)
            yield SpokenAudio((tone * 8000).astype(np.int16), RATE_HZ)

    def cancel(self) -> None:
        self._cancelled = True
        if self._gate is not None:
            self._gate.set()

    def close(self) -> None:
        self.closed = True
        self.cancel()


class Ears:
    """A sink that hears at once, and counts.

    Attributes:
        samples: What was heard.
        stops: How often it was made silent.
    """

    name = "ears"

    def __init__(self, *, broken: bool = False) -> None:
        self.samples: list[np.ndarray] = []
        self.stops = 0
        self.closed = False
        self.begun_at: float | None = None
        self._broken = broken

    @property
    def seconds(self) -> float:
        return sum(map(len, self.samples)) / RATE_HZ

    async def prepare(self) -> None:
        if self._broken:
            raise AudioError("There is no loudspeaker.", "Plug one in.")

    async def play(self, audio: SpokenAudio) -> None:
        await self.prepare()
        self.begun_at = self.begun_at or 1.0
        self.samples.append(audio.samples)

    async def drain(self) -> None:
        self.begun_at = None

    def stop(self) -> None:
        self.stops += 1
        self.begun_at = None

    async def close(self) -> None:
        self.closed = True
