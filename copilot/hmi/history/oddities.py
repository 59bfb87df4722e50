"""What is odd about a signal now, beside what it was before: simple, robust, and explained in a word.

Median and median absolute deviation instead of mean and standard deviation: the faults that are to be found must not
hide themselves by moving the yardstick (Iglewicz and Hoaglin, 1993).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from copilot.hmi.history.trend import scale_of
from copilot.hmi.values import Flag, Limits, Scalar

_FEWEST: Final = 30
_UNUSUAL: Final = 5.0  # robust standard deviations from the median
_JUMP: Final = 8.0  # robust standard deviations of a usual step
_JUMP_S: Final = 30.0  # for how long a jump is worth a word
_RELEVANT: Final = 0.01  # of the signal's scale
_FROZEN: Final = 20  # equal values in a row …
_LIVELY: Final = 0.8  # … of a signal of whose values this share differed from the one before
_TO_SIGMA: Final = 1.4826


def outside(value: Scalar, limits: Limits) -> tuple[Flag, ...]:
    """Whether a value is outside its limits."""
    if isinstance(value, str):
        return ()
    if limits.high is not None and value > limits.high:
        return ("above_limit",)
    return ("below_limit",) if limits.low is not None and value < limits.low else ()


def oddities(values: Sequence[tuple[float, Scalar]], now_s: float, limits: Limits) -> tuple[Flag, ...]:
    """What is odd about a signal's last value beside those before it.

    Args:
        values: Time and value, oldest first, the last one being the one to judge; what is no number is left out.
        now_s: Now.
        limits: Of the signal: they give its scale.
    """
    points = [(at, float(value)) for at, value in values if not isinstance(value, str)]
    points = [point for point in points if np.isfinite(point[1])]
    if not points:
        return ()
    if len(points) < _FEWEST:
        return ()
    flags: list[Flag] = []
    last = points[-1][1]
    at = np.array([point[0] for point in points])
    value = np.array([point[1] for point in points])
    relevant = _RELEVANT * scale_of(value[:-1], limits)
    if _jumped(at, value, now_s, relevant):
        flags.append("jump")
    before = value[:-1]
    middle = float(np.median(before))
    if abs(last - middle) > max(_UNUSUAL * _spread(before), relevant):
        flags.append("unusual")
    if _froze(value):
        flags.append("frozen")
    return tuple(flags)


def _spread(value: NDArray[np.float64]) -> float:
    return float(np.median(np.abs(value - np.median(value)))) * _TO_SIGMA


def _jumped(at: NDArray[np.float64], value: NDArray[np.float64], now_s: float, relevant: float) -> bool:
    steps = np.diff(value)
    recent = now_s - at[1:] <= _JUMP_S
    if not recent.any() or recent.all():
        return False
    usual = steps[~recent]
    threshold = max(abs(float(np.median(usual))) + _JUMP * _spread(usual), relevant)
    return bool((np.abs(steps[recent]) > threshold).any())


def _froze(value: NDArray[np.float64]) -> bool:
    tail, before = value[-_FROZEN:], value[:-_FROZEN]
    if len(before) < _FROZEN or np.ptp(tail) != 0:
        return False
    return float(np.mean(np.diff(before) != 0)) >= _LIVELY
