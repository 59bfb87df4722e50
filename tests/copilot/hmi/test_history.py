"""Rings of values and minutes, trends, and what is odd about a signal."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.hmi.history import History, oddities, outside, trend_of
from copilot.hmi.history.history import movement
from copilot.hmi.values import Limits, Signal

NOW = 10_000.0


def series(values: list[float], step_s: float = 1.0) -> list[tuple[float, float]]:
    begun = NOW - step_s * (len(values) - 1)
    return [(begun + at * step_s, value) for at, value in enumerate(values)]


def noisy(values: list[float], noise: float, seed: int = 1) -> list[float]:
    rng = random.Random(seed)
    return [value + rng.gauss(0, noise) for value in values]


def test_a_ramp_in_noise_rises_at_its_rate() -> None:
    trend = trend_of(series(noisy([760 + at for at in range(60)], 3.0)), NOW, Limits(430, 800))

    assert trend.direction == "rising"
    assert trend.rate_per_s == pytest.approx(1.0, rel=0.1)


def test_noise_alone_goes_nowhere() -> None:
    for seed in range(30):
        trend = trend_of(series(noisy([640.0] * 60, 3.0, seed)), NOW, Limits(430, 800))
        assert trend.direction == "steady", seed


def test_a_spike_is_no_trend() -> None:
    values = [640.0] * 60
    values[30] = 5000.0

    assert trend_of(series(values), NOW, Limits(430, 800)).direction == "steady"


def test_a_sure_but_tiny_drift_is_no_trend() -> None:
    assert trend_of(series([640 + at * 0.001 for at in range(60)]), NOW, Limits(430, 800)).direction == "steady"


def test_one_value_says_nothing_of_a_trend_until_it_has_held_for_a_while() -> None:
    assert trend_of([(NOW - 1, 640.0)], NOW).direction == "unknown"
    assert trend_of([(NOW - 300, 640.0)], NOW).direction == "steady"
    assert trend_of([], NOW).direction == "unknown"


@given(
    st.lists(st.tuples(st.floats(0, NOW), st.floats(-1e12, 1e12) | st.booleans() | st.text(max_size=3)), max_size=60)
)
def test_no_history_breaks_trend_or_flags(values: list[tuple[float, float]]) -> None:
    values.sort(key=lambda one: one[0])
    trend = trend_of(values, NOW, Limits(-5, 5))

    assert trend.direction in ("rising", "falling", "steady", "unknown")
    oddities(values, NOW, Limits(-5, 5))


FLAGS = {
    "a jump": ([*noisy([640.0] * 100, 1.0), 690.0, 690.5], "jump"),
    "far from where it mostly is": ([*noisy([640.0] * 100, 1.0), 700.0], "unusual"),
    "no longer moving": (noisy([640.0] * 60, 1.0) + [640.0] * 25, "frozen"),
}


@pytest.mark.parametrize(("values", "flag"), FLAGS.values(), ids=FLAGS.keys())
def test_an_oddity_is_seen(values: list[float], flag: str) -> None:
    assert flag in oddities(series(values), NOW, Limits(430, 800))


@pytest.mark.parametrize(
    ("value", "flags"), [(810, ("above_limit",)), (420.0, ("below_limit",)), (800, ()), (430, ()), ("run", ())]
)
def test_a_value_outside_its_limits_is_seen_at_once(value: float | str, flags: tuple[str, ...]) -> None:
    assert outside(value, Limits(430, 800)) == flags


def test_a_healthy_signal_has_no_flags() -> None:
    for seed in range(30):
        assert oddities(series(noisy([640.0] * 200, 3.0, seed)), NOW, Limits(430, 800)) == ()


def test_a_signal_that_always_stood_still_is_not_frozen() -> None:
    assert oddities(series([1.8] * 200), NOW, Limits()) == ()


@given(
    st.lists(st.tuples(st.floats(0.1, 50), st.floats(-1e6, 1e6)), min_size=1, max_size=200),
    st.integers(1, 50),
    st.integers(1, 20),
)
def test_rings_hold_the_newest_and_minutes_lose_nothing(
    steps: list[tuple[float, float]], values: int, minutes: int
) -> None:
    history = History(Limits(-10, 10), values, minutes)
    at = 0.0
    told: list[tuple[float, float]] = []
    for step, value in steps:
        at += step
        history.add(at, value)
        told.append((at, value))

    assert history.values() == told[-values:]
    assert history.latest(3) == told[-values:][-3:]
    kept = history.minutes()
    assert len(kept) <= minutes + 1
    begun = kept[0].start_s
    inside = [value for when, value in told if when >= begun]
    assert sum(minute.count for minute in kept) == len(inside)
    assert min(minute.least for minute in kept) == min(inside)
    assert max(minute.most for minute in kept) == max(inside)
    assert kept[-1].last == inside[-1]


def test_time_outside_the_limits_is_counted_and_a_broken_link_is_not() -> None:
    history = History(Limits(high=800), longest_gap_s=30)
    for at, value in ((0, 700), (10, 810), (20, 805), (30, 700), (40, 900), (4000, 700)):
        history.add(float(at), float(value))

    one = movement(Signal("dc", "DC", "plc"), history.minutes())

    assert one.outside_s == 20
    assert (one.first, one.last, one.least, one.most) == (700, 700, 700, 900)


def test_a_quiet_signal_counts_with_the_value_that_it_kept() -> None:
    history = History(Limits())
    history.add(0.0, 100.0)
    history.add(60 * 9.0, 200.0)

    assert movement(Signal("x", "x", "y"), history.minutes()).mean == pytest.approx(110.0)
