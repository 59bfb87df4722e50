"""Calibration: a truth that the signals hold is found again; too few questions are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.answering.confidence import load_calibration
from copilot.evaluation.calibration import MIN_OF_EACH, fit, logistic, require_enough, write_calibration
from copilot.evaluation.runner import Outcome
from index.errors import UsageError
from tests.copilot.evaluation.outcomes import abstained, answer, outcome, question


def judged(answerable: bool, yes_logit: float, tier: str = "tiny", **signals: float) -> Outcome:
    asked = question() if answerable else question(kind="unanswerable")
    return outcome(asked, answer(signals={"yes_logit": yes_logit, **signals}, tier=tier))


def separable(tier: str = "tiny") -> list[Outcome]:
    return [judged(True, 1.0 + at / 10, tier) for at in range(20)] + [
        judged(False, -1.0 - at / 10, tier) for at in range(8)
    ]


def test_a_separable_truth_is_recovered() -> None:
    fitted = fit(separable(), "test")

    assert fitted.weights["yes_logit"] > 0
    verdicts = [fitted.judge({"yes_logit": logit}).answers for logit in (-2.0, -1.0, 1.2, 3.0)]
    assert verdicts == [False, False, True, True]
    assert fitted.judge({"yes_logit": 0.0}).probability == pytest.approx(0.5, abs=0.1)
    assert fitted.fitted_on == "test: 20 answerable, 8 unanswerable questions"


def test_at_most_one_answerable_question_in_twenty_is_refused_by_the_threshold() -> None:
    random = np.random.default_rng(7)
    outcomes = [judged(True, float(logit)) for logit in random.normal(1.0, 1.0, 200)]
    outcomes += [judged(False, float(logit)) for logit in random.normal(-1.0, 1.0, 50)]

    fitted = fit(outcomes, "test")
    refused = [
        not fitted.judge(found.answer.judgement.signals).answers
        for found in outcomes
        if found.question.answerable and found.answer.judgement
    ]

    assert sum(refused) <= 0.05 * len(refused) + 1


def test_the_share_of_unanswerable_questions_does_not_decide() -> None:
    # Owners write few of them; that they are few says nothing about how often they are asked.
    few = logistic(np.array([[2.0]] * 60 + [[-2.0]] * 5), np.array([1.0] * 60 + [0.0] * 5))
    even = logistic(np.array([[2.0]] * 30 + [[-2.0]] * 30), np.array([1.0] * 30 + [0.0] * 30))

    assert few[0] / few[1][0] == pytest.approx(even[0] / even[1][0], abs=0.05)


@given(
    st.floats(-3, 3),
    st.lists(st.floats(0.5, 3), min_size=2, max_size=2),
    st.sampled_from([1e-3, 1.0, 1e3]),
)
def test_weights_follow_the_scale_of_a_signal(shift: float, truth: list[float], scale: float) -> None:
    random = np.random.default_rng(3)
    features = random.normal(size=(300, 2))
    labels = (random.random(300) < 1 / (1 + np.exp(-(features @ np.array(truth) + shift)))).astype(float)
    if not 5 <= labels.sum() <= 295:
        return

    bias, weights = logistic(features, labels)
    scaled_bias, scaled = logistic(features * scale, labels)

    assert (weights > 0).all()
    assert scaled_bias == pytest.approx(bias, abs=1e-3)
    assert scaled * scale == pytest.approx(weights, rel=1e-3)


def test_a_signal_that_never_varies_carries_no_weight() -> None:
    outcomes = [judged(True, 1.0, coverage=0.1) for _ in range(9)] + [judged(False, -1.0, coverage=0.1)] * 7

    assert fit(outcomes, "test").weights["coverage"] == pytest.approx(0.0, abs=1e-3)


def test_a_signal_that_nobody_gave_is_left_out() -> None:
    assert set(fit(separable(), "test").weights) == {"yes_logit"}


@pytest.mark.parametrize(("answerable", "unanswerable"), [(20, MIN_OF_EACH - 1), (MIN_OF_EACH - 1, 20), (0, 0)])
def test_too_few_questions_are_refused(answerable: int, unanswerable: int) -> None:
    outcomes = [judged(True, 1.0)] * answerable + [judged(False, -1.0)] * unanswerable

    with pytest.raises(UsageError, match=f"there are {answerable} and {unanswerable}"):
        fit(outcomes, "test")
    with pytest.raises(UsageError, match=f"at least {MIN_OF_EACH}"):
        require_enough(answerable, unanswerable)


def test_questions_without_a_judgement_do_not_count() -> None:
    outcomes = [judged(True, 1.0)] * 20 + [outcome(question(kind="unanswerable"), abstained())] * 20

    with pytest.raises(UsageError, match="there are 20 and 0"):
        fit(outcomes, "test")


def test_answers_of_another_tier_do_not_mix_in() -> None:
    stray = [judged(False, 50.0, tier="none"), judged(True, -50.0, tier="none")]

    assert fit([*stray, *separable()], "test") == fit(separable(), "test")


def test_what_was_fitted_goes_before_what_was_shipped(tmp_path: Path) -> None:
    fitted = fit(separable(), "test")
    shipped = load_calibration("tiny", tmp_path)

    path = write_calibration(fitted, tmp_path)

    assert path.is_relative_to(tmp_path)
    assert load_calibration("tiny", tmp_path) == fitted != shipped
    assert load_calibration("tiny") == shipped
    kept = ("enough", "score_weight", "span")
    assert [getattr(fitted, name) for name in kept] == [getattr(shipped, name) for name in kept]
