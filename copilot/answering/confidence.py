"""When to answer and when to say that the documents don't tell: calibrated per model tier, by measurement.

A calibration file holds a logistic model over a few signals, the thresholds that follow from it, and what it was
fitted on. ``edge-copilot eval --calibrate`` writes one into the data directory; those shipped stand beside this module.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from copilot.answering.overlap import terms
from index.errors import UsageError
from index.passages import Passage

SIGNALS: Final = ("yes_logit", "similarity", "coverage")


@dataclass(frozen=True, slots=True)
class Judgement:
    """How sure it is that the evidence answers a question.

    Attributes:
        probability: Calibrated, from 0 to 1.
        answers: Whether that is enough to answer.
        writes: Whether it is enough for the model's own words.
        tier: Whose calibration it comes from.
        signals: What it was computed from, by name.
    """

    probability: float
    answers: bool
    tier: str
    signals: Mapping[str, float]
    writes: bool = True


class Calibration(BaseModel):
    """What the signals of one model tier are worth.

    Attributes:
        tier: Of the model, or "none" for answers without one.
        fitted_on: What it was fitted on, for people.
        bias, weights: Logistic model: probability that the passage answers, from the signals.
        typical: What a signal counts as where it is missing, such as the similarity without an embedder.
        answer_above: Probability from which an answer is given.
        write_above: Probability from which the model's own words are part of it; below, the document is only quoted.
        enough: Yes logit of a reading that a later one is not expected to exceed.
        score_weight: Worth of a point of the search's score in yes logits: a passage is worth both together.
        span: How much one reading may differ from another, in yes logits. A passage that trails the first one's score
            by more can't win and is not read; 0 where the readings of a tier tell nothing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    tier: str
    fitted_on: str = ""
    bias: float = 0.0
    weights: Mapping[str, float] = Field(default_factory=dict)
    typical: Mapping[str, float] = Field(default_factory=dict)
    answer_above: float = Field(default=0.5, ge=0, le=1)
    write_above: float = Field(default=0.0, ge=0, le=1)
    enough: float = 2.0
    score_weight: float = Field(default=0.0, ge=0)
    span: float = Field(default=4.0, ge=0)

    def judge(self, signals: Mapping[str, float]) -> Judgement:
        """How sure it is that the evidence answers the question, and whether that is enough to answer."""
        probability = self._probability(signals)
        return Judgement(
            probability, probability >= self.answer_above, self.tier, signals, writes=probability >= self.write_above
        )

    def _probability(self, signals: Mapping[str, float]) -> float:
        worth = self.bias + sum(
            weight * signals.get(name, self.typical.get(name, 0.0)) for name, weight in self.weights.items()
        )
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, worth))))

    def worth(self, passage: Passage, yes_logit: float) -> float:
        """What speaks for answering from ``passage``: its reading and its place in the search, in yes logits."""
        return yes_logit + self.score_weight * passage.score

    def contenders(self, passages: Sequence[Passage]) -> list[int]:
        """Indices of the passages that a reading could decide between, best first; the first one always.

        Where an identifier of the question stands in the first alone, letter for letter, nothing else contends.
        """
        if len(passages) > 1 and passages[0].exact and not passages[1].exact:
            return [0]
        first = passages[0].score
        return [
            at
            for at, passage in enumerate(passages)
            if at == 0 or (self.span > 0 and self.score_weight * (first - passage.score) <= self.span)
        ]


def signals_of(question: str, passage: Passage, yes_logit: float | None) -> dict[str, float]:
    """The signals of one passage for one question, by their names in `SIGNALS`.

    ``coverage`` is the share of the question's content words that stand in the passage, its title or headings.
    """
    wanted = set(terms(question))
    found = set(terms("\n".join((passage.title, *passage.section, passage.text))))
    signals = {"coverage": len(wanted & found) / len(wanted) if wanted else 0.0}
    if passage.similarity is not None:
        signals["similarity"] = passage.similarity
    if yes_logit is not None:
        signals["yes_logit"] = yes_logit
    return signals


def calibration_file(tier: str, data_dir: Path) -> Path:
    """Where an owner's own calibration of a tier lies."""
    return data_dir / "calibration" / f"{tier}.json"


def load_calibration(tier: str, data_dir: Path | None = None) -> Calibration:
    """The calibration of a tier: the owner's own where there is one, else the shipped one, else that of "none".

    Raises:
        UsageError: The owner's file is malformed.
    """
    if data_dir is not None:
        own = calibration_file(tier, data_dir)
        if own.is_file():
            try:
                return Calibration.model_validate_json(own.read_bytes())
            except (ValidationError, OSError) as error:
                raise UsageError(
                    f"The calibration file {own} can't be used.",
                    "Remove it, or write it anew with `edge-copilot eval --calibrate`.",
                ) from error
    return _shipped(tier)


@cache
def _shipped(tier: str) -> Calibration:
    folder = resources.files("copilot.answering") / "calibration"
    for name in (tier, "none"):
        file = folder / f"{name}.json"
        if file.is_file():
            return Calibration.model_validate(json.loads(file.read_text("utf-8")))
    raise AssertionError("the calibration for answers without a model is missing")
