"""Sound that somebody else captures and sends: a headset or a browser at the other end of a WebSocket."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Final

import numpy as np

from copilot.voice.listening.resampling import Resampler, Windows
from copilot.voice.values import SAMPLE_RATE_HZ, WINDOW_S, AudioFrame

BEHIND_S: Final = 10.0  # sound that waits at most; what is older is dropped, as a microphone would


class PushedSource:
    """Takes sound as it comes, and yields it in windows until it is ended.

    Args:
        name: Who sends.
        rate_hz: Samples a second of what is sent.
        channels: Interleaved in what is sent.
        clock: Monotonic seconds.

    Raises:
        AudioError: The rate or the number of channels can't be used.
    """

    def __init__(
        self,
        name: str,
        rate_hz: int = SAMPLE_RATE_HZ,
        channels: int = 1,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.dropped = 0
        self._clock = clock
        self._channels = channels
        self._resampler = Resampler(rate_hz, channels)
        self._windows = Windows()
        self._waiting: asyncio.Queue[AudioFrame | None] = asyncio.Queue()
        self._odd = b""
        self._open = False
        self._begun = False
        self._ended = False

    def feed(self, data: bytes) -> None:
        """Take 16-bit little-endian samples; a sample may be cut in two.

        What comes before anybody listens waits; what comes while it is muted is dropped.
        """
        if self._ended or (self._begun and not self._open):
            return
        data = self._odd + data
        whole = len(data) // (2 * self._channels) * 2 * self._channels
        data, self._odd = data[:whole], data[whole:]
        samples = np.frombuffer(data, "<i2").astype(np.int16)
        for frame in self._windows.take(self._resampler.take(samples), self._clock()):
            if self._waiting.qsize() * WINDOW_S >= BEHIND_S:
                self._waiting.get_nowait()
                self.dropped += 1
            self._waiting.put_nowait(frame)

    def end(self) -> None:
        """Say that nothing more comes."""
        if self._ended:
            return
        self._ended = True
        if self._open or not self._begun:
            for frame in self._windows.take(self._resampler.rest(), self._clock()):
                self._waiting.put_nowait(frame)
            for frame in self._windows.rest(self._clock()):
                self._waiting.put_nowait(frame)
        self._waiting.put_nowait(None)

    async def frames(self) -> AsyncIterator[AudioFrame]:
        """Yield windows until `end`; may be iterated again after it was left, as a muted microphone is."""
        self._open = self._begun = True
        try:
            while (frame := await self._waiting.get()) is not None:
                yield frame
        finally:
            self._open = False
            self._odd = b""
            while not self._waiting.empty():
                self._waiting.get_nowait()
            if self._ended:
                self._waiting.put_nowait(None)
