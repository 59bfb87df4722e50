"""The history of one signal: a ring of its last values, and a ring of minutes that reaches further back."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from copilot.hmi.values import Limits, Movement, Scalar, Signal

MINUTE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Minute:
    """What a signal did in one minute.

    Attributes:
        start_s: When the minute began, a multiple of 60.
        first, last, least, most: Of its values.
        total, count: Sum and number of its values.
        outside_s: For how long it was outside its limits.
    """

    start_s: float
    first: float
    last: float
    least: float
    most: float
    total: float
    count: int
    outside_s: float = 0.0


class History:
    """Keeps what was good of one signal. Not thread-safe: whoever writes and whoever reads hold the same lock.

    Args:
        limits: For telling how long it was outside.
        values: How many of the last values are kept.
        minutes: How many minutes are kept.
        longest_gap_s: Between two values further apart than this nothing is known of the signal.
    """

    def __init__(self, limits: Limits, values: int = 1024, minutes: int = 1440, longest_gap_s: float = 60.0) -> None:
        self._limits = limits
        self._values: deque[tuple[float, Scalar]] = deque(maxlen=values)
        self._minutes: deque[Minute] = deque(maxlen=minutes)
        self._gap_s = longest_gap_s
        # The minute that is being filled, as plain numbers: a value object for each of thousands of values would cost.
        self._start = -1.0
        self._first = self._last = self._least = self._most = self._total = self._outside = 0.0
        self._count = 0
        self._before: tuple[float, float] | None = None

    def add(self, at_s: float, value: Scalar) -> Minute | None:
        """Keep a value; one older than the last is kept too, but changes no minute that is over.

        Returns:
            The minute that this value has ended; None in the midst of one.
        """
        self._values.append((at_s, value))
        if isinstance(value, str):
            return None
        number = float(value)
        if number != number or number in (float("inf"), float("-inf")):
            return None
        ended = None
        start = at_s - at_s % MINUTE_S
        if start > self._start:
            ended = self._end_minute()
            self._start, self._first, self._least, self._most = start, number, number, number
            self._total, self._count, self._outside = 0.0, 0, 0.0
        if self._before is not None:
            then, was = self._before
            if 0 < at_s - then <= self._gap_s and self._is_outside(was):
                self._outside += min(at_s - then, MINUTE_S)
        self._last = number
        self._least = min(self._least, number)
        self._most = max(self._most, number)
        self._total += number
        self._count += 1
        self._before = (at_s, number)
        return ended

    def restore(self, minutes: Iterator[Minute]) -> None:
        """Take back minutes that were kept elsewhere, oldest first, before the first value comes."""
        self._minutes.extend(minutes)

    def values(self, since_s: float = 0.0, until_s: float = float("inf")) -> list[tuple[float, Scalar]]:
        """The values of a time that are still kept one by one, oldest first."""
        return [one for one in self._values if since_s <= one[0] <= until_s]

    def latest(self, count: int) -> list[tuple[float, Scalar]]:
        """The last ``count`` values, oldest first."""
        newest: list[tuple[float, Scalar]] = []
        for one in reversed(self._values):
            if len(newest) == count:
                break
            newest.append(one)
        return newest[::-1]

    def minutes(self, since_s: float = 0.0, until_s: float = float("inf")) -> list[Minute]:
        """The minutes of a time, oldest first, with the one that is being filled."""
        current = [self._minute()] if self._count else []
        return [one for one in (*self._minutes, *current) if since_s - MINUTE_S < one.start_s <= until_s]

    def _is_outside(self, value: float) -> bool:
        low, high = self._limits.low, self._limits.high
        return (low is not None and value < low) or (high is not None and value > high)

    def _minute(self) -> Minute:
        return Minute(
            self._start, self._first, self._last, self._least, self._most, self._total, self._count, self._outside
        )

    def _end_minute(self) -> Minute | None:
        if not self._count:
            return None
        minute = self._minute()
        self._minutes.append(minute)
        return minute


def movement(signal: Signal, minutes: list[Minute]) -> Movement | None:
    """How a signal went over some minutes; a minute without a value counts as the last value before it.

    Returns:
        None where nothing is known of that time.
    """
    if not minutes:
        return None
    weighted = 0.0
    weight = 0
    for minute, following in zip(minutes, [*minutes[1:], None], strict=True):
        weighted += minute.total / minute.count
        weight += 1
        silent = round((following.start_s - minute.start_s) / MINUTE_S) - 1 if following is not None else 0
        weighted += max(0, silent) * minute.last
        weight += max(0, silent)
    return Movement(
        signal,
        minutes[0].first,
        minutes[-1].last,
        min(minute.least for minute in minutes),
        max(minute.most for minute in minutes),
        weighted / weight,
        sum(minute.outside_s for minute in minutes),
    )


def joined(one: Minute, other: Minute) -> Minute:
    """Two parts of the same minute, the earlier first: a program that was restarted in the midst of it leaves two."""
    return replace(
        one,
        last=other.last,
        least=min(one.least, other.least),
        most=max(one.most, other.most),
        total=one.total + other.total,
        count=one.count + other.count,
        outside_s=one.outside_s + other.outside_s,
    )
