"""What is known now: the last value and the history of every signal, and how the sources fare.

Sources write to it from their thread, everybody else reads from theirs. Freshness is decided when it is read: a value
doesn't tell by itself that it has grown old.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from copilot.hmi.history import History, Minute, oddities, outside, trend_of
from copilot.hmi.history.history import movement
from copilot.hmi.registry import Registry
from copilot.hmi.values import Flag, Movement, Quality, Reading, Scalar, Signal, SignalState, SourceState, Trend

_FOR_TREND = 400  # values looked at for trend and flags
_LOOKED_AT_S = 2.0
"""For how long trend and oddities hold once computed: a screen asks four times a second, neither changes so fast."""
_CLOCK_AHEAD_S = 5.0  # by how much a source's clock may lead ours before ours is taken


@dataclass(slots=True)
class _Slot:
    signal: Signal
    history: History
    reading: Reading | None = None
    heard_s: float = 0.0
    silenced: bool = False
    looked_at_s: float = float("-inf")
    trend: Trend = field(default_factory=Trend)
    odd: tuple[Flag, ...] = ()


class Board:
    """The state of every signal of a registry.

    Args:
        registry: Which there are.
        clock: Seconds since 1970.
        values: Of each signal's history, see `History`.
        minutes: Of each signal's history.
    """

    def __init__(
        self, registry: Registry, clock: Callable[[], float], *, values: int = 1024, minutes: int = 1440
    ) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._slots = {
            signal.name: _Slot(signal, History(signal.limits, values, minutes, signal.stale_after_s or 60.0))
            for signal in registry.signals.values()
        }
        now = clock()
        self._sources = {
            source.name: SourceState(source.name, source.kind, "connecting", "not connected yet", now, 0, 0)
            for source in registry.sources.values()
        }
        self._minutes_ended: list[tuple[str, Minute]] = []
        self._stale: set[str] = set()

    def take(self, readings: Iterable[Reading]) -> list[Reading]:
        """Note values of signals that exist.

        Returns:
            Those that were noted, with their times put right: a time from the future is taken as now.
        """
        now = self._clock()
        noted: list[Reading] = []
        counts: dict[str, int] = {}
        with self._lock:
            for reading in readings:
                slot = self._slots.get(reading.signal)
                if slot is None:
                    continue
                if not 0 < reading.at_s <= now + _CLOCK_AHEAD_S:
                    reading = replace(reading, at_s=now)
                slot.reading = reading
                slot.heard_s = now
                slot.silenced = False
                if reading.value is not None and reading.quality in ("good", "uncertain"):
                    ended = slot.history.add(reading.at_s, reading.value)
                    if ended is not None:
                        self._minutes_ended.append((reading.signal, ended))
                noted.append(reading)
                counts[slot.signal.source] = counts.get(slot.signal.source, 0) + 1
            for source, count in counts.items():
                state = self._sources[source]
                self._sources[source] = replace(state, changes=state.changes + count)
        return noted

    def touch(self, signals: Iterable[str]) -> None:
        """Note that the source has confirmed these values without sending them anew."""
        now = self._clock()
        with self._lock:
            for name in signals:
                if (slot := self._slots.get(name)) is not None and slot.reading is not None:
                    slot.heard_s = now

    def silence(self, signals: Iterable[str]) -> None:
        """Note that nothing is known of these signals any more, until they are heard again."""
        with self._lock:
            for name in signals:
                if (slot := self._slots.get(name)) is not None:
                    slot.silenced = True

    def source_up(self, name: str) -> None:
        """Note that a source is connected."""
        with self._lock:
            state = self._sources[name]
            if state.condition != "up":
                self._sources[name] = replace(state, condition="up", reason="", since_s=self._clock())

    def source_down(self, name: str, reason: str) -> None:
        """Note that a source is lost; its signals are stale from here on, until each is heard again."""
        with self._lock:
            state = self._sources[name]
            since = state.since_s if state.condition == "down" else self._clock()
            self._sources[name] = replace(state, condition="down", reason=reason, since_s=since)
            for slot in self._slots.values():
                if slot.signal.source == name:
                    slot.silenced = True

    def source_rejected(self, name: str, count: int) -> None:
        """Count what a source sent that can't be read."""
        with self._lock:
            state = self._sources[name]
            self._sources[name] = replace(state, rejected=state.rejected + count)

    def source_holds(self, name: str) -> bool:
        """Whether what a source said last still holds."""
        with self._lock:
            state = self._sources.get(name)
            return state is not None and state.condition == "up"

    def sources(self) -> list[SourceState]:
        """How each source fares, in the order of the file."""
        with self._lock:
            return list(self._sources.values())

    def states(self, names: Sequence[str] | None = None) -> list[SignalState]:
        """The state of these signals, or of all, as of now; names that don't exist are left out."""
        now = self._clock()
        found = []
        with self._lock:
            for name in names if names is not None else self._slots:
                if (slot := self._slots.get(name)) is None:
                    continue
                quality = self._quality(slot, now)
                due = _is_measured(slot.signal, quality) and not 0 <= now - slot.looked_at_s < _LOOKED_AT_S
                found.append((slot, slot.reading, quality, slot.history.latest(_FOR_TREND) if due else None))
        return [_state(slot, reading, quality, values, now) for slot, reading, quality, values in found]

    def grown_old(self) -> list[str]:
        """Names of the signals that have become stale since this was last asked: no value comes to tell of it."""
        now = self._clock()
        with self._lock:
            stale = {name for name, slot in self._slots.items() if self._quality(slot, now) == "stale"}
            grown, self._stale = stale - self._stale, stale
        return sorted(grown)

    def state(self, name: str) -> SignalState | None:
        """The state of one signal; None where there is none of that name."""
        return next(iter(self.states([name])), None)

    def values(self, name: str, since_s: float = 0.0) -> list[tuple[float, Scalar]]:
        """The last values of a signal that are kept one by one."""
        with self._lock:
            slot = self._slots.get(name)
            return slot.history.values(since_s) if slot is not None else []

    def minutes(self, name: str, since_s: float = 0.0, until_s: float = float("inf")) -> list[Minute]:
        """The minutes of a signal."""
        with self._lock:
            slot = self._slots.get(name)
            return slot.history.minutes(since_s, until_s) if slot is not None else []

    def movement(self, name: str, since_s: float, until_s: float) -> Movement | None:
        """How a signal went in a time; None where nothing is known."""
        slot = self._slots.get(name)
        return movement(slot.signal, self.minutes(name, since_s, until_s)) if slot is not None else None

    def restore(self, name: str, minutes: Iterable[Minute]) -> None:
        """Take back minutes that were kept over a restart."""
        with self._lock:
            if (slot := self._slots.get(name)) is not None:
                slot.history.restore(iter(minutes))

    def ended_minutes(self) -> list[tuple[str, Minute]]:
        """The minutes that ended since this was last asked, with the signal's name."""
        with self._lock:
            ended, self._minutes_ended = self._minutes_ended, []
            return ended

    def _quality(self, slot: _Slot, now: float) -> Quality:
        if slot.reading is None:
            return "unknown"
        after = slot.signal.stale_after_s
        if slot.silenced or self._sources[slot.signal.source].condition != "up":
            return "stale"
        if after is not None and now - slot.heard_s > after:
            return "stale"
        return slot.reading.quality


def _is_measured(signal: Signal, quality: Quality) -> bool:
    """Whether it makes sense to ask where the signal is going."""
    return quality in ("good", "uncertain") and not signal.states and not signal.codes


def _state(
    slot: _Slot, reading: Reading | None, quality: Quality, values: Sequence[tuple[float, Scalar]] | None, now: float
) -> SignalState:
    signal = slot.signal
    if reading is None or reading.value is None or not _is_measured(signal, quality):
        return SignalState(signal, reading, quality, Trend(), (), now)
    if values is not None:
        slot.trend, slot.odd = trend_of(values, now, signal.limits), oddities(values, now, signal.limits)
        slot.looked_at_s = now
    return SignalState(signal, reading, quality, slot.trend, (*outside(reading.value, signal.limits), *slot.odd), now)
