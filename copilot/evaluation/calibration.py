"""Fits when to answer: a logistic model over the signals of the reading, and thresholds for what evaluation found.

Logistic regression by Newton's method with a little L2 regularisation (Hastie, Tibshirani, Friedman: The Elements of
Statistical Learning, 4.4.1); a few dozen questions and three signals need no more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from copilot.answering.confidence import SIGNALS, Calibration, calibration_file, load_calibration
from copilot.catalogue.hashing import write_json
from copilot.evaluation.runner import Outcome
from index.errors import UsageError

MIN_OF_EACH: Final = 5
_REGULARISATION: Final = 0.5
_WRONG_REFUSALS: Final = 0.05
"""Share of answerable questions that may be refused: the threshold lies at this quantile of their probability."""
_QUOTED_ONLY: Final = 0.15
"""Share of answerable questions that get no word of the model's: below this quantile the document is quoted at most."""


def fit(outcomes: Sequence[Outcome], name: str) -> Calibration:
    """Fit the calibration of the tier that answered ``outcomes``.

    Raises:
        UsageError: There are too few answerable or unanswerable questions with signals.
    """
    judged = [(outcome, judgement) for outcome in outcomes if (judgement := outcome.answer.judgement) is not None]
    if judged:
        # Where the model failed on a question, that one was answered without it: another tier's signals.
        tier = Counter(judgement.tier for _, judgement in judged).most_common(1)[0][0]
        judged = [(outcome, judgement) for outcome, judgement in judged if judgement.tier == tier]
    labels = np.array([outcome.question.answerable for outcome, _ in judged], dtype=np.float64)
    require_enough(int(labels.sum()), int((1 - labels).sum()))
    before = load_calibration(tier)
    used = [signal for signal in SIGNALS if any(signal in judgement.signals for _, judgement in judged)]
    features = np.array([[judgement.signals.get(signal, 0.0) for signal in used] for _, judgement in judged])
    bias, weights = logistic(features, labels)
    probabilities = 1 / (1 + np.exp(-(features @ weights + bias)))
    answerable = probabilities[labels == 1]
    return before.model_copy(
        update={
            "tier": tier,
            "fitted_on": f"{name}: {int(labels.sum())} answerable, {int((1 - labels).sum())} unanswerable questions",
            "bias": round(float(bias), 4),
            "weights": {signal: round(float(weight), 4) for signal, weight in zip(used, weights, strict=True)},
            "answer_above": round(float(np.quantile(answerable, _WRONG_REFUSALS)), 4),
            "write_above": round(float(np.quantile(answerable, _QUOTED_ONLY)), 4),
        }
    )


def require_enough(answerable: int, unanswerable: int) -> None:
    """Refuse to calibrate on too few questions; to be asked before hours are spent on answering them.

    Raises:
        UsageError: There are fewer than `MIN_OF_EACH` of either.
    """
    if min(answerable, unanswerable) < MIN_OF_EACH:
        raise UsageError(
            f"To calibrate, at least {MIN_OF_EACH} answerable and {MIN_OF_EACH} unanswerable questions are needed; "
            f"there are {answerable} and {unanswerable}.",
            'Add questions of kind "unanswerable" that your documents do not answer.',
        )


def logistic(
    features: npt.NDArray[np.float64], labels: npt.NDArray[np.float64], regularisation: float = _REGULARISATION
) -> tuple[float, npt.NDArray[np.float64]]:
    """Bias and weights of a logistic model.

    Both classes weigh the same, however many of each there are; features are standardised for the regularisation only.

    Args:
        features: Shape (n, signals).
        labels: Shape (n,), 0 or 1.
        regularisation: Of standardised weights; the more, the fewer questions there are for each signal.
    """
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-9
    design = np.hstack([np.ones((len(features), 1)), (features - mean) / spread])
    importance = np.where(labels == 1, 0.5 / max(labels.mean(), 1e-9), 0.5 / max((1 - labels).mean(), 1e-9))
    penalty = regularisation * np.eye(design.shape[1])
    penalty[0, 0] = 1e-6
    beta = np.zeros(design.shape[1])
    for _ in range(50):
        probability = 1 / (1 + np.exp(-np.clip(design @ beta, -30, 30)))
        gradient = design.T @ (importance * (labels - probability)) - penalty @ beta
        curvature = (design * (importance * probability * (1 - probability))[:, None]).T @ design + penalty
        step = np.linalg.solve(curvature, gradient)
        beta += step
        if np.abs(step).max() < 1e-8:
            break
    weights = beta[1:] / spread
    return float(beta[0] - weights @ mean), weights


def write_calibration(calibration: Calibration, data_dir: Path) -> Path:
    """Keep ``calibration`` in the data directory, where it goes before the shipped one."""
    path = calibration_file(calibration.tier, data_dir)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, calibration.model_dump(mode="json"))
    return path
