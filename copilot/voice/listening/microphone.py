"""The microphone, by PortAudio.

The stream exists only while its frames are iterated. Leaving the iteration closes it: that is what mute does, and why
nothing can be heard then.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import numpy as np

from copilot.voice.listening.resampling import Resampler, Windows
from copilot.voice.soundcard import find_device, portaudio, quiet, stream_open
from copilot.voice.values import SAMPLE_RATE_HZ, AudioFrame
from index.errors import AudioError

SILENT_S: Final = 1.5  # without a single sample a device is gone: a running one sends zeros when it is quiet
_BLOCK_S: Final = 0.032
_BEHIND: Final = 400  # blocks that wait at most, 13 s
# What a device is asked for when it can't do 16 kHz; its own rate comes first.
_OTHER_RATES_HZ: Final = (48_000, 44_100, 32_000, 96_000, 22_050, 8_000)


class Microphone:
    """A microphone of this machine.

    Args:
        device: Name, number or part of the name; None for the system's choice.
        clock: Monotonic seconds.
        silent_s: Seconds without a sample after which it is taken for unplugged.
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

        with stream_open():
            stream, rate_hz, channels = await asyncio.to_thread(self._open, arrived, lambda: send(None))
            try:
                resampler, windows = Resampler(rate_hz, channels), Windows()
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
                    for frame in windows.take(resampler.take(np.frombuffer(data, np.int16)), at_s):
                        yield frame
            finally:
                # Blocks for some milliseconds, and must be done before mute says that it is.
                await asyncio.shield(asyncio.to_thread(_close, stream))

    def _open(self, arrived: Callable[..., None], finished: Callable[[], None]) -> tuple[Any, int, int]:
        sound = portaudio()
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
                else:
                    return stream, rate_hz, channels
        raise AudioError(
            f"The microphone “{device.name}” can't be opened: {_reason(failure)}.",
            "Another program may hold it, or it knows none of the usual sample rates. Try another microphone.",
        ) from failure


def _reason(error: Exception | None) -> str:
    """PortAudio's words without its numbers."""
    text = str(error.args[0]) if error is not None and error.args else "unknown reason"
    return text.partition(" [")[0].removeprefix("Error opening RawInputStream: ").rstrip(".")


def _close(stream: Any) -> None:  # noqa: ANN401 - sounddevice has no types
    # abort() first: close() alone waits for the rest of the buffer, for ever where the device is gone.
    with quiet(), contextlib.suppress(Exception):
        stream.abort()
    with quiet(), contextlib.suppress(Exception):
        stream.close()
