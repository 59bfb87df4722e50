"""Where a signal is going: the Mann–Kendall test says whether it goes anywhere, the Theil–Sen slope how fast.

Both stand on ranks and medians, so a spike changes neither, and neither needs to know how noisy the signal is.
Sources: Mann (1945), Kendall (1975), Theil (1950), Sen (1968).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from copilot.hmi.values import Limits, Scalar, Trend

WINDOW_S: Final = 60.0
_LONGEST_S: Final = 900.0  # a slow signal may need more than the window to tell
_FEWEST: Final = 4
_MOST: Final = 100  # values looked at; all pairs of them are compared
_SIGNIFICANT: Final = 1.96  # standard deviations, 5% on both sides
_RELEVANT: Final = 0.005  # of the signal's scale: a sure but tiny drift is no trend that anybody acts on


def trend_of(
    values: Sequence[tuple[float, Scalar]], now_s: float, limits: Limits | None = None, *, holds: bool = True
) -> Trend:
    """The trend of a signal's last values.

    Args:
        values: Time and value, oldest first; what is no number is left out.
        now_s: Now.
        limits: Of the signal: they give its scale.
        holds: Whether the last value is still so: a source that sends changes only says by silence that it is.
    """
    points = [(at, float(value)) for at, value in values if not isinstance(value, str) and now_s - at <= _LONGEST_S]
    if not points:
        return Trend()
    recent = [point for point in points if now_s - point[0] <= WINDOW_S]
    points = recent if len(recent) >= _FEWEST else points[-_FEWEST:]
    if holds and now_s - points[-1][0] > WINDOW_S / 4:
        points = [*points, (now_s, points[-1][1])]
    if len(points) > _MOST:
        chosen = np.linspace(0, len(points) - 1, _MOST).round().astype(int)
        points = [points[at] for at in chosen]
    at = np.array([point[0] for point in points]) - points[0][0]
    value = np.array([point[1] for point in points])
    span = float(at[-1])
    if len(points) < _FEWEST or span <= 0:
        settled = len(set(value.tolist())) == 1 and span >= WINDOW_S
        return Trend("steady" if settled else "unknown", 0.0, span)
    slope, score = _slope_and_score(at, value)
    if abs(score) < _SIGNIFICANT or abs(slope) * span < _RELEVANT * scale_of(value, limits):
        return Trend("steady", slope, span)
    return Trend("rising" if slope > 0 else "falling", slope, span)


def scale_of(value: NDArray[np.float64], limits: Limits | None) -> float:
    """What counts as much for a signal: the span of its limits, else its size, in its unit. Never 0."""
    if limits is not None and limits.low is not None and limits.high is not None:
        return limits.high - limits.low
    named = [abs(one) for one in (limits.low, limits.high) if one] if limits is not None else []
    size = max(*named, float(np.abs(np.median(value)))) if named else float(np.abs(np.median(value)))
    return size or float(np.ptp(value)) or 1.0


def _slope_and_score(at: NDArray[np.float64], value: NDArray[np.float64]) -> tuple[float, float]:
    """The Theil–Sen slope, and the Mann–Kendall score in standard deviations, ties corrected for."""
    first, second = np.triu_indices(len(at), k=1)
    apart = at[second] - at[first]
    differences = value[second] - value[first]
    told = apart > 0
    slope = float(np.median(differences[told] / apart[told])) if told.any() else 0.0
    n = len(value)
    s = float(np.sign(differences).sum())
    ties = np.unique(value, return_counts=True)[1].astype(float)
    variance = (n * (n - 1) * (2 * n + 5) - float((ties * (ties - 1) * (2 * ties + 5)).sum())) / 18
    if variance <= 0:
        return slope, 0.0
    if slope == 0.0 and s != 0.0:
        # Most pairs are ties, as of a value that stepped once: what it did over the whole time is its slope.
        slope = float((value[-1] - value[0]) / (at[-1] - at[0]))
    return slope, (s - np.sign(s)) / variance**0.5
