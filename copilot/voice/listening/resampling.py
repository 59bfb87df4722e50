"""Any rate, any number of channels, any sample format into 16 kHz, mono, 16 bit, in windows of one size.

libswresample does it, by way of PyAV, which faster-whisper brings. It keeps its state between pieces, so that nothing
clicks at the seams.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from copilot.voice.values import SAMPLE_RATE_HZ, WINDOW_S, WINDOW_SAMPLES, AudioFrame, Samples
from index.errors import AudioError

if TYPE_CHECKING:
    from av import AudioFrame as MediaFrame
    from av import AudioResampler

LOWEST_RATE_HZ: Final = 4_000
HIGHEST_RATE_HZ: Final = 384_000


class Resampler:
    """Takes interleaved 16-bit samples of one rate and gives those of ours.

    Raises:
        AudioError: The rate is none that sound has.
    """

    def __init__(self, rate_hz: int, channels: int = 1) -> None:
        if not LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ:
            raise AudioError(
                f"A sample rate of {rate_hz} Hz can't be used.",
                f"Send sound with {LOWEST_RATE_HZ} to {HIGHEST_RATE_HZ} samples a second; {SAMPLE_RATE_HZ} is best.",
            )
        if not 1 <= channels <= 32:
            raise AudioError(f"Sound with {channels} channels can't be used.", "Send one or two channels.")
        self.rate_hz = rate_hz
        self.channels = channels
        self._plain = rate_hz == SAMPLE_RATE_HZ and channels == 1
        self._converter = None if self._plain else converter()

    def take(self, samples: Samples) -> Samples:
        """Return what the samples become; a little is kept back for the next call."""
        if self._converter is None:
            return samples
        mono = samples if self.channels == 1 else mixed_down(samples, self.channels)
        if not len(mono):
            return mono
        import av

        frame = av.AudioFrame.from_ndarray(mono.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = self.rate_hz
        return joined(self._converter.resample(frame))

    def rest(self) -> Samples:
        """Return what was kept back."""
        return np.zeros(0, np.int16) if self._converter is None else joined(self._converter.resample(None))


def mixed_down(samples: Samples, channels: int) -> Samples:
    """Return one channel: the mean of those that carry sound, so that a silent one doesn't halve the other."""
    table = samples[: len(samples) // channels * channels].reshape(-1, channels).astype(np.float32)
    sounding = np.abs(table).max(axis=0) > 0 if len(table) else np.ones(channels, bool)
    if not sounding.any():
        sounding[0] = True
    return np.asarray(table[:, sounding].mean(axis=1).round().astype(np.int16))


def converter() -> AudioResampler:
    """Return libswresample set to our format; it takes frames of any."""
    import av

    return av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE_HZ)


def joined(frames: list[MediaFrame]) -> Samples:
    """Return the samples of converted frames, one after the other."""
    if not frames:
        return np.zeros(0, np.int16)
    parts: list[npt.NDArray[np.int16]] = [frame.to_ndarray().reshape(-1).astype(np.int16) for frame in frames]
    return np.concatenate(parts)


class Windows:
    """Cuts a stream of samples into windows of `WINDOW_SAMPLES`, and counts them."""

    def __init__(self) -> None:
        self._kept = np.zeros(0, np.int16)
        self._count = 0

    def take(self, samples: Samples, arrived_s: float) -> Iterator[AudioFrame]:
        """Yield the windows that are full now."""
        self._kept = np.concatenate([self._kept, samples])
        while len(self._kept) >= WINDOW_SAMPLES:
            window, self._kept = self._kept[:WINDOW_SAMPLES], self._kept[WINDOW_SAMPLES:]
            yield self._frame(window, arrived_s)

    def rest(self, arrived_s: float) -> Iterator[AudioFrame]:
        """Yield what is left, filled up with silence."""
        if len(self._kept):
            window = np.pad(self._kept, (0, WINDOW_SAMPLES - len(self._kept)))
            self._kept = self._kept[:0]
            yield self._frame(window, arrived_s)

    def _frame(self, window: Samples, arrived_s: float) -> AudioFrame:
        started_s = self._count * WINDOW_S
        self._count += 1
        return AudioFrame(window, started_s, arrived_s)
