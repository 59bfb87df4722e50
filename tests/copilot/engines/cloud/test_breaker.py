"""The circuit breaker, against a model of it."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from copilot.engines.cloud.breaker import Breaker

FAILURES, PAUSE_S, LONGEST_S = 3, 10.0, 40.0


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def opened() -> tuple[Breaker, Clock]:
    clock = Clock()
    breaker = Breaker(clock, failures=FAILURES, pause_s=PAUSE_S, longest_s=LONGEST_S)
    for _ in range(FAILURES):
        assert breaker.begin()
        breaker.failed()
    return breaker, clock


def test_it_opens_after_failures_in_a_row_and_lets_one_try_after_the_pause() -> None:
    breaker, clock = opened()
    assert breaker.state == "open"
    assert not breaker.begin()

    clock.now = PAUSE_S

    assert breaker.state == "half-open"
    assert breaker.begin()
    assert not breaker.begin(), "one at a time"
    breaker.succeeded()
    assert breaker.state == "closed"


def test_a_trial_that_fails_doubles_the_pause() -> None:
    breaker, clock = opened()
    for pause in (20.0, 40.0, 40.0):
        clock.now += 1000
        assert breaker.begin()
        breaker.failed()
        clock.now += pause - 0.1
        assert breaker.state == "open"
        clock.now += 0.1
        assert breaker.state == "half-open"


def test_an_endpoint_that_asks_for_a_pause_gets_it_at_once() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    assert breaker.begin()
    breaker.failed(asked_s=120.0)

    clock.now = 119.0
    assert not breaker.ready
    clock.now = 120.0
    assert breaker.ready


def test_a_success_between_failures_keeps_it_closed() -> None:
    breaker = Breaker(Clock(), failures=2)
    for _ in range(5):
        breaker.begin()
        breaker.failed()
        breaker.begin()
        breaker.succeeded()

    assert breaker.state == "closed"


class Machine(RuleBasedStateMachine):
    """Requests begin and end in any order and number, while time passes."""

    @initialize()
    def begin(self) -> None:
        self.clock = Clock()
        self.breaker = Breaker(self.clock, failures=FAILURES, pause_s=PAUSE_S, longest_s=LONGEST_S)
        self.running: list[str] = []
        self.closed_failures = 0

    @rule(seconds=st.floats(0.1, 100))
    def time_passes(self, seconds: float) -> None:
        self.clock.now += seconds

    @rule()
    def request(self) -> None:
        state = self.breaker.state
        ready = self.breaker.ready
        let_through = self.breaker.begin()
        assert let_through == ready
        if state == "open":
            assert not let_through
        if let_through:
            self.running.append(state)

    @precondition(lambda self: self.running)
    @rule(how=st.sampled_from(["succeeded", "failed", "abandoned"]))
    def request_ends(self, how: str) -> None:
        self.running.pop(0)
        before = self.breaker.state
        getattr(self.breaker, how)()
        if how == "succeeded":
            assert self.breaker.state == "closed"
            self.closed_failures = 0
        elif how == "failed":
            self.closed_failures += 1
            if self.closed_failures >= FAILURES:
                assert self.breaker.state == "open"
        else:
            assert self.breaker.state == before

    @invariant()
    def it_is_never_open_longer_than_the_longest_pause(self) -> None:
        if self.breaker.state == "open":
            now, self.clock.now = self.clock.now, self.clock.now + LONGEST_S
            assert self.breaker.state == "half-open"
            self.clock.now = now


Machine.TestCase.settings = settings(max_examples=60, stateful_step_count=40)
TestBreaker = Machine.TestCase
