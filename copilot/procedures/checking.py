"""Whether a value that was entered is within a limit. Where that isn't certain it is "unknown", never "in"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from copilot.answering.units import UNIT, normalise_unit
from copilot.procedures.conversion import convert
from copilot.procedures.numbers import readings, shown
from copilot.procedures.values import Limit, Step, Verdict

_ENTERED: Final = re.compile(
    rf"\s*([-+−]?\s?(?:\d[\d.,'’\u00a0\u202f\u2009]*|[.,]\d+)(?:/\d+)?)[\s\u00a0\u202f]*({UNIT})?\s*", re.UNICODE
)

NO_NUMBER: Final = "There is no single number in it."
TWO_WAYS: Final = "It can be read in two ways: write it without a separator for thousands."
NO_LIMIT: Final = "The step gives no limit for it."
SEVERAL: Final = "The step gives several limits: say which one is meant."
OTHER_UNIT: Final = "It is in {unit}, and the text speaks of {wanted}."
NO_UNIT: Final = "The text gives its value without a unit."
ROUGH: Final = "The text gives it only roughly."


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a value.

    Attributes:
        limit: Index of the limit that it was held against; None for none.
        reason: Why, in a sentence; "" where it is in.
    """

    limit: int | None
    verdict: Verdict
    reason: str = ""


def check(step: Step, text: str, limit: int | None = None, language: str | None = None) -> Judged:
    """Hold what was entered against the limits of a step.

    Args:
        step: The step.
        text: A number, with a unit or without: then it is in the limit's own.
        limit: Which limit is meant; None: the one that its unit fits, where there is only one.
        language: Two-letter code of the language that the person writes in; it settles what "1,200" means.
    """
    entered = _entered(text, language)
    if limit is None:
        limit, why = _meant(step.limits, entered)
        if limit is None:
            return Judged(None, "unknown", NO_NUMBER if entered is None else why)
    if entered is None:
        return Judged(limit, "unknown", NO_NUMBER)
    verdict, reason = within(step.limits[limit], *entered)
    return Judged(limit, verdict, reason)


def within(limit: Limit, values: Sequence[Fraction], unit: str) -> tuple[Verdict, str]:
    """Whether a value is within a limit, and why not, in a sentence.

    Args:
        limit: The limit.
        values: Every value that the number may mean.
        unit: Normalised; "" for the limit's own.
    """
    if limit.doubt:
        return "unknown", limit.doubt
    converted = []
    for value in values:
        if not unit or unit == limit.unit:
            converted.append(value)
        elif not limit.unit:
            return "unknown", NO_UNIT
        elif (other := convert(value, unit, limit.unit)) is None:
            return "unknown", OTHER_UNIT.format(unit=unit, wanted=limit.unit)
        else:
            converted.append(other)
    verdicts = {_one(limit, value) for value in converted}
    if len(verdicts) > 1:
        return "unknown", TWO_WAYS
    [verdict] = verdicts
    return verdict, "" if verdict == "in" else _why(limit, converted[0], verdict)


def _one(limit: Limit, value: Fraction) -> Verdict:
    low = None if limit.low is None else Fraction(limit.low)
    high = None if limit.high is None else Fraction(limit.high)
    inside = (low is None or value > low or (limit.low_included and value == low)) and (
        high is None or value < high or (limit.high_included and value == high)
    )
    if inside:
        return "in"
    return "unknown" if limit.kind == "about" else "out"


def _why(limit: Limit, value: Fraction, verdict: Verdict) -> str:
    unit = f" {limit.unit}" if limit.unit else ""
    got = f"{shown(value)}{unit}"
    if verdict == "unknown":
        return f"{ROUGH} It says {limit.text}, this is {got}."
    if limit.kind == "nominal":
        return f"The text says {limit.text} and gives no tolerance, this is {got}."
    too = "high" if limit.high is not None and value >= Fraction(limit.high) else "low"
    bounds = ""
    if limit.low is not None and limit.high is not None:
        bounds = f" ({shown(Fraction(limit.low))} to {shown(Fraction(limit.high))}{unit})"
    return f"Too {too}: the text says {limit.text}{bounds}, this is {got}."


def _entered(text: str, language: str | None) -> tuple[tuple[Fraction, ...], str] | None:
    match = _ENTERED.fullmatch(text)
    if match is None:
        return None
    values = readings(re.sub(r"^([-+−])\s", r"\1", match[1]), language)
    return (values, normalise_unit(match[2] or "")) if values else None


def _meant(limits: Sequence[Limit], entered: tuple[tuple[Fraction, ...], str] | None) -> tuple[int | None, str]:
    """The limit that a value without a limit named is for, where there is only one."""
    if not limits:
        return None, NO_LIMIT
    if len(limits) == 1:
        return 0, ""
    if entered is None or not entered[1]:
        return None, SEVERAL
    fitting = [
        index for index, one in enumerate(limits) if one.unit and convert(Fraction(1), entered[1], one.unit) is not None
    ]
    if len(fitting) == 1:
        return fitting[0], ""
    return None, SEVERAL if fitting else NO_LIMIT
