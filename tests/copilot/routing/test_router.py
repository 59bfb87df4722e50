"""The decision alone: rules first and last, the learned part between, every reason a sentence."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.answering.confidence import Judgement
from copilot.routing import router, signals
from copilot.routing.learned import LearnedRouter
from copilot.routing.surroundings import RoutePolicy, Surroundings
from index.passages import SearchResult
from sync.device.rules import QuietHours
from tests.copilot.engines.cloud.asking import passage

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
surroundings = st.builds(
    Surroundings,
    now=st.datetimes(timezones=st.just(UTC)),
    link=st.sampled_from(["up", "down", "unknown"]),
    metered=st.sampled_from([None, True, False]),
    on_mains=st.booleans(),
    battery_percent=st.one_of(st.none(), st.floats(0, 100)),
    over_budget=st.sampled_from(["", "today's budget is spent."]),
    temperature_c=st.one_of(st.none(), st.floats(-20, 110)),
    round_trip_s=st.one_of(st.none(), st.floats(0, 10)),
    first_word_s=st.one_of(st.none(), st.floats(0, 60)),
)
policies = st.builds(
    RoutePolicy,
    threshold=st.floats(0, 2),
    on_metered=st.booleans(),
    least_battery_percent=st.integers(0, 100),
    hours=st.sampled_from([None, QuietHours.parse("22:00-06:00"), QuietHours.parse("06:00-22:00")]),
    queue=st.booleans(),
    slowest_link_s=st.one_of(st.none(), st.floats(0.01, 10)),
    hot_c=st.one_of(st.none(), st.floats(20, 110)),
)
left = st.one_of(st.none(), st.floats(0, 60))
wishes = st.sampled_from(["auto", "cloud"])


def barred(policy: RoutePolicy, around: Surroundings) -> bool:
    charge = around.battery_percent
    return (
        bool(around.over_budget)
        or (around.metered is True and not policy.on_metered)
        or (not around.on_mains and charge is not None and charge < policy.least_battery_percent)
        or (policy.hours is not None and not policy.hours.contain(around.now))
    )


@given(wishes, policies, surroundings, st.floats(-10, 10), left)
def test_rules_have_the_last_word_whatever_the_score_says(
    wish: str, policy: RoutePolicy, around: Surroundings, bias: float, left_s: float | None
) -> None:
    decision = router.after(wish, {}, LearnedRouter(bias=bias), policy, around, left_s)  # type: ignore[arg-type]

    if barred(policy, around):
        assert decision.target == "local"
    if around.link == "down":
        assert decision.target != "cloud"
    if decision.target == "queue":
        assert policy.queue
    if decision.target == "cloud" and wish == "auto":
        hot = policy.hot_c is not None and around.temperature_c is not None and around.temperature_c >= policy.hot_c
        assert policy.threshold <= 1
        assert hot or policy.threshold <= 0 or (decision.probability or 0) >= policy.threshold
        assert left_s is None or left_s >= max(1.0, around.first_word_s or 0)
        assert policy.slowest_link_s is None or (around.round_trip_s or 0) <= policy.slowest_link_s
    assert decision.reason.endswith(".")
    assert "\n" not in decision.reason


@given(wishes, policies, surroundings)
def test_what_is_settled_before_is_not_overturned_after(wish: str, policy: RoutePolicy, around: Surroundings) -> None:
    leaning, reason = router.before(wish, None, policy, around)  # type: ignore[arg-type]
    decision = router.after(wish, {}, LearnedRouter(bias=20), policy, around)  # type: ignore[arg-type]

    if leaning == "local":
        assert reason.endswith(".")
        assert decision.target == "local" or policy.threshold > 1
    elif wish == "cloud":
        assert leaning == "cloud"


@given(st.floats(-8, 8), st.floats(0, 1), st.floats(0, 1))
def test_a_higher_threshold_never_sends_more(bias: float, one: float, other: float) -> None:
    low, high = sorted((one, other))
    around = Surroundings(NOON, "up")

    def sent(threshold: float) -> bool:
        decision = router.after("auto", {}, LearnedRouter(bias=bias), RoutePolicy(threshold=threshold), around)
        return decision.target == "cloud"

    assert sent(low) or not sent(high)


def test_a_wish_to_stay_is_settled_at_once() -> None:
    assert router.before("local", None, RoutePolicy(threshold=0), Surroundings(NOON))[0] == "local"


def test_who_has_no_time_is_answered_here() -> None:
    leaning, reason = router.before("auto", 0.5, RoutePolicy(), Surroundings(NOON))

    assert leaning == "local"
    assert "no time" in reason


def test_a_larger_model_that_is_known_to_begin_late_is_not_asked_by_a_person_in_a_hurry() -> None:
    slow = Surroundings(NOON, "up", first_word_s=6.5)
    sure = LearnedRouter(bias=10)

    assert router.before("auto", 4.0, RoutePolicy(), slow)[0] == "local"
    late = router.after("auto", {}, sure, RoutePolicy(), slow, 4.0)
    assert (late.target, "takes 6.5 s to begin" in late.reason) == ("local", True)
    assert router.after("auto", {}, sure, RoutePolicy(), slow, 8.0).target == "cloud"
    assert router.after("cloud", {}, sure, RoutePolicy(), slow, 4.0).target == "cloud", "who wishes it takes the risk"


def test_over_a_slow_link_only_wishes_leave() -> None:
    slow, sure = Surroundings(NOON, "up", round_trip_s=2.2), LearnedRouter(bias=10)
    policy = RoutePolicy(slowest_link_s=0.5)

    stays = router.after("auto", {}, sure, policy, slow)
    assert (stays.target, "a round trip takes 2.2 s" in stays.reason) == ("local", True)
    assert router.before("auto", None, policy, slow)[0] == "local"
    assert router.after("cloud", {}, sure, policy, slow).target == "cloud"
    assert router.after("auto", {}, sure, policy, Surroundings(NOON, "up", round_trip_s=0.1)).target == "cloud"


def test_a_hot_device_is_spared_where_somebody_else_can_answer() -> None:
    policy, easy = RoutePolicy(hot_c=85.0), LearnedRouter(bias=-10)
    hot = Surroundings(NOON, "up", temperature_c=91.0)

    assert router.before("auto", None, policy, hot) == ("cloud", ""), "it does not even read first"
    spared = router.after("auto", {}, easy, policy, hot)
    assert (spared.target, "91 °C" in spared.reason) == ("cloud", True)
    assert router.after("auto", {}, easy, policy, Surroundings(NOON, "down", temperature_c=91.0)).target == "local"
    assert router.after("auto", {}, easy, policy, Surroundings(NOON, "up", temperature_c=60.0)).target == "local"
    never = RoutePolicy(threshold=2.0, hot_c=85.0)
    assert router.after("auto", {}, easy, never, hot).target == "local", "never is never"


def test_the_reason_names_what_spoke_for_a_larger_model() -> None:
    learned = LearnedRouter(bias=0.2, weights={"comparison": 2.0, "words": 0.1}, typical={"comparison": 0.1})

    decision = router.after("auto", {"comparison": 1.0, "words": 0.5}, learned, RoutePolicy(), Surroundings(NOON, "up"))

    assert decision.target == "cloud"
    assert "it asks for a comparison" in decision.reason


@pytest.mark.parametrize(
    ("question", "signal"),
    [
        ("what is the difference between G38.2 and G38.3", "comparison"),
        ("is the small pump faster than the large one", "comparison"),
        ("how many litres per hour if it runs at 50 Hz", "calculation"),
        ("why does the drive trip after the brake was changed", "reasoning"),
        ("how do I replace the brake", "procedure"),
        ("what torque do the screws need", "table"),
        ("what is F0012 and how do I clear it", "multi"),
        ("Wie stelle ich die Bremse richtig ein", "foreign"),
    ],
)
def test_signals_of_a_question(question: str, signal: str) -> None:
    assert signals.of_question(question)[signal] == 1.0


def test_a_plain_question_has_few_signals() -> None:
    found = signals.of_question("what does F0012 mean")

    assert {name for name, value in found.items() if value} == {"words", "parts", "identifiers"}


@given(st.text(min_size=1, max_size=300))
def test_signals_are_numbers_whatever_is_asked(question: str) -> None:
    found = signals.of_question(question, follow_up=True)

    assert all(isinstance(value, float) and 0 <= value < 1000 for value in found.values())


def test_signals_of_evidence_say_how_well_it_fits() -> None:
    first, second = passage(), passage("The gearbox holds oil.", number=2, rank=2)
    result = SearchResult("torque of the brake screws", 1.0, (first, second), "hybrid")

    found = signals.of_evidence("torque of the brake screws", result)

    assert (found["found"], found["margin"], found["one_document"]) == (1.0, 0.0, 0.0)
    assert 0 < found["coverage"] <= found["coverage_together"] <= 1
    assert signals.of_evidence("x", SearchResult("x", 1.0, (), "hybrid")) == {"found": 0.0}


def test_signals_of_a_reading() -> None:
    judgement = Judgement(0.3, False, "small", {"yes_logit": -1.5, "coverage": 0.5})

    assert signals.of_reading(judgement) == {"answerable": 0.3, "refuses": 1.0, "yes_logit": -1.5}
    assert signals.of_reading(None) == {}
    assert signals.of_tier("small") == {"tier_small": 1.0}


@given(surroundings, left)
def test_how_things_stand_is_told_and_never_learned_from(around: Surroundings, left_s: float | None) -> None:
    told = signals.of_surroundings(around, left_s)

    assert set(told) <= signals.FOR_RULES_ALONE
    assert not signals.FOR_RULES_ALONE & set(signals.of_question("why does F0012 follow F0013"))
