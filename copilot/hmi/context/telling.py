"""Signals and alarms as sentences that can be cited: what, how much, since when, how good.

The number of a value that isn't current stands in no sentence: what a model read there it could say as if it were so.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import tzinfo
from typing import Final

from copilot.hmi.saying import clock_text, number_text, span_text, value_text
from copilot.hmi.values import Alarm, Signal, SignalState

_FLAGS: Final = {
    "jump": "it has just jumped",
    "unusual": "that is unusual for it",
    "frozen": "it has stopped moving, which it usually doesn't",
}


def tell_signal(
    state: SignalState, source_reason: str = "", zone: tzinfo | None = None, identifiers: Collection[str] = ()
) -> str:
    """A signal in one or two sentences.

    Args:
        state: As of now.
        source_reason: Why its source is down; "" where it isn't.
        zone: For the time of day; default: this device's.
        identifiers: Which of its identifiers are told, so that it is seen why it matters.
    """
    signal, reading = state.signal, state.reading
    name = _name(signal, identifiers)
    if not state.is_current or reading is None:
        return f"{name}: no current value. {_why(state, source_reason, zone)}"
    parts = [value_text(signal, reading.value)]
    if state.trend.direction in ("rising", "falling"):
        change = abs(state.trend.rate_per_s * state.trend.window_s)
        by = f"{number_text(change)} {signal.unit}".rstrip()
        parts.append(f"{state.trend.direction} by {by} in {span_text(state.trend.window_s)}")
    limits = signal.limits
    if "above_limit" in state.flags and limits.high is not None:
        parts.append(f"above its limit of {number_text(limits.high)} {signal.unit}".rstrip())
    if "below_limit" in state.flags and limits.low is not None:
        parts.append(f"below its limit of {number_text(limits.low)} {signal.unit}".rstrip())
    parts += [_FLAGS[flag] for flag in state.flags if flag in _FLAGS]
    age = max(0.0, state.now_s - reading.at_s)
    when = f"{clock_text(reading.at_s, state.now_s, zone)}, {span_text(age)} ago, quality {state.quality}"
    meaning = f" {_sentence(signal.meaning)}" if signal.meaning else ""
    return f"{name}: {', '.join(parts)} ({when}).{meaning}"


def tell_alarm(alarm: Alarm, now_s: float, holds: bool = True, zone: tzinfo | None = None) -> str:
    """A standing alarm in one sentence.

    Args:
        alarm: It stands, as far as is known.
        now_s: Now.
        holds: Whether its source is up: else nobody knows whether it still stands.
        zone: For the time of day; default: this device's.
    """
    name = alarm.title if not alarm.code or alarm.code in alarm.title else f"{alarm.code} {alarm.title}"
    about = f" ({alarm.component})" if alarm.component and alarm.component.casefold() not in name.casefold() else ""
    more = f", “{alarm.text}”" if alarm.text not in (alarm.title, name) and alarm.kind == "condition" else ""
    since = f"{clock_text(alarm.began_s, now_s, zone)}"
    if not holds:
        return f"Alarm {name}{about}{more}: came at {since}. Whether it still stands isn't known: its source is silent."
    seen = "acknowledged" if alarm.acknowledged else "not acknowledged"
    return f"Alarm {name}{about}{more}: active since {since} ({span_text(now_s - alarm.began_s)}), {seen}."


def _name(signal: Signal, identifiers: Collection[str]) -> str:
    told = [one for one in signal.identifiers if one in identifiers]
    names = [one for one in (signal.component, *told) if one and one.casefold() not in signal.title.casefold()]
    return f"{signal.title} ({', '.join(dict.fromkeys(names))})" if names else signal.title


def _why(state: SignalState, source_reason: str, zone: tzinfo | None) -> str:
    if state.reading is None:
        return source_reason or "Nothing was heard of it yet."
    heard = f"last heard at {clock_text(state.reading.at_s, state.now_s, zone)}"
    if state.quality == "bad":
        return f"The source marks it as bad ({heard})."
    return f"Nothing is heard of it any more ({heard}){f': {source_reason}' if source_reason else '.'}"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
