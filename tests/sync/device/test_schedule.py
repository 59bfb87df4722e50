"""Syncing by itself."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from index.errors import NetworkError, SyncRefused
from sync.device.places import Places
from sync.device.rules import QuietHours
from sync.device.schedule import Interval, Watch, next_time
from sync.device.state import Failure, SyncState

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOURLY = Interval(every_s=3600, jitter=0.25, first_retry_s=60)


class World:
    """A clock that waiting moves on, a hub that is there or not, and a watch that ends after some syncs."""

    def __init__(self, folder: Path, quiet: str | None = None, ends_after: int = 3) -> None:
        self.now = NOW
        self.places = Places(folder)
        self.stop = threading.Event()
        self.at: list[datetime] = []
        self.told: list[str] = []
        self.faults: list[Exception | None] = []
        self.ends_after = ends_after
        hours = QuietHours.parse(quiet) if quiet else None
        self.watch = Watch(
            self.places, self.sync, HOURLY, hours, lambda: self.now, lambda: 0.5, self.told.append
        )  # fmt: skip

    def sync(self) -> None:
        self.at.append(self.now)
        if len(self.at) >= self.ends_after:
            self.stop.set()
        fault = self.faults.pop(0) if self.faults else None
        state = SyncState.read(self.places)
        if fault is not None:
            if not isinstance(fault, SyncRefused):
                failure = Failure(kind="NetworkError", message="out of reach")
                state.with_(failures=state.failures + 1, last_error=failure).write(self.places)
            raise fault
        state.with_(failures=0, last_error=None).write(self.places)

    def wait(self, seconds: float) -> None:
        assert seconds > 0
        self.now += timedelta(seconds=seconds)

    def run(self) -> list[float]:
        self.watch.run(self.stop, self.wait)
        return [(at - NOW).total_seconds() for at in self.at]


def test_it_syncs_at_once_and_then_at_the_interval(tmp_path: Path) -> None:
    assert World(tmp_path).run() == [0, 3600, 7200]


def test_after_failures_it_waits_longer_and_longer_up_to_the_interval(tmp_path: Path) -> None:
    world = World(tmp_path, ends_after=9)
    world.faults = [NetworkError("out of reach")] * 8

    times = world.run()

    gaps = [later - earlier for earlier, later in zip(times, times[1:], strict=False)]  # noqa: RUF007
    assert gaps == [45, 90, 180, 360, 720, 1440, 2700, 2700]
    assert world.told[0] == "out of reach Tried 1 times; next at 12:00."


def test_what_the_rules_forbid_is_no_failure(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.faults = [SyncRefused("This network is metered.")]

    assert world.run() == [0, 3600, 7200]
    assert world.told == ["This network is metered."]


def test_a_restart_neither_skips_nor_repeats(tmp_path: Path) -> None:
    World(tmp_path, ends_after=1).run()

    later = World(tmp_path, ends_after=1)
    later.now = NOW + timedelta(minutes=20)

    assert later.run() == [3600]


def test_quiet_hours_are_slept_through(tmp_path: Path) -> None:
    world = World(tmp_path, quiet="11:30-14:00", ends_after=2)

    assert world.run() == [7200, 10800]


def test_a_plan_made_by_a_clock_that_was_far_ahead_counts_for_nothing(tmp_path: Path) -> None:
    SyncState(next_at=NOW + timedelta(days=3650)).write(Places(tmp_path))

    assert World(tmp_path, ends_after=1).run() == [0]


def test_told_to_stop_while_it_waits_it_ends(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.stop.set()

    assert world.run() == []


@given(failures=st.integers(0, 200), draw=st.floats(0, 1, exclude_max=True))
def test_the_next_time_lies_ahead_and_not_too_far(failures: int, draw: float) -> None:
    wait = (next_time(HOURLY, failures, NOW, draw) - NOW).total_seconds()

    assert 30 <= wait <= 3600 * 1.25


def test_a_damaged_state_is_begun_anew(tmp_path: Path) -> None:
    places = Places(tmp_path)
    places.state.write_bytes(b"\0half")

    assert SyncState.read(places) == SyncState()


def test_a_state_of_a_newer_version_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    places = Places(tmp_path)
    places.state.write_text('{"format": 1, "failures": 2, "unheard_of": true}')

    assert SyncState.read(places).failures == 2
