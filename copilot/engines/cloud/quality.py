"""How good the way to an endpoint is: round trip and first word, smoothed as TCP does it (RFC 6298, section 2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_GAIN: Final = 1 / 8  # RFC 6298's alpha: one outlier doesn't decide
_BEGINNING: Final = 1 / 2  # until a few were seen, the latest says more than the first


@dataclass(frozen=True, slots=True)
class LinkQuality:
    """In seconds; None where nothing was measured yet.

    Attributes:
        round_trip_s: Of a small request.
        first_word_s: From a question to the first word of its answer.
    """

    round_trip_s: float | None = None
    first_word_s: float | None = None


class Smoothed:
    """A mean of what was measured in which the latest counts most."""

    def __init__(self) -> None:
        self.value: float | None = None
        self._seen = 0

    def add(self, measured: float) -> None:
        """Take in one more measurement."""
        self._seen += 1
        if self.value is None:
            self.value = measured
            return
        gain = max(_GAIN, _BEGINNING / self._seen)
        self.value += gain * (measured - self.value)


class QualityMeter:
    """What was measured of one endpoint."""

    def __init__(self) -> None:
        self.round_trip = Smoothed()
        self.first_word = Smoothed()

    @property
    def quality(self) -> LinkQuality:
        """As of now."""
        return LinkQuality(self.round_trip.value, self.first_word.value)
