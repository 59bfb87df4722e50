"""Network and power are measured beside the question, and waited for only where somebody must know."""

from __future__ import annotations

import threading

from copilot.routing.watching import ConditionsWatch
from sync.device.rules import Conditions


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_nothing_stands_in_the_way_before_the_first_measurement() -> None:
    measuring = threading.Event()

    def measure() -> Conditions:
        measuring.wait(20)
        return Conditions(metered=True)

    watch = ConditionsWatch(measure)
    watch.begin()
    assert watch.known == Conditions()
    measuring.set()

    assert watch.measured() == Conditions(metered=True)
    assert watch.known.metered


def test_a_measurement_holds_for_a_while() -> None:
    clock, times = Clock(), []

    def measure() -> Conditions:
        times.append(clock.now)
        return Conditions()

    watch = ConditionsWatch(measure, clock, fresh_s=60)
    for now in (0, 10, 59, 61, 70):
        clock.now = now
        watch.measured()

    assert times == [0, 61]


def test_a_system_that_does_not_answer_keeps_nobody_waiting() -> None:
    stuck = threading.Event()

    def measure() -> Conditions:
        stuck.wait(20)
        return Conditions()

    watch = ConditionsWatch(measure, longest_s=0.01)

    assert watch.measured() == Conditions()
    stuck.set()
