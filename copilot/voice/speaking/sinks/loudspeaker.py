"""Speech through a loudspeaker or headset of this machine, by PortAudio."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from time import monotonic
from typing import Any, Final

from copilot.voice.soundcard import portaudio, quiet, refused, stream_open
from copilot.voice.speaking.base import SpokenAudio
from copilot.voice.speaking.resampling import OutputRate
from copilot.voice.values import SAMPLE_RATE_HZ, AudioDevice, Samples
from index.errors import AudioError

_AHEAD_S: Final = 0.4
_LATENCY_S: Final = 0.04
"""What the sound system may hold: as much as keeps it from stuttering on a busy machine, and no more, because a
sentence that is stopped ends only after it."""
_STALLED_S: Final = 3.0
_POLL_S: Final = 0.02
_IDLE_S: Final = 20.0
USUAL_HZ: Final = 22_050
"""Piper's: what a stream is opened with before the first sound is there."""


class Loudspeaker:
    """Plays through a device, which is open while something is being said and shortly after it.

    Opening a device and beginning to play take some tenths of a second, so that is done ahead (`prepare`) and the
    stream then goes on with silence. `stop` doesn't end it either: silence follows at once.

    Args:
        find: Gives the device, anew each time it is opened. Raises `AudioError`.
        now: Monotonic seconds.
    """

    def __init__(self, find: Callable[[], AudioDevice], now: Callable[[], float] = monotonic) -> None:
        self._find = find
        self._now = now
        self._lock = threading.Lock()
        self._waiting: deque[Samples] = deque()
        self._held = 0  # samples that wait
        self._stream: Any = None
        self._rate = OutputRate(SAMPLE_RATE_HZ)
        self._last_hz = USUAL_HZ
        self._open = ExitStack()
        self._closing: asyncio.Task[None] | None = None
        self._used_at = 0.0
        self._name = ""
        self._begun_at: float | None = None
        self._moved_at = 0.0
        self._heard_until = 0.0
        self._lost = False

    @property
    def name(self) -> str:
        """The device that was opened last; "" before."""
        return self._name

    @property
    def begun_at(self) -> float | None:
        """See `base.Sink`; with the sound system's own delay."""
        return self._begun_at

    async def play(self, audio: SpokenAudio) -> None:
        """See `base.Sink`."""
        if audio.rate_hz != self._last_hz and not self._held:
            await self.close()
            self._last_hz = audio.rate_hz
        await self.prepare()
        while self._held > _AHEAD_S * self._rate.rate_hz:
            await self._tick()
        samples = self._rate.take(audio.samples, audio.rate_hz)
        with self._lock:
            if not self._held:
                self._moved_at = self._now()
            self._waiting.append(samples)
            self._held += len(samples)

    async def prepare(self) -> None:
        """See `base.Sink`."""
        if self._stream is None or self._lost:
            await asyncio.to_thread(self._begin, self._last_hz)
        self._used_at = self._now()
        if self._closing is None or self._closing.done():
            self._closing = asyncio.create_task(self._close_when_idle(), name="closing the loudspeaker")

    async def drain(self) -> None:
        """See `base.Sink`."""
        if self._stream is not None and len(rest := self._rate.rest()):
            with self._lock:
                self._waiting.append(rest)
                self._held += len(rest)
        while self._stream is not None and (self._held or self._heard_until > self._now()):
            await self._tick()
        self._begun_at = None

    def stop(self) -> None:
        """See `base.Sink`."""
        with self._lock:
            self._waiting.clear()
            self._held = 0
            self._heard_until = 0.0
            self._begun_at = None

    async def close(self) -> None:
        """Let go of the device."""
        if self._closing is not None:
            self._closing.cancel()
        if self._stream is not None:
            await asyncio.to_thread(self._close)

    async def _tick(self) -> None:
        await asyncio.sleep(_POLL_S)
        if self._held and self._now() - self._moved_at > _STALLED_S:
            self._lost = True
        if self._lost:
            self.stop()
            await self.close()
            raise AudioError("The loudspeaker went away.", "Connect it again. Until then, answers are on the screen.")

    def _begin(self, rate_hz: int) -> None:
        sound = portaudio()
        self._close()
        device = self._find()
        try:
            with quiet():
                try:
                    sound.check_output_settings(device.id, channels=1, dtype="int16", samplerate=rate_hz)
                except sound.PortAudioError:  # it can't do the voice's rate
                    rate_hz = int(sound.query_devices(device.id)["default_samplerate"])
                stream = sound.OutputStream(
                    samplerate=rate_hz,
                    device=device.id,
                    channels=1,
                    dtype="int16",
                    latency=_LATENCY_S,
                    callback=self._fill,
                    finished_callback=self._finished,
                )
                stream.start()
        except sound.PortAudioError as error:
            refused()
            raise _refused(device.name) from error
        self._open.enter_context(stream_open())
        self._rate = OutputRate(rate_hz)
        self._stream, self._name, self._lost = stream, device.name, False

    def _close(self) -> None:
        stream, self._stream = self._stream, None
        self._lost = False
        if stream is not None:
            with contextlib.suppress(Exception):
                stream.close(ignore_errors=True)
        self._open.close()

    async def _close_when_idle(self) -> None:
        while self._stream is not None:
            await asyncio.sleep(_IDLE_S / 4)
            if self._held:
                self._used_at = self._now()
            elif self._now() - self._used_at > _IDLE_S:
                await asyncio.to_thread(self._close)

    def _fill(self, out: Samples, frames: int, times: Any, status: Any) -> None:  # noqa: ANN401 - PortAudio's
        """Called by PortAudio whenever the device wants more; must be quick and must not fail."""
        at = 0
        with self._lock:
            while at < frames and self._waiting:
                piece = self._waiting.popleft()
                fits = min(len(piece), frames - at)
                out[at : at + fits, 0] = piece[:fits]
                if fits < len(piece):
                    self._waiting.appendleft(piece[fits:])
                at += fits
            self._held -= at
            if at:
                now = self._now()
                delay_s = max(0.0, times.outputBufferDacTime - times.currentTime)
                self._moved_at = now
                self._heard_until = now + delay_s + at / self._rate.rate_hz
                if self._begun_at is None:
                    self._begun_at = now + delay_s
        out[at:] = 0

    def _finished(self) -> None:
        """The stream ended: by `close`, or because its device is gone."""
        self._lost = True


def _refused(name: str) -> AudioError:
    return AudioError(
        f"The loudspeaker {name} can't be opened.",
        "Another program may have it. Name another with voice.loudspeaker; edge-copilot voice --devices lists them.",
    )
