"""How loud it is, for the meter on the screen."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from copilot.voice.values import Level, Samples

FLOOR_DBFS: Final = -96.0  # 16 bits have no quieter sound than silence
_EVERY: Final = 4  # windows between two readings: 128 ms


class LevelMeter:
    """Sums windows up to about eight readings a second."""

    def __init__(self) -> None:
        self._square = 0.0
        self._peak = 0.0
        self._speech = 0.0
        self._windows = 0

    def take(self, samples: Samples, speech: float) -> Level | None:
        """Return a reading when one is due.

        Args:
            samples: One window.
            speech: How much it sounds like speech, from 0 to 1.
        """
        values = samples.astype(np.float32)
        self._square += float(np.mean(values * values))
        self._peak = max(self._peak, float(np.abs(values).max()))
        self._speech = max(self._speech, speech)
        self._windows += 1
        if self._windows < _EVERY:
            return None
        level = Level(dbfs(math.sqrt(self._square / self._windows)), dbfs(self._peak), round(min(1.0, self._speech), 3))
        self._square = self._peak = self._speech = 0.0
        self._windows = 0
        return level


def dbfs(amplitude: float) -> float:
    """Return decibels below the loudest that 16 bits hold."""
    return round(max(FLOOR_DBFS, 20 * math.log10(amplitude / 32768)), 1) if amplitude > 0 else FLOOR_DBFS
