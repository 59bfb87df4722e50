"""The microphone, by PortAudio.

The stream exists only while its frames are iterated. Leaving the iteration closes it: that is what mute does, and why
nothing can be heard then.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Any, Final

import numpy as np

from copilot.voice.listening.resampling import Resampler, Windows
from copilot.voice.soundcard import find_device, opening, portaudio, quiet, refused, stream_open
from copilot.voice.values import SAMPLE_RATE_HZ, AudioFrame, Samples
from index.errors import AudioError

# A microphone always sends, and never mere zeros: there is noise in the quietest room. Without a sample for so long it
# is gone. With zeros alone it may be gone, too: ALSA's layer over PulseAudio makes them up for a device that went, as a
# headset does that is muted; so it is opened anew, which tells.
SILENT_S: Final = 1.5
_LOOK_AGAIN_S: Final = 15.0
_NO_SUCH_RATE: Final = -9997  # PortAudio's paInvalidSampleRate and paInvalidChannelCount: another may do
_NO_SUCH_CHANNELS: Final = -9998
_BLOCK_S: Final = 0.032
_BEHIND: Final = 400  # blocks that wait at most, 13 s
# What a device is asked for when it can't do 16 kHz; its own rate comes first.
_OTHER_RATES_HZ: Final = (48_000, 44_100, 32_000, 96_000, 22_050, 8_000)


class Microphone:
    """A microphone of this machine.

    Args:
        device: Name, number or part of the name; None for the system's choice.
        clock: Monotonic seconds.
        silent_s: Seconds without a sample after which it is taken for unplugged, and with zeros alone looked at.
    """

    def __init__(
        self, device: str | None = None, *, clock: Callable[[], float] = time.monotonic, silent_s: float = SILENT_S
    ) -> None:
        self._wanted = device
        self._clock = clock
        self._silent_s = silent_s
        self.name = device or "default"
        self.overflows = 0

    async def frames(self) -> AsyncIterator[AudioFrame]:
        """Open the device and yield windows; closing the iterator closes the device.

        Raises:
            AudioError: There is no such device, it can't be opened at any usual rate, or it was unplugged.
        """
        windows = Windows()
        zeros_s = 0.0
        look_again_s = self._silent_s
        while True:
            async with aclosing(self._stream()) as stream:
                async for samples, at_s in stream:
                    if samples.any():
                        zeros_s, look_again_s = 0.0, self._silent_s
                    else:
                        zeros_s += len(samples) / SAMPLE_RATE_HZ
                    for frame in windows.take(samples, at_s):
                        yield frame
                    if zeros_s >= look_again_s:
                        zeros_s, look_again_s = 0.0, _LOOK_AGAIN_S
                        break  # opened anew, which fails where it is gone

    async def _stream(self) -> AsyncGenerator[tuple[Samples, float], None]:
        """Open the device and yield what it gives, until it is closed."""
        loop = asyncio.get_running_loop()
        blocks: asyncio.Queue[tuple[bytes, float] | None] = asyncio.Queue()

        def put(block: tuple[bytes, float] | None) -> None:
            if blocks.qsize() >= _BEHIND:
                blocks.get_nowait()
                self.overflows += 1
            blocks.put_nowait(block)

        def send(block: tuple[bytes, float] | None) -> None:
            with contextlib.suppress(RuntimeError):  # the loop was closed: nobody listens any more
                loop.call_soon_threadsafe(put, block)

        def arrived(data: Any, _count: int, _time: Any, status: Any) -> None:  # noqa: ANN401 - sounddevice's callback
            if status.input_overflow:
                self.overflows += 1
            send((bytes(data), self._clock()))

        work = asyncio.ensure_future(asyncio.to_thread(self._open, arrived, lambda: send(None)))
        try:
            opened = await asyncio.shield(work)
        except asyncio.CancelledError:  # muted while it was being opened: the thread can't be stopped, its stream can
            with contextlib.suppress(AudioError):
                (await work).close()
            raise
        try:
            resampler = Resampler(opened.rate_hz, opened.channels)
            while True:
                try:
                    block = await asyncio.wait_for(blocks.get(), self._silent_s)
                except TimeoutError:
                    block = None
                if block is None:
                    raise AudioError(
                        f"The microphone “{self.name}” went away.", "Plug it in again; it is looked for by itself."
                    )
                data, at_s = block
                yield resampler.take(np.frombuffer(data, np.int16)), at_s
        finally:
            # Blocks for some milliseconds, and must be done before mute says that it is.
            await asyncio.shield(asyncio.to_thread(opened.close))

    def _open(self, arrived: Callable[..., None], finished: Callable[[], None]) -> _Opened:
        sound = portaudio()
        with opening():
            device = find_device("in", self._wanted)
            self.name = device.name
            own_hz = int(sound.query_devices(device.id)["default_samplerate"] or 0)
            rates = dict.fromkeys(rate for rate in (SAMPLE_RATE_HZ, own_hz, *_OTHER_RATES_HZ) if rate)
            failure: Exception | None = None
            for channels in dict.fromkeys((1, min(2, device.channels))):
                for rate_hz in rates:
                    try:
                        with quiet():
                            stream = sound.RawInputStream(
                                device=device.id,
                                samplerate=rate_hz,
                                channels=channels,
                                dtype="int16",
                                blocksize=int(rate_hz * _BLOCK_S),
                                callback=arrived,
                                finished_callback=finished,
                            )
                            stream.start()
                    except sound.PortAudioError as error:
                        failure = error
                        refused()
                        if error.args[1:2] not in ((_NO_SUCH_RATE,), (_NO_SUCH_CHANNELS,)):
                            raise _refused(device.name, error) from error
                    else:
                        return _Opened(stream, rate_hz, channels)
        raise _refused(device.name, failure) from failure


class _Opened:
    """An open stream, counted until it is closed."""

    def __init__(self, stream: Any, rate_hz: int, channels: int) -> None:  # noqa: ANN401 - sounddevice has no types
        self.rate_hz = rate_hz
        self.channels = channels
        self._stream = stream
        self._counted = contextlib.ExitStack()
        self._counted.enter_context(stream_open())

    def close(self) -> None:
        """Close it; returns when it is."""
        with opening():
            # abort() first: close() alone waits for the rest of the buffer, for ever where the device is gone.
            with quiet(), contextlib.suppress(Exception):
                self._stream.abort()
            with quiet(), contextlib.suppress(Exception):
                self._stream.close()
            self._counted.close()


def _refused(name: str, error: Exception | None) -> AudioError:
    return AudioError(
        f"The microphone “{name}” can't be opened: {_reason(error)}.",
        "Another program may hold it, or it knows none of the usual sample rates. Try another microphone.",
    )


def _reason(error: Exception | None) -> str:
    """PortAudio's words without its numbers."""
    text = str(error.args[0]) if error is not None and error.args else "unknown reason"
    return text.partition(" [")[0].removeprefix("Error opening RawInputStream: ").rstrip(".")
