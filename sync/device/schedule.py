"""Syncing by itself: at an interval with jitter, later and later while it fails, never in quiet hours."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from index.errors import EdgeCopilotError, SyncRefused
from sync.device.places import Places
from sync.device.rules import QuietHours
from sync.device.state import SyncState


@dataclass(frozen=True, slots=True)
class Interval:
    """How often.

    Attributes:
        every_s: Between two successful syncs.
        jitter: Share of it by which each is moved, so that a fleet doesn't come all at once.
        first_retry_s: After a failure; doubles with each further one, up to ``every_s``.
    """

    every_s: float = 3600.0
    jitter: float = 0.25
    first_retry_s: float = 60.0


def next_time(interval: Interval, failures: int, now: datetime, draw: float) -> datetime:
    """Return when to sync next.

    Args:
        interval: How often.
        failures: In a row.
        now: When the last sync ended.
        draw: From [0, 1).
    """
    if failures:
        wait_s = min(interval.every_s, interval.first_retry_s * 2.0 ** min(failures - 1, 30))
        return now + timedelta(seconds=wait_s * (0.5 + draw / 2))
    return now + timedelta(seconds=interval.every_s * (1 + interval.jitter * (2 * draw - 1)))


class Watch:
    """Syncs again and again until it is told to stop. What is due is kept, so that a restart neither skips nor repeats.

    Args:
        places: Of the data directory.
        sync: Syncs once; raises where it fails.
        interval: How often.
        quiet: Hours in which it waits.
        clock: The time, with the local time zone.
        draw: From [0, 1).
        tell: Told what happens, in sentences.
    """

    def __init__(
        self,
        places: Places,
        sync: Callable[[], None],
        interval: Interval,
        quiet: QuietHours | None,
        clock: Callable[[], datetime],
        draw: Callable[[], float],
        tell: Callable[[str], None],
    ) -> None:
        self._places, self._sync, self._interval, self._quiet = places, sync, interval, quiet
        self._clock, self._draw, self._tell = clock, draw, tell

    def run(self, stop: threading.Event, wait: Callable[[float], object] | None = None) -> None:
        """Go on until ``stop`` is set.

        Args:
            stop: Set it to end the watch; whoever syncs should look at it too.
            wait: Waits for so many seconds or until ``stop`` is set; default: for the event.
        """
        wait = wait or stop.wait
        while not stop.is_set():
            due_s = self.due_s()
            if due_s > 0:
                wait(min(due_s, 3600.0))  # a clock that is set meanwhile is noticed within the hour
                continue
            self._once(stop)

    def due_s(self) -> float:
        """Return in how many seconds the next sync is due; 0 where it is."""
        now = self._clock()
        planned = SyncState.read(self._places).next_at
        longest = timedelta(seconds=self._interval.every_s * (1 + self._interval.jitter))
        # What lies further ahead than any plan can was planned by a clock that has been set since.
        at = now if planned is None or planned - now > longest else max(now, planned)
        if self._quiet is not None and self._quiet.contain(at.astimezone(now.tzinfo)):
            at = self._quiet.over_at(at.astimezone(now.tzinfo))
        return (at - now).total_seconds()

    def _once(self, stop: threading.Event) -> None:
        try:
            self._sync()
        except SyncRefused as refused:
            self._tell(refused.message)
            self._plan(failed=False)
        except EdgeCopilotError as error:
            if stop.is_set():
                return
            failures = self._plan(failed=True)
            self._tell(f"{error.message} Tried {failures} times; next at {self._next():%H:%M}.")
        else:
            self._plan(failed=False)

    def _plan(self, failed: bool) -> int:
        state = SyncState.read(self._places)
        failures = max(state.failures, 1) if failed else 0
        at = next_time(self._interval, failures, self._clock(), self._draw())
        state.with_(next_at=at).write(self._places)
        return failures

    def _next(self) -> datetime:
        planned = SyncState.read(self._places).next_at
        now = self._clock()
        return planned.astimezone(now.tzinfo) if planned else now
