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
_AT_ONCE_S: Final = 1.0  # taken from a sender before it has to wait for whoever listens


class PushedSource:
    """Takes sound as it comes, and yields it in windows until it is ended.

    What is sent beside the sound, such as a talk button, counts from its place in it: whoever relays both awaits `take`
    for the sound and `caught_up` before anything else is done.

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
                self._drop_oldest()
                self.dropped += 1
            self._waiting.put_nowait(frame)

    async def take(self, data: bytes) -> None:
        """Feed as much as there is, however much that is: the sender waits where it is faster than whoever listens."""
        step = int(_AT_ONCE_S * self._resampler.rate_hz) * self._channels * 2
        for start in range(0, len(data), step):
            if self._waiting.qsize() * WINDOW_S >= _AT_ONCE_S:
                await self.caught_up()
            self.feed(data[start : start + step])

    async def caught_up(self) -> None:
        """Wait until all windows that were fed have been taken in; at once while it is muted or over."""
        await self._waiting.join()

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
        self._say_it_is_over()

    async def frames(self) -> AsyncIterator[AudioFrame]:
        """Yield windows until `end`; may be iterated again after it was left, as a muted microphone is."""
        self._open = self._begun = True
        try:
            while (frame := await self._waiting.get()) is not None:
                try:
                    yield frame
                finally:
                    self._waiting.task_done()
        finally:
            self._open = False
            self._odd = b""
            while not self._waiting.empty():
                self._drop_oldest()
            if self._ended:
                self._say_it_is_over()

    def _drop_oldest(self) -> None:
        if self._waiting.get_nowait() is not None:
            self._waiting.task_done()

    def _say_it_is_over(self) -> None:
        self._waiting.put_nowait(None)
        self._waiting.task_done()  # nothing that has to be taken in
