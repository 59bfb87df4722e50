"""Trains the learned part from evaluation: every question answered here and by a larger model, and who was right.

A logistic model with strong regularisation. All that a call can gain is a right answer where this device is wrong; but
of a hundred questions a larger model helps with ten, so that a question on which both are wrong counts half: it tells
where this device is weak. With few questions, only the signals that pointed the same way in every set of development
questions are learned from; the shape of a question (procedure, comparison, …) needs more of them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from copilot.answering.escalating import Wish
from copilot.answering.events import Answer
from copilot.answering.flow import AskOptions, Copilot
from copilot.catalogue.hashing import write_json
from copilot.evaluation.calibration import logistic
from copilot.evaluation.questions import Question
from copilot.evaluation.runner import Outcome, judge
from copilot.routing.learned import ROUTER_FILE, CurvePoint, LearnedRouter
from copilot.routing.signals import FOR_RULES_ALONE
from index.errors import UsageError

LEAST: Final = 2
"""Of questions that a larger model helps with, and of others."""
REGULARISATION: Final = 16.0
FEW: Final = 300
"""Questions below which only `ROBUST` signals are learned from."""
ROBUST: Final = frozenset(
    {
        "answerable",
        "coverage",
        "coverage_together",
        "exact",
        "identifiers",
        "margin",
        "one_section",
        "refuses",
        "score",
        "similarity",
        "similarity_best",
        "words",
        "yes_logit",
    }
)
OF_THE_GAIN: Final = 0.95
CALLS: Final = 0.35
"""Share of the questions that the threshold 0.5 sends elsewhere: on development questions that were not trained on it
brought all of the gain that there was."""
_NOT_LEARNED: Final = FOR_RULES_ALONE | {"probability", "found"}
_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Compared:
    """One question, answered here and by a larger model.

    Attributes:
        signals: Of the decision.
        larger: None where the question did not get there.
        why_not: The reason then.
    """

    question: Question
    signals: dict[str, float]
    local: Outcome
    larger: Outcome | None
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """What is learned from."""

    signals: dict[str, float]
    local_right: bool
    larger_right: bool

    @classmethod
    def of(cls, compared: Compared) -> Example | None:
        """None where it can't be told who was right."""
        if compared.larger is None or compared.local.correct is None or compared.larger.correct is None:
            return None
        return cls(compared.signals, compared.local.correct, compared.larger.correct)

    @property
    def helped(self) -> bool:
        """Whether the call was worth it."""
        return self.larger_right and not self.local_right


@dataclass(frozen=True, slots=True)
class Trained:
    """A router that was trained.

    Attributes:
        path: Where it is kept.
        notices: Sentences about questions that could not be compared.
    """

    learned: LearnedRouter
    path: Path
    notices: tuple[str, ...]


async def compare(
    copilot: Copilot, questions: Sequence[Question], options: AskOptions, elsewhere: Copilot | None = None
) -> AsyncIterator[Compared]:
    """Answer each question here and by a larger model. What is asked is kept nowhere.

    Args:
        copilot: The answer flow with a router.
        questions: With known answers.
        options: How they are asked.
        elsewhere: Stands for the larger model; None asks the one that ``copilot`` would.
    """
    options = replace(options, queue=False, keep=False)
    for question in questions:
        told = await copilot.explain(question.question, options)
        signals = {name: value for name, value in told.signals.items() if name not in _NOT_LEARNED}
        local = await _answer(copilot, question, replace(options, wish="local"))
        asked = copilot if elsewhere is None else elsewhere
        wish: Wish = "cloud" if elsewhere is None else "local"
        larger = await _answer(asked, question, replace(options, wish=wish))
        there = larger.route.target == wish
        yield Compared(
            question,
            signals,
            judge(question, local),
            judge(question, larger) if there else None,
            "" if there else larger.route.reason,
        )


async def _answer(copilot: Copilot, question: Question, options: AskOptions) -> Answer:
    async with aclosing(copilot.ask(question.question, options)) as events:
        async for event in events:
            if isinstance(event, Answer):
                return event
    raise AssertionError("the flow ends with an Answer")


