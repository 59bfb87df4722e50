"""Signals and times in words: short, with the number as a document would write it."""

from __future__ import annotations

import math
from datetime import UTC, datetime, tzinfo
from typing import Final

from copilot.hmi.values import Scalar, Signal

_DIGITS: Final = 4  # of a measured value; more would be noise
_WHOLE: Final = 1e15  # beyond it a float no longer holds every whole number


def number_text(value: float) -> str:
    """A number with at most four significant digits, whole numbers whole."""
    if isinstance(value, int) or (math.isfinite(value) and value == int(value) and abs(value) < _WHOLE):
        return str(int(value))
    if not math.isfinite(value):
        return str(value)
    text = f"{value:.{_DIGITS}g}"
    return f"{value:.0f}" if "e+" in text else text


def value_text(signal: Signal, value: Scalar | None) -> str:
    """A value for people: its state's name, its code, or the number with its unit. "–" for none."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return state_name(signal, float(value)) or ("on" if value else "off")
    if isinstance(value, str):
        return value
    if named := state_name(signal, value):
        return named
    if signal.codes and value == int(value):
        return code_text(signal, int(value)) or "none"
    return f"{number_text(value)} {signal.unit}".rstrip()


def state_name(signal: Signal, value: float) -> str:
    """The name of a state; "" where the value has none."""
    return next((name for number, name in signal.states if number == value), "")


def code_text(signal: Signal, value: int) -> str:
    """A fault code as documents write it; "" for 0, which means that there is none."""
    return signal.codes.format(value) if value else ""


def clock_text(at_s: float, now_s: float, zone: tzinfo | None = None) -> str:
    """A time as people at the machine say it: the time of day, with the date where it is another day.

    Args:
        zone: Default: this device's.
    """
    at, now = (datetime.fromtimestamp(one, UTC).astimezone(zone) for one in (at_s, now_s))
    return f"{at:%H:%M:%S}" if at.date() == now.date() else f"{at:%Y-%m-%d %H:%M}"


def span_text(seconds: float) -> str:
    """A span of time, in its two largest parts at most."""
    seconds = max(0, round(seconds))
    if seconds < 60:
        return f"{seconds} s"
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} min {seconds} s" if seconds and minutes < 10 else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} days {hours} h" if hours else f"{days} days"
