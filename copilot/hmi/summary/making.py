"""Puts the summary together: every sentence says something that is in the journal or the notes, and refers to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import Final

from copilot.hmi.history.trend import scale_of
from copilot.hmi.saying import clock_text, number_text, span_text
from copilot.hmi.values import SEVERITIES, Alarm, Movement, Remark, Summary, SummaryLine

_MOST_ALARMS: Final = 10
_MOST_MOVEMENTS: Final = 8
_MOST_REMARKS: Final = 12
_TELLING: Final = 0.1
"""Share of its scale that a signal must have moved by to be told of."""


def make_summary(
    since_s: float,
    until_s: float,
    alarms: Sequence[Alarm],
    movements: Sequence[Movement],
    remarks: Sequence[Remark],
    *,
    notices: Sequence[str] = (),
    zone: tzinfo | None = None,
) -> Summary:
    """What happened from ``since_s`` to ``until_s``.

    Args:
        since_s, until_s: The time.
        alarms: Those that stood in it, the newest first.
        movements: How the signals went.
        remarks: What was noted in it, the oldest first.
        notices: What could not be looked at.
        zone: For times of day; default: this device's.
    """
    told = [movement for movement in movements if movement.outside_s > 0 or _moved(movement)]
    told.sort(key=lambda movement: (-movement.outside_s, -_share(movement)))
    lines = [
        *_alarm_lines(alarms, since_s, until_s, zone),
        *_movement_lines(told[:_MOST_MOVEMENTS]),
        *_remark_lines(remarks, until_s, zone),
    ]
    if not lines:
        lines = [SummaryLine("Nothing is known of this time." if notices else "Nothing happened.")]
    begun, ended = clock_text(since_s, until_s, zone), clock_text(until_s, until_s, zone)
    head = SummaryLine(f"From {begun} to {ended} ({span_text(until_s - since_s)}):")
    return Summary(since_s, until_s, (head, *lines), tuple(alarms), tuple(told), tuple(remarks), tuple(notices))


def _alarm_lines(alarms: Sequence[Alarm], since_s: float, until_s: float, zone: tzinfo | None) -> Iterator[SummaryLine]:
    if not alarms:
        yield SummaryLine("No alarms.")
        return
    grouped: dict[tuple[str, str], list[Alarm]] = {}
    for alarm in alarms:
        grouped.setdefault((alarm.code, alarm.title), []).append(alarm)
    standing = sum(alarm.active for alarm in alarms)
    count = f"{len(alarms)} alarm{'s' if len(alarms) > 1 else ''}"
    kinds = f" of {len(grouped)} kinds" if 1 < len(grouped) < len(alarms) else ""
    yield SummaryLine(f"{count}{kinds}, {standing or 'none'} still standing.", tuple(alarm.id for alarm in alarms))
    ordered = sorted(grouped.values(), key=lambda group: _weight(group, since_s, until_s))
    for group in ordered[:_MOST_ALARMS]:
        yield _group_line(group, since_s, until_s, zone)
    if len(ordered) > _MOST_ALARMS:
        yield SummaryLine(f"And {len(ordered) - _MOST_ALARMS} kinds of alarms more.")


def _weight(group: Sequence[Alarm], since_s: float, until_s: float) -> tuple[bool, int, float]:
    gravest = max(SEVERITIES.index(alarm.severity) for alarm in group)
    return (not any(alarm.active for alarm in group), -gravest, -_stood(group, since_s, until_s))


def _stood(group: Sequence[Alarm], since_s: float, until_s: float) -> float:
    return sum(
        max(0.0, (alarm.ended_s if alarm.ended_s is not None else until_s) - max(alarm.began_s, since_s))
        for alarm in group
    )


def _group_line(group: Sequence[Alarm], since_s: float, until_s: float, zone: tzinfo | None) -> SummaryLine:
    first = min(group, key=lambda alarm: alarm.began_s)
    name = first.title if not first.code or first.code in first.title else f"{first.code} {first.title}"
    times = "once" if len(group) == 1 else f"{len(group)} times"
    at = clock_text(first.began_s, until_s, zone)
    when = f"at {at}" if len(group) == 1 else f"first at {at}"
    standing = next((alarm for alarm in group if alarm.active), None)
    rest = (
        f"still standing since {clock_text(standing.began_s, until_s, zone)}"
        if standing is not None
        else f"{span_text(_stood(group, since_s, until_s))} in all"
    )
    return SummaryLine(f"{name}: {times}, {when}, {rest}.", tuple(alarm.id for alarm in group))


def _movement_lines(movements: Sequence[Movement]) -> Iterator[SummaryLine]:
    for movement in movements:
        signal, unit = movement.signal, movement.signal.unit
        first, last = number_text(movement.first), number_text(movement.last)
        least, most = number_text(movement.least), number_text(movement.most)
        how = "went from" if first != last else "was at"
        ends = f"{first} to {last} {unit}".rstrip() if first != last else f"{first} {unit}".rstrip()
        text = f"{signal.title} {how} {ends}, between {least} and {most} {unit}".rstrip()
        if movement.outside_s > 0:
            text += f", outside its limits for {span_text(movement.outside_s)}"
        yield SummaryLine(f"{text}.", (f"signal:{signal.name}",))


def _remark_lines(remarks: Sequence[Remark], until_s: float, zone: tzinfo | None) -> Iterator[SummaryLine]:
    for heading, kind in (("Done", "done"), ("Noted", "note")):
        chosen = [remark for remark in remarks if remark.kind == kind]
        for remark in chosen[-_MOST_REMARKS:]:
            who = f", {remark.author}" if remark.author else ""
            yield SummaryLine(f"{heading} ({clock_text(remark.at_s, until_s, zone)}{who}): {remark.text}", (remark.id,))


def _moved(movement: Movement) -> bool:
    return not movement.signal.states and not movement.signal.codes and _share(movement) >= _TELLING


def _share(movement: Movement) -> float:
    import numpy as np

    return (movement.most - movement.least) / scale_of(np.array([movement.mean]), movement.signal.limits)