def train(examples: Sequence[Example], name: str) -> LearnedRouter:
    """Fit the router on ``examples``.

    Args:
        examples: Questions with who was right.
        name: What they are, for people.

    Raises:
        UsageError: There are too few to learn from.
    """
    helped = np.array([example.helped for example in examples], dtype=np.float64)
    if min(helped.sum(), (1 - helped).sum()) < LEAST:
        raise UsageError(
            f"To train the router, a larger model must have helped with at least {LEAST} questions, and not with "
            f"{LEAST} others; it helped with {int(helped.sum())} of {len(examples)}.",
            "Add questions, or leave the router as it is.",
        )
    names = sorted({signal for example in examples for signal in example.signals})
    if len(examples) < FEW:
        names = [signal for signal in names if signal in ROBUST]
    typical = {
        signal: float(np.mean([example.signals[signal] for example in examples if signal in example.signals]))
        for signal in names
    }
    rows = [[example.signals.get(signal, typical[signal]) for signal in names] for example in examples]
    features = np.array(rows)
    varied = features.std(axis=0) > 1e-9
    names = [signal for signal, varies in zip(names, varied, strict=True) if varies]
    # Each question stands there twice, so that one can count half.
    labels = np.array([[example.helped, not example.local_right] for example in examples], dtype=np.float64).ravel()
    bias, weights = logistic(np.repeat(features[:, varied], 2, axis=0), labels, REGULARISATION)
    learned = LearnedRouter(
        fitted_on=f"{name}: {len(examples)} questions, {int(helped.sum())} helped",
        bias=round(float(bias), _DIGITS),
        weights={signal: round(float(weight), _DIGITS) for signal, weight in zip(names, weights, strict=True)},
        typical={signal: round(typical[signal], _DIGITS) for signal in names},
    )
    learned = _centred(learned, examples)
    return learned.model_copy(update={"curve": curve(learned, examples)})


def _centred(learned: LearnedRouter, examples: Sequence[Example]) -> LearnedRouter:
    """Move the probabilities so that 0.5 is the threshold that most owners want: see `CALLS`."""
    ranked = sorted((learned.probability(example.signals) for example in examples), reverse=True)
    calls = min(max(1, round(CALLS * len(ranked))), len(ranked) - 1)
    middle = (ranked[calls - 1] + ranked[calls]) / 2
    return learned.model_copy(update={"bias": round(learned.bias - float(np.log(middle / (1 - middle))), _DIGITS)})


def curve(learned: LearnedRouter, examples: Sequence[Example]) -> tuple[CurvePoint, ...]:
    """Share of calls and right answers at each threshold that makes a difference, from no call to all."""
    ranked = sorted(((learned.probability(example.signals), example) for example in examples), key=lambda one: -one[0])
    right = sum(example.local_right for example in examples)
    count = len(ranked)
    points = [CurvePoint(threshold=1.0, share=0.0, right=round(right / count, _DIGITS))]
    for calls, (probability, example) in enumerate(ranked, 1):
        right += example.larger_right - example.local_right
        if calls < count and ranked[calls][0] == probability:
            continue
        points.append(
            CurvePoint(
                threshold=round(probability, _DIGITS),
                share=round(calls / count, _DIGITS),
                right=round(right / count, _DIGITS),
            )
        )
    return tuple(points[:1] + points[1:][-199:])


def calls_needed(points: Sequence[CurvePoint], of_the_gain: float = OF_THE_GAIN) -> float | None:
    """Smallest share of calls with that much of the gain of all calls; None where all calls gain nothing."""
    none, all_ = points[0].right, points[-1].right
    if all_ <= none:
        return None
    return next(point.share for point in points if point.right >= none + of_the_gain * (all_ - none) - 1e-9)


def write_router(learned: LearnedRouter, data_dir: Path) -> Path:
    """Keep ``learned`` in the data directory, where it goes before the one that comes with the program."""
    path = data_dir / ROUTER_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, learned.model_dump(mode="json"))
    return path
