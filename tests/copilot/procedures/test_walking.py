"""The walk through a procedure, as a state machine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from copilot.procedures import walking
from copilot.procedures.parsing import parse
from copilot.procedures.recording import as_markdown
from copilot.procedures.values import Walk
from index.errors import UsageError

BEGUN = datetime(2026, 3, 12, 8, 0, tzinfo=UTC)
TEXT = "1. Open V5.\n2. Wait 1 minute.\n3. Tighten to 40 ± 2 Nm.\n4. Fill 16 l, at most 60 °C."
[PROCEDURE] = parse(TEXT, "Changing the oil")


def after(seconds: float) -> datetime:
    return BEGUN + timedelta(seconds=seconds)


@pytest.fixture
def walk() -> Walk:
    return walking.begin(PROCEDURE, BEGUN)


def test_checking_off_goes_on_to_the_next_open_step(walk: Walk) -> None:
    walk = walking.check_off(walk, after(5))

    assert (walk.at, walk.steps[0].status, walk.open_steps) == (1, "done", (1, 2, 3))


def test_time_is_counted_for_the_step_on_the_screen_and_not_while_paused(walk: Walk) -> None:
    walk = walking.pause(walk, after(10))
    walk = walking.resume(walk, after(1000))
    walk = walking.check_off(walk, after(1005))

    assert walk.steps[0].spent_s == 15
    assert walk.spent_s == 15


def test_what_lies_between_a_crash_and_going_on_does_not_count(walk: Walk) -> None:
    walk = walking.type_in(walk, "4", after(10))  # the last that was saved
    walk = walking.resume(walk, after(5000))
    walk = walking.check_off(walk, after(5002))

    assert walk.steps[0].spent_s == 12
    assert walk.steps[0].typed == "4"


def test_a_clock_that_is_set_back_counts_nothing(walk: Walk) -> None:
    walk = walking.check_off(walk, after(-3600))

    assert walk.steps[0].spent_s == 0


def test_skipping_wants_a_reason(walk: Walk) -> None:
    with pytest.raises(UsageError, match="reason"):
        walking.skip(walk, "  ", after(1))
    walk = walking.skip(walk, "no tool", after(1))

    assert (walk.steps[0].status, walk.steps[0].reason, walk.at) == ("skipped", "no tool", 1)


def test_going_back_takes_nothing_back_but_reopening_does(walk: Walk) -> None:
    walk = walking.back(walking.check_off(walk, after(1)), after(2))
    assert (walk.at, walk.steps[0].status) == (0, "done")

    walk = walking.reopen(walk, after(3))
    assert (walk.steps[0].status, walk.steps[0].ended_at) == ("open", None)


def test_a_value_replaces_the_one_for_the_same_limit_only(walk: Walk) -> None:
    walk = walking.go(walk, 3, after(1))
    walk = walking.enter(walk, "15 l", after(2))
    walk = walking.enter(walk, "50 °C", after(3))
    walk = walking.enter(walk, "16 l", after(4))

    assert [(one.text, one.verdict) for one in walk.state.entries] == [("50 °C", "in"), ("16 l", "in")]


def test_finishing_wants_every_step_and_says_which_are_open(walk: Walk) -> None:
    walk = walking.check_off(walk, after(1))
    with pytest.raises(UsageError, match="2, 3, 4"):
        walking.finish(walk, after(2))


def test_ending_early_wants_a_reason_and_leaves_the_rest_open(walk: Walk) -> None:
    with pytest.raises(UsageError):
        walking.end_early(walk, "", after(1))
    walk = walking.end_early(walk, "shift is over", after(1))

    assert (walk.status, walk.reason, walk.since) == ("ended", "shift is over", None)
    for action in (walking.check_off, walking.back, walking.pause, walking.resume, walking.finish):
        with pytest.raises(UsageError, match="over"):
            action(walk, after(2))


def test_waiting_that_was_cut_short_is_said(walk: Walk) -> None:
    walk = walking.go(walk, 1, after(0))
    assert walking.early(walk, 1, after(20)) == 40

    walk = walking.check_off(walk, after(20))
    assert walking.concerns(walk) == ("Step 2 says to wait 1 min; 40 s of that are missing.",)


def test_what_somebody_should_look_at_stands_in_the_record(walk: Walk) -> None:
    walk = walking.enter(walking.go(walk, 2, after(1)), "45 Nm", after(2))
    walk = walking.skip(walk, "wrench broken", after(3))
    walk = walking.enter(walking.go(walk, 3, after(4)), "warm", after(5))

    text = as_markdown(walk)

    assert "Step 3: 45 Nm is out." in text
    assert "Step 3 was skipped: wrench broken" in text
    assert "Step 4: warm is not checked." in text
    assert "- [-] 3. Tighten to 40 ± 2 Nm." in text


def test_a_procedure_without_steps_cannot_be_walked() -> None:
    with pytest.raises(UsageError):
        walking.begin(PROCEDURE.model_copy(update={"steps": ()}), BEGUN)


@pytest.mark.parametrize(("seconds", "said"), [(0, "0 s"), (59, "59 s"), (125, "2 min 5 s"), (4800, "1 h 20 min")])
def test_times_are_said_for_people(seconds: float, said: str) -> None:
    assert walking.said_s(seconds) == said


class Walked(RuleBasedStateMachine):
    """Whatever is done, in whatever order: nothing that was done is lost, and time only grows."""

    def __init__(self) -> None:
        super().__init__()
        self.now = BEGUN
        self.walk = walking.begin(PROCEDURE, BEGUN)
        self.settled: dict[int, str] = {}
        self.spent_s = 0.0

    def tick(self, seconds: int) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now

    @property
    def over(self) -> bool:
        return self.walk.status in ("finished", "ended")

    @precondition(lambda self: not self.over)
    @rule(seconds=st.integers(0, 600))
    def check_off(self, seconds: int) -> None:
        at = self.walk.at
        self.walk = walking.check_off(self.walk, self.tick(seconds))
        self.settled[at] = "done"

    @precondition(lambda self: not self.over)
    @rule(reason=st.sampled_from(["no tool", "not fitted"]))
    def skip(self, reason: str) -> None:
        at = self.walk.at
        self.walk = walking.skip(self.walk, reason, self.tick(1))
        self.settled[at] = "skipped"

    @precondition(lambda self: not self.over)
    @rule()
    def reopen(self) -> None:
        self.walk = walking.reopen(self.walk, self.tick(1))
        self.settled.pop(self.walk.at, None)

    @precondition(lambda self: not self.over)
    @rule(text=st.text(min_size=1, max_size=20).filter(str.strip))
    def enter(self, text: str) -> None:
        self.walk = walking.enter(self.walk, text, self.tick(1))
        assert self.walk.state.entries[-1].text == " ".join(text.split())

    @precondition(lambda self: not self.over)
    @rule(text=st.text(max_size=20), limit=st.none() | st.integers(0, 3))
    def type_in(self, text: str, limit: int | None) -> None:
        self.walk = walking.type_in(self.walk, text, self.tick(1), limit)

    @precondition(lambda self: not self.over)
    @rule(index=st.integers(-2, 6))
    def go(self, index: int) -> None:
        if 0 <= index < len(self.walk.steps):
            self.walk = walking.go(self.walk, index, self.tick(1))
            assert self.walk.at == index
        else:
            with pytest.raises(UsageError):
                walking.go(self.walk, index, self.now)

    @precondition(lambda self: not self.over)
    @rule(backwards=st.booleans())
    def turn(self, backwards: bool) -> None:
        self.walk = (walking.back if backwards else walking.forward)(self.walk, self.tick(1))

    @precondition(lambda self: not self.over)
    @rule(seconds=st.integers(0, 10_000))
    def pause(self, seconds: int) -> None:
        self.walk = walking.pause(self.walk, self.tick(1))
        spent = self.walk.spent_s
        self.walk = walking.resume(self.walk, self.tick(seconds))
        assert self.walk.spent_s == spent

    @precondition(lambda self: not self.over)
    @rule(seconds=st.integers(0, 10_000))
    def crash(self, seconds: int) -> None:
        kept = self.walk.model_dump_json()
        self.walk = walking.resume(Walk.model_validate_json(kept), self.tick(seconds))

    @precondition(lambda self: not self.over)
    @rule()
    def finish(self) -> None:
        if self.walk.open_steps:
            with pytest.raises(UsageError):
                walking.finish(self.walk, self.now)
        else:
            self.walk = walking.finish(self.walk, self.tick(1))

    @precondition(lambda self: self.over)
    @rule()
    def nothing_more_can_be_done(self) -> None:
        with pytest.raises(UsageError, match="over"):
            walking.check_off(self.walk, self.now)

    @invariant()
    def nothing_is_lost(self) -> None:
        assert {index: one.status for index, one in enumerate(self.walk.steps) if one.status != "open"} == self.settled
        assert 0 <= self.walk.at < len(self.walk.steps)
        assert self.walk.spent_s >= self.spent_s
        assert self.walk.spent_s <= (self.now - BEGUN).total_seconds()
        self.spent_s = self.walk.spent_s

    @invariant()
    def it_can_be_told_and_kept(self) -> None:
        assert Walk.model_validate_json(self.walk.model_dump_json()) == self.walk
        assert as_markdown(self.walk).startswith("# Changing the oil")


TestWalked = Walked.TestCase
TestWalked.settings = settings(max_examples=40, stateful_step_count=25)
