"""The learned part: a logistic model over the signals that says how likely a larger model would do better.

``edge-copilot eval --train-router`` fits one on evaluation results and keeps it in the data directory; a hub may send
one, signed, as ``router/router.json``. The one that comes with the program was fitted on development manuals. It weighs
what a question is worth elsewhere; it never says what may leave.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from index.errors import UsageError

ROUTER_FILE: Final = "router/router.json"
_MOST_BYTES: Final = 1 << 16
Finite = Annotated[float, Field(allow_inf_nan=False)]


class CurvePoint(BaseModel):
    """What one threshold led to, measured.

    Attributes:
        threshold: Of the probability.
        share: Questions that went elsewhere.
        right: Questions answered rightly in all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    threshold: Annotated[float, Field(ge=0, le=1)]
    share: Annotated[float, Field(ge=0, le=1)]
    right: Annotated[float, Field(ge=0, le=1)]


class LearnedRouter(BaseModel):
    """What the signals are worth.

    Attributes:
        fitted_on: For people.
        bias, weights: Probability that a larger model does better, as a logistic model.
        typical: What a signal counts as where it is missing.
        curve: Quality against share of calls, as measured, from no call to all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    fitted_on: str = Field(default="", max_length=500)
    bias: Finite = 0.0
    weights: Mapping[str, Finite] = Field(default_factory=dict, max_length=100)
    typical: Mapping[str, Finite] = Field(default_factory=dict, max_length=100)
    curve: tuple[CurvePoint, ...] = Field(default=(), max_length=200)

    def probability(self, signals: Mapping[str, float]) -> float:
        """How likely a larger model does better than this device, from 0 to 1."""
        worth = self.bias + sum(
            weight * signals.get(name, self.typical.get(name, 0.0)) for name, weight in self.weights.items()
        )
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, worth))))

    def strongest(self, signals: Mapping[str, float], most: int = 2) -> list[str]:
        """The signals that spoke loudest for a larger model, compared with what is typical."""
        pull = {
            name: weight * (signals[name] - self.typical.get(name, 0.0))
            for name, weight in self.weights.items()
            if name in signals
        }
        loud = sorted((name for name in pull if pull[name] > 0.05), key=lambda name: -pull[name])
        return loud[:most]


def read_router(path: Path) -> LearnedRouter:
    """Read a router file.

    Raises:
        UsageError: It can't be read, or is none.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise ValueError
        return LearnedRouter.model_validate_json(content)
    except (OSError, ValidationError, ValueError) as error:
        raise UsageError(
            f"The router file {path} can't be used.",
            "Remove it, or write it anew with `edge-copilot eval --train-router`.",
        ) from error


def load_router(data_dir: Path | None = None) -> LearnedRouter:
    """The owner's own router where there is one, else the one that comes with the program.

    Raises:
        UsageError: The owner's file is malformed.
    """
    if data_dir is not None and (own := data_dir / ROUTER_FILE).is_file():
        return read_router(own)
    return _shipped()


@cache
def _shipped() -> LearnedRouter:
    file = resources.files("copilot.routing") / "router.json"
    return LearnedRouter.model_validate(json.loads(file.read_text("utf-8")))
