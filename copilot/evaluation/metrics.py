"""Figures with their uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

RESAMPLES: Final = 2000
_SEED: Final = 20240501  # fixed: the same results give the same interval


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean (or median) with its 95% bootstrap interval.

    Attributes:
        value: The mean or median; NaN of nothing.
        low, high: Percentile interval over resampled questions (Efron, 1979).
        n: Questions.
    """

    value: float
    low: float
    high: float
    n: int


def estimate(values: Sequence[float], statistic: Literal["mean", "median"] = "mean") -> Estimate:
    """Mean or median of ``values`` with its interval."""
    if not values:
        return Estimate(float("nan"), float("nan"), float("nan"), 0)
    data = np.asarray(values, dtype=np.float64)
    picks = np.random.default_rng(_SEED).integers(0, len(data), size=(RESAMPLES, len(data)))
    over = np.mean if statistic == "mean" else np.median
    low, high = np.percentile(over(data[picks], axis=1), [2.5, 97.5])
    return Estimate(float(over(data)), float(low), float(high), len(data))


def percentiles(values: Sequence[float], at: Sequence[float] = (50, 95)) -> tuple[float, ...]:
    """Percentiles of ``values``; NaN of nothing."""
    if not values:
        return tuple(float("nan") for _ in at)
    return tuple(float(value) for value in np.percentile(np.asarray(values, dtype=np.float64), list(at)))
