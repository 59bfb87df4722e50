"""Alarms that follow from signals: a limit is passed, a signal holds a fault code, a rule of ``signals.toml`` fits."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from copilot.hmi.alarms.book import AlarmBook, Occurrence
from copilot.hmi.history.trend import scale_of
from copilot.hmi.registry import Registry
from copilot.hmi.registry.file import RuleEntry
from copilot.hmi.saying import code_text, number_text, value_text
from copilot.hmi.values import Reading, Scalar, Severity, Signal

_BACK: Final = 0.01
"""Share of the signal's scale by which a value must come back before its limit alarm ends: no chatter at the limit."""


@dataclass(slots=True)
class _Watch:
    """One thing that may be wrong with one signal.

    Attributes:
        holds: Whether it is wrong with this value, given whether it was before.
        occurrence: What stands then.
        delay_s: For how long it must be wrong.
        since_s: Since when it is wrong; None where it isn't.
    """

    key: str
    holds: Callable[[Scalar, bool], bool]
    occurrence: Callable[[Scalar], Occurrence]
    delay_s: float = 0.0
    since_s: float | None = None
    last: Scalar | None = None
    stands: bool = False


class Rules:
    """Looks at every good value. Bad ones change nothing: an alarm doesn't end because its sensor broke.

    Args:
        registry: What is watched.
        book: Where alarms are put.
    """

    def __init__(self, registry: Registry, book: AlarmBook) -> None:
        self._registry = registry
        self._book = book
        self._watches: dict[str, list[_Watch]] = {}
        self._coded: dict[str, Signal] = {}
        self._waiting: set[str] = set()
        for signal in registry.signals.values():
            entry = registry.entries[signal.name]
            if entry.limit_alarm:
                self._watch_limits(signal, entry.severity, entry.delay_s)
            if signal.codes:
                self._coded[signal.name] = signal
        for number, rule in enumerate(registry.rules):
            self._add(rule.signal, self._rule(f"rule:{number}:{rule.signal}", rule))
        standing = set(book.keys())
        for watches in self._watches.values():
            for watch in watches:
                watch.stands = watch.key in standing

    @property
    def watched(self) -> frozenset[str]:
        """Names of the signals that may raise an alarm."""
        return frozenset((*self._watches, *self._coded))

    def look_at(self, readings: Iterable[Reading]) -> None:
        """Raise and end alarms by what was read."""
        for reading in readings:
            if reading.value is None or reading.quality != "good":
                continue
            if (signal := self._coded.get(reading.signal)) is not None:
                self._note_code(signal, reading.value, reading.at_s)
            for watch in self._watches.get(reading.signal, ()):
                self._note(watch, reading.value, reading.at_s)

    def tick(self, now_s: float) -> None:
        """Raise what has been wrong for long enough although no new value came."""
        for name in list(self._waiting):
            waiting = [watch for watch in self._watches[name] if watch.since_s is not None and not watch.stands]
            for watch in waiting:
                assert watch.since_s is not None
                assert watch.last is not None
                if now_s - watch.since_s >= watch.delay_s:
                    watch.stands = True
                    self._book.stand(watch.occurrence(watch.last), watch.since_s)
            if all(watch.stands for watch in waiting):
                self._waiting.discard(name)

    def _add(self, signal: str, watch: _Watch) -> None:
        self._watches.setdefault(signal, []).append(watch)

    def _note(self, watch: _Watch, value: Scalar, at_s: float) -> None:
        if not watch.holds(value, watch.stands):
            watch.since_s = None
            if watch.stands:
                watch.stands = False
                self._book.end(watch.key, at_s)
            return
        watch.last = value
        if watch.stands:
            return
        watch.since_s = at_s if watch.since_s is None else watch.since_s
        if at_s - watch.since_s >= watch.delay_s:
            watch.stands = True
            self._book.stand(watch.occurrence(value), watch.since_s)
        else:
            self._waiting.add(watch.key.rpartition(":")[2])

    def _note_code(self, signal: Signal, value: Scalar, at_s: float) -> None:
        prefix = f"code:{signal.name}:"
        code = _code(signal, value)
        key = prefix + code
        if code:
            entry = self._registry.codes.get(code)
            title = entry.title if entry else code
            self._book.stand(
                Occurrence(
                    key=key,
                    kind="code",
                    title=title,
                    text=f"{code} {title}" if title != code else f"{signal.title}: {code}",
                    code=code,
                    severity=(entry.severity if entry else None) or self._registry.entries[signal.name].severity,
                    source=signal.source,
                    signal=signal.name,
                    machine=signal.machine,
                    component=(entry.component if entry else "") or signal.component,
                    access=signal.access,
                ),
                at_s,
            )
        self._book.end_others(prefix, [key] if code else [], at_s)

    def _watch_limits(self, signal: Signal, severity: Severity, delay_s: float) -> None:
        import numpy as np

        low, high = signal.limits.low, signal.limits.high
        named = np.array([abs(one) for one in (low, high) if one is not None] or [0.0])
        back = _BACK * scale_of(named, signal.limits)

        def occurrence(key: str, side: str, limit: float) -> Callable[[Scalar], Occurrence]:
            bound = f"{number_text(limit)} {signal.unit}".rstrip()
            title = f"{signal.title} {side} {bound}"
            return lambda value: Occurrence(
                key=key,
                kind="limit",
                title=title,
                text=f"{signal.title} {value_text(signal, value)}, {side} its limit of {bound}",
                severity=severity,
                source=signal.source,
                signal=signal.name,
                machine=signal.machine,
                component=signal.component,
                access=signal.access,
            )

        if high is not None:
            key = f"limit:high:{signal.name}"
            above = high
            self._add(
                signal.name,
                _Watch(
                    key,
                    lambda value, stands: _number(value) > (above - back if stands else above),
                    occurrence(key, "above", high),
                    delay_s,
                ),
            )
        if low is not None:
            key = f"limit:low:{signal.name}"
            below = low
            self._add(
                signal.name,
                _Watch(
                    key,
                    lambda value, stands: _number(value) < (below + back if stands else below),
                    occurrence(key, "below", low),
                    delay_s,
                ),
            )

    def _rule(self, key: str, rule: RuleEntry) -> _Watch:
        signal = self._registry.signals[rule.signal]
        return _Watch(
            key,
            lambda value, _: _fits(rule, value),
            lambda value: Occurrence(
                key=key,
                kind="rule",
                title=rule.title,
                text=f"{rule.title} ({signal.title}: {value_text(signal, value)})",
                code=rule.code,
                severity=rule.severity,
                source=signal.source,
                signal=signal.name,
                machine=signal.machine,
                component=signal.component if rule.component is None else rule.component,
                access=signal.access,
            ),
            rule.delay_s,
        )


def _code(signal: Signal, value: Scalar) -> str:
    if isinstance(value, str):
        text = value.strip()
        return "" if text in ("", "0") else text[:60]
    if isinstance(value, float) and not (math.isfinite(value) and value == int(value)):
        return ""
    return code_text(signal, int(value))


def _number(value: Scalar) -> float:
    """A number to compare; of a text NaN, which is neither above nor below anything."""
    return float(value) if not isinstance(value, str) else math.nan


def _fits(rule: RuleEntry, value: Scalar) -> bool:
    if rule.above is not None:
        return _number(value) > rule.above
    if rule.below is not None:
        return _number(value) < rule.below
    if rule.bit is not None:
        number = _number(value)
        return math.isfinite(number) and number == int(number) and bool(int(number) >> rule.bit & 1)
    if isinstance(rule.equals, str) or isinstance(value, str):
        return str(rule.equals) == str(value)
    assert rule.equals is not None
    return float(rule.equals) == float(value)
