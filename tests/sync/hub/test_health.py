"""A candidate moves on only while the canaries' health stays within the gates; else it halts."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sync.device.choosing import chosen_release, takes_candidate
from sync.format import Cohort, Gates, Publication
from sync.hub import rollout
from sync.hub.health import judge
from sync.receiver.storage import Observation
from tests.sync.hub.publications import COHORTS, NOW, observation, publication


def verdict(observations: list[Observation], since: datetime = NOW, **gates: object) -> tuple[str, str]:
    judged = judge(publication(**gates), observations, since, NOW)  # type: ignore[arg-type]
    return judged.action, " ".join(judged.reasons)


class TestMovingOn:
    def test_when_enough_devices_report_good_health(self) -> None:
        assert verdict([observation("a"), observation("b")], reports=2)[0] == "advance"

    def test_not_before_enough_have_reported(self) -> None:
        action, said = verdict([observation("a")], reports=2)

        assert (action, said) == ("wait", "1 of 2 devices that must report have done so.")

    def test_never_without_any_report_even_where_none_is_asked_for(self) -> None:
        assert verdict([], reports=0)[0] == "wait"

    def test_not_before_a_stage_has_lasted(self) -> None:
        action, said = verdict([observation()], since=NOW - timedelta(hours=5), soak_hours=24)

        assert action == "wait"
        assert "another 19.0 hours" in said

    def test_not_before_the_canary_questions_were_asked(self) -> None:
        assert verdict([observation(canaries_asked=0, canaries_passed=0)])[0] == "wait"

    def test_what_was_reported_of_another_generation_does_not_count(self) -> None:
        assert verdict([observation(generation=1)])[0] == "wait"


class TestHalting:
    @pytest.mark.parametrize(
        ("counts", "said"),
        [
            ({"canaries_passed": 3}, "3 of 4 canary questions"),
            ({"answers": 90, "errors": 10}, "10.0% of 100 questions failed"),
            ({"answers": 50, "abstentions": 50}, "rose by 30.0% to 50.0%"),
            ({"refused": "damaged"}, "1 of 1 devices would not switch"),
        ],
        ids=["a canary question", "errors", "abstentions", "a device that refuses"],
    )
    def test_one_broken_bound_is_enough(self, counts: dict[str, object], said: str) -> None:
        stable = observation("old", generation=1, answers=80, abstentions=20)

        action, reasons = verdict([stable, observation(**counts)], reports=50)

        assert (action, said in reasons) == ("halt", True), reasons

    def test_a_bound_may_allow_for_some(self) -> None:
        assert verdict([observation(canaries_passed=3)], canaries_found=0.75)[0] == "advance"
        assert verdict([observation(answers=99, errors=1)], error_rate=0.01)[0] == "advance"

    def test_few_questions_say_nothing_about_a_rate(self) -> None:
        assert verdict([observation(answers=10, errors=3)])[0] == "advance"

    def test_a_fleet_that_always_abstained_much_may_go_on(self) -> None:
        stable = observation("old", generation=1, answers=50, abstentions=50)

        assert verdict([stable, observation(answers=40, abstentions=60)])[0] == "advance"


@pytest.mark.parametrize(("candidate", "stage"), [(None, "all"), (2, "halted")])
def test_without_a_candidate_on_its_way_there_is_nothing_to_decide(candidate: int | None, stage: str) -> None:
    assert judge(publication(candidate, stage), [observation()], NOW, NOW).action == "none"


DEVICES = [f"00000000-0000-0000-0000-{number:012}" for number in range(30)]
ORDER = ["canary", "early", "all"]


class RolloutMachine(RuleBasedStateMachine):
    """A hub, its devices and time, in any order; the devices choose as real ones do."""

    published: Publication
    seen: dict[str, Observation]

    @initialize(
        reports=st.integers(0, 4),
        soak_hours=st.sampled_from([0.0, 6.0]),
        stage=st.sampled_from(["canary", "early"]),
        percent=st.sampled_from([5.0, 20.0]),
    )
    def publish(self, reports: int, soak_hours: float, stage: str, percent: float) -> None:
        cohorts = {"canary": Cohort(percent=percent), "early": COHORTS["early"]}
        self.gates = Gates(reports=reports, soak_hours=soak_hours)
        self.published = publication(2, stage, cohorts, **self.gates.model_dump())
        self.now = self.since = NOW
        self.seen = {}
        self.went_back: set[str] = set()
        self.told_bad = False

    def _take(self, device: str, observed: Observation) -> None:
        self.seen[device] = observed

    @rule(device=st.sampled_from(DEVICES))
    def sync_well(self, device: str) -> None:
        if takes_candidate(self.published, device, ()) and self.published.rollout.candidate:
            self._take(device, observation(device))

    @rule(device=st.sampled_from(DEVICES))
    def fail_a_canary_question(self, device: str) -> None:
        if takes_candidate(self.published, device, ()) and self.published.rollout.candidate:
            self._take(device, observation(device, canaries_passed=3, refused="a canary question found nothing"))
            self.told_bad = True

    @rule(hours=st.integers(1, 5))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def evaluate(self) -> None:
        before = self.published.rollout
        judged = judge(self.published, list(self.seen.values()), self.since, self.now)
        if judged.action == "none":
            return
        bad = any(one.canaries_passed < one.canaries_asked for one in self.seen.values())
        assert (judged.action == "halt") == bad
        if judged.action == "advance":
            good = [one for one in self.seen.values() if one.refused is None]
            assert len(good) >= max(1, self.gates.reports)
            assert self.now - self.since >= timedelta(hours=self.gates.soak_hours)
            self.published = rollout.advanced(self.published)
            assert ORDER.index(self.published.rollout.stage) == ORDER.index(before.stage) + 1
            self.since = self.now
        elif judged.action == "halt":
            self.published = rollout.halted(self.published)

    @precondition(lambda self: self.published.rollout.stage == "halted")
    @rule()
    def start_again(self) -> None:
        self.published = rollout.started("canary")(self.published)
        self.since, self.seen, self.told_bad = self.now, {}, False

    @invariant()
    def a_halted_candidate_is_taken_by_nobody(self) -> None:
        if self.published.rollout.stage == "halted":
            assert {chosen_release(self.published, device, ("canary",)).number for device in DEVICES} == {1}

    @invariant()
    def only_the_cohorts_so_far_have_the_candidate(self) -> None:
        stage = self.published.rollout.stage
        share = {"canary": self.published.rollout.cohorts["canary"].percent, "early": 50.0, "all": 100.0, "halted": 0.0}
        taking = sum(chosen_release(self.published, device, ()).number == 2 for device in DEVICES)
        assert (taking == len(DEVICES)) == (stage == "all")
        assert taking <= len(DEVICES) * share[stage] / 100 + 8

    @invariant()
    def a_bad_candidate_never_reaches_everybody(self) -> None:
        if self.told_bad:
            assert self.published.rollout.stage != "all"


TestRollout = RolloutMachine.TestCase
TestRollout.settings = settings(max_examples=60, stateful_step_count=40)
