"""A second opinion on a beginning of speech: is it still speech without its strongest tone?

The network takes a tone that swells and fades as syllables do for a voice: a hammer's ring, a pump's whine. What gives
it away is that nothing else is there. So before an utterance begins, the last three quarters of a second are looked at
once more without the strongest line of their spectrum and without the low hum below a voice's overtones: a voice is
still heard to be one, a tone is gone.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np
import numpy.typing as npt

from copilot.voice.listening.activity import VoiceActivity
from copilot.voice.listening.endpointing import BEGIN_WINDOWS
from copilot.voice.values import SAMPLE_RATE_HZ, WINDOW_SAMPLES, Samples

_WINDOWS: Final = 24  # looked at: a line is told from its neighbours to 1.3 Hz
_LOWEST_HZ: Final = 200.0  # what is below is left out: hum, and of a voice its first overtones
_TONES_HZ: Final = (60.0, 2000.0)  # where the strongest line is looked for
_WIDTH_HZ: Final = 24.0  # to each side: a tone that swells six times a second is so wide
_ENOUGH: Final = 0.85
"""Of the threshold of speech. Measured on hammering, presses, beepers, motors and modulated tones the opinion stays
below 0.2, and below 0.42 where one such sound breaks off; for words in Piper's and espeak-ng's voices, clean and with
noise 5 dB below them, it rises above 0.45."""
_ENOUGH_QUICKLY: Final = 0.65
"""For fewer windows than a beginning usually takes: the copilot speaks, and pausing for nothing costs little."""


class SecondOpinion:
    """Looks again at the last windows.

    Args:
        activity: Of its own: it is reset for each look.
        threshold: Probability from which a window is speech.
    """

    def __init__(self, activity: VoiceActivity, threshold: float) -> None:
        self._activity = activity
        self._threshold = threshold
        self._windows: deque[Samples] = deque(maxlen=_WINDOWS)

    def take(self, window: Samples) -> None:
        """Take one more window."""
        self._windows.append(window)

    def is_voice(self, windows: int) -> bool:
        """Tell whether the last ``windows`` are speech; takes about eight milliseconds."""
        enough = _ENOUGH if windows >= BEGIN_WINDOWS else _ENOUGH_QUICKLY
        return self.probability(windows) >= self._threshold * enough

    def probability(self, windows: int) -> float:
        """Return how likely the last ``windows`` are speech, from 0 to 1: their mean."""
        if not self._windows:
            return 0.0
        rest = without_tone(np.concatenate(self._windows))
        self._activity.reset()
        found = [self._activity.probability(window) for window in rest.reshape(-1, WINDOW_SAMPLES)]
        return float(np.mean(found[-windows:]))

    def reset(self) -> None:
        """Forget what was heard before."""
        self._windows.clear()


def without_tone(sound: Samples) -> Samples:
    """Return the sound without its strongest tone, and without what lies below a voice's overtones."""
    spectrum: npt.NDArray[np.complex128] = np.fft.rfft(sound.astype(np.float64))
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    line_hz = SAMPLE_RATE_HZ / len(sound)
    lowest, highest = (int(edge / line_hz) for edge in _TONES_HZ)
    strongest = lowest + int(power[lowest:highest].argmax())
    width = max(1, int(_WIDTH_HZ / line_hz))
    spectrum[max(0, strongest - width) : strongest + width + 1] = 0
    spectrum[: int(_LOWEST_HZ / line_hz)] = 0
    rest = np.fft.irfft(spectrum, len(sound))
    return np.asarray(np.clip(rest, -32768, 32767).astype(np.int16))
