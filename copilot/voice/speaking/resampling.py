"""Another sampling rate for speech that is to be played or sent, by libswresample (PyAV)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from copilot.voice.listening.resampling import joined
from copilot.voice.values import Samples

if TYPE_CHECKING:
    from av import AudioResampler


class OutputRate:
    """Brings pieces of speech to one rate, without a click where they meet.

    Args:
        rate_hz: What the device, the file or the other side takes.
    """

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self._from_hz = rate_hz
        self._converter: AudioResampler | None = None

    def take(self, samples: Samples, from_hz: int) -> Samples:
        """The samples at the new rate; a few may be kept back for the next call."""
        rest = self.rest() if from_hz != self._from_hz else samples[:0]
        self._from_hz = from_hz
        if from_hz == self.rate_hz or not len(samples):
            return samples if not len(rest) else np.concatenate([rest, samples])
        import av

        if self._converter is None:
            self._converter = av.AudioResampler(format="s16", layout="mono", rate=self.rate_hz)
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = from_hz
        return np.concatenate([rest, joined(self._converter.resample(frame))])

    def rest(self) -> Samples:
        """What was kept back; afterwards the next piece stands by itself."""
        converter, self._converter = self._converter, None
        return np.zeros(0, np.int16) if converter is None else joined(converter.resample(None))
