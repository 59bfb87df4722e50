"""Speech handed on piece by piece, at the pace at which it is heard: for a headset behind a WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

from copilot.voice.speaking.base import SpokenAudio
from copilot.voice.speaking.resampling import OutputRate

AHEAD_S = 0.4
"""How much is sent ahead of what is being heard: enough for a slow radio link, little enough to be stopped."""


class PieceSink:
    """Sends speech at one rate to an asynchronous function.

    Args:
        send: Takes little-endian 16-bit samples.
        silence: Told that what was sent but not heard yet is to be dropped.
        rate_hz: What the other side plays.
        name: The other side.
        now: Monotonic seconds.
    """

    def __init__(
        self,
        send: Callable[[bytes], Awaitable[None]],
        silence: Callable[[], None],
        rate_hz: int = 16_000,
        name: str = "headset",
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._send = send
        self._silence = silence
        self._rate = OutputRate(rate_hz)
        self._name = name
        self._now = now
        self._heard_until = 0.0
        self._begun_at: float | None = None
        self._wake = asyncio.Event()

    @property
    def name(self) -> str:
        """The other side."""
        return self._name

    @property
    def begun_at(self) -> float | None:
        """See `base.Sink`; when it was sent, as the way there is not known."""
        return self._begun_at

    async def prepare(self) -> None:
        """Always ready."""

    async def play(self, audio: SpokenAudio) -> None:
        """See `base.Sink`."""
        await self._until(AHEAD_S)
        now = self._now()
        if self._begun_at is None:
            self._begun_at = now
        self._heard_until = max(now, self._heard_until) + audio.seconds
        await self._send(self._rate.take(audio.samples, audio.rate_hz).astype("<i2").tobytes())

    async def drain(self) -> None:
        """See `base.Sink`."""
        if len(rest := self._rate.rest()):
            await self._send(rest.astype("<i2").tobytes())
        await self._until(0.0)
        self._begun_at = None

    def stop(self) -> None:
        """See `base.Sink`. From the event loop's thread."""
        self._begun_at = None
        self._rate.rest()
        if self._heard_until > self._now():
            self._heard_until = 0.0
            self._silence()
        self._wake.set()

    async def close(self) -> None:
        """Nothing is held."""
        self.stop()

    async def _until(self, ahead_s: float) -> None:
        """Wait until no more than ``ahead_s`` is left to be heard, or `stop`."""
        self._wake.clear()
        while (left_s := self._heard_until - self._now() - ahead_s) > 0:
            try:
                await asyncio.wait_for(self._wake.wait(), left_s)
                return
            except TimeoutError:
                continue
