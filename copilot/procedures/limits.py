"""The values that a step prescribes: "40 ± 2 Nm", "between 3 and 5 bar", "max. 60 °C", "tighten to 1.3 Nm".

A number in a step may be a limit, but also a size ("the 30 mm test rod"), a condition ("below 80 bar, fill nitrogen")
or a rate ("17.5 bar for each kN"). Taking one of these for a limit could call a wrong value right. So a number is a
limit only where words say so, and one that stands under a condition, or that can be read in two ways, is kept with
its doubt: every value entered for it is then "unknown".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from copilot.answering.claims import Claim, claims_of
from copilot.procedures import wording
from copilot.procedures.numbers import decimal_text, readings
from copilot.procedures.values import Limit, LimitKind

CONDITIONAL: Final = "The text says so only under a condition."
TWO_WAYS: Final = "The number in the text can be read in two ways."
ALTERNATIVES: Final = "The text gives several values to choose from."
LOOSE_TOLERANCE: Final = "It isn't clear what the tolerance in the text belongs to."
CONTRARY: Final = "The bounds in the text contradict each other."


@dataclass(frozen=True, slots=True)
class _Number:
    claim: Claim
    values: tuple[Fraction, ...]

    @property
    def value(self) -> Fraction:
        return self.values[0]


def limits_of(text: str, language: str | None = None) -> tuple[Limit, ...]:
    """The limits in the text of one step, in order.

    Args:
        text: Of the step, without its number.
        language: Two-letter code of the document's language; says what a comma in a number means.
    """
    folded = text.translate(wording.FOLD)
    found: list[Limit] = []
    for start, end in _sentences(folded):
        found += _of_sentence(folded, start, end, language)
    return tuple(replace_text(limit, text) for limit in found)


def replace_text(limit: Limit, text: str) -> Limit:
    """``limit`` with its words as they are written, not as they were folded for reading."""
    return limit.model_copy(update={"text": text[limit.start : limit.end]})


def _sentences(text: str) -> list[tuple[int, int]]:
    spans, start = [], 0
    for match in wording.END.finditer(text):
        spans.append((start, match.start()))
        start = match.end()
    return [*spans, (start, len(text))]


def _of_sentence(text: str, start: int, end: int, language: str | None) -> list[Limit]:
    numbers = [
        _Number(claim, values)
        for claim in claims_of(text[start:end])
        if claim.kind == "number" and (values := readings(_digits(claim), language))
    ]
    sentence = text[start:end]
    limits: list[Limit] = []
    at = 0
    while at < len(numbers):
        limit, used = _at(sentence, numbers, at, limits[-1] if limits else None)
        if limit is not None:
            limits.append(limit)
        at += used
    limits = _with_alternatives(numbers, _with_shared_tolerance(sentence, numbers, limits))
    return [limit.model_copy(update={"start": limit.start + start, "end": limit.end + start}) for limit in limits]


def _digits(claim: Claim) -> str:
    match = re.match(r"[-+]?[\d.,/'’\u2009]*\d", claim.text.translate(wording.FOLD))
    return match[0] if match else ""


def _at(sentence: str, numbers: Sequence[_Number], at: int, before_it: Limit | None) -> tuple[Limit | None, int]:
    """The limit that begins with number ``at``, if any, and how many numbers it takes up."""
    first = numbers[at]
    second = numbers[at + 1] if at + 1 < len(numbers) else None
    between = sentence[first.claim.end : second.claim.start] if second is not None else ""
    before = sentence[: first.claim.start]
    if second is not None and wording.PLUS_MINUS.fullmatch(between):
        return _toleranced(sentence, first, second), 2
    if second is not None and _is_range(before, between, first, second):
        return _ranged(sentence, first, second), 2
    alternatives = 1
    while (
        at + alternatives < len(numbers)
        and wording.OR.fullmatch(
            sentence[numbers[at + alternatives - 1].claim.end : numbers[at + alternatives].claim.start]
        )
        and _alike(numbers[at + alternatives - 1], numbers[at + alternatives])
    ):
        alternatives += 1
    limit = _single(sentence, first if alternatives == 1 else _joined(numbers[at : at + alternatives]), before_it)
    if limit is not None and alternatives > 1:
        limit = limit.model_copy(update={"doubt": ALTERNATIVES, "end": numbers[at + alternatives - 1].claim.end})
    return limit, alternatives


def _joined(numbers: Sequence[_Number]) -> _Number:
    claim = numbers[0].claim
    return _Number(
        replace(claim, end=numbers[-1].claim.end, unit=claim.unit or numbers[-1].claim.unit), numbers[0].values
    )


def _alike(one: _Number, other: _Number) -> bool:
    return not one.claim.unit or not other.claim.unit or one.claim.unit == other.claim.unit


def _is_range(before: str, between: str, first: _Number, second: _Number) -> bool:
    if not _alike(first, second) or not (second.claim.unit or wording.BETWEEN.search(before)):
        return False
    if wording.BETWEEN.search(before):
        return wording.AND.fullmatch(between) is not None or wording.TO.fullmatch(between) is not None
    return wording.TO.fullmatch(between) is not None


def _toleranced(sentence: str, first: _Number, second: _Number) -> Limit | None:
    unit = first.claim.unit
    margin = second.value
    if second.claim.unit == "%" and unit != "%":
        margin = abs(first.value) * second.value / 100
    elif unit and second.claim.unit and unit != second.claim.unit:
        return None  # "1 m ± 2 mm": said by two units, left to the person
    unit = unit or ("" if second.claim.unit == "%" else second.claim.unit)
    doubt = _doubt(sentence, first.claim.start, (first, second))
    return _limit("range", first.value - margin, first.value + margin, unit, first.claim.start, second.claim.end, doubt)


def _ranged(sentence: str, first: _Number, second: _Number) -> Limit | None:
    before = sentence[: first.claim.start]
    lead = wording.BETWEEN.search(before) or wording.FROM.search(before)
    start = lead.start() if lead else first.claim.start
    low, high = first.value, second.value
    doubt = _doubt(sentence, start, (first, second))
    if wording.RATE.match(sentence, second.claim.end):
        return None
    if low > high:
        doubt = doubt or CONTRARY
    if not lead and wording.NOT.search(_clause_before(sentence, start)):
        doubt = doubt or CONDITIONAL
    return _limit("range", low, high, second.claim.unit or first.claim.unit, start, second.claim.end, doubt)


def _single(sentence: str, number: _Number, before_it: Limit | None) -> Limit | None:
    claim = number.claim
    before, after = sentence[: claim.start], sentence[claim.end :]
    if (
        wording.RATE.match(after)
        or (claim.unit and wording.SHARE.match(after))
        or wording.ALONE_PLUS_MINUS.search(before)
    ):
        return None
    if compared := wording.COMPARED.search(before):
        return _compared(sentence, number, compared)
    if behind := wording.AFTER.match(after):
        low, high = (None, number.value) if behind["most"] else (number.value, None)
        doubt = _doubt(sentence, claim.start, (number,))
        return _limit("range", low, high, claim.unit, claim.start, claim.end + behind.end(), doubt)
    if not claim.unit:
        return None
    about = wording.ABOUT.search(before)
    lead = before[: about.start()] if about else before
    listed = (
        before_it is not None
        and before_it.kind == "nominal"
        and before_it.unit == claim.unit
        and wording.LISTED.fullmatch(sentence[before_it.end : claim.start]) is not None
    )
    if not (listed or claim.unit in wording.TORQUES or _prescribed(lead, after)) or (
        wording.DESCRIBES.match(after) and not wording.TARGET.search(lead)
    ):
        return None
    start = about.start() if about else claim.start
    doubt = _doubt(sentence, start, (number,), lead)
    if before_it is not None and listed:
        doubt = doubt or before_it.doubt
    if lead.rstrip().endswith((" of", " von")) and wording.CONCLUDES.match(after):
        doubt = doubt or CONDITIONAL  # "a pressure of 3 bar is too low"
    kind: LimitKind = "about" if about else "nominal"
    qualified = wording.QUALIFIER.match(sentence, claim.end)
    end = qualified.end() if qualified else claim.end
    return _limit(kind, number.value, number.value, claim.unit, start, end, doubt)


def _prescribed(lead: str, after: str) -> bool:
    """Whether the words around a number make it a value to be reached."""
    patterns = (wording.TARGET, wording.HAS_TO_BE, wording.POURED, wording.LABELLED, wording.QUANTITY_BEFORE)
    if any(pattern.search(lead) for pattern in patterns) or re.search(r"\bit is $", lead):
        return True
    if re.search(r"\b(?:auf|mit|bis)\s+$", lead) and wording.TARGET_BEHIND.match(after):
        return True
    return wording.IS.search(lead) is not None and wording.QUANTITY_NAMED.search(lead) is not None


def _compared(sentence: str, number: _Number, compared: re.Match[str]) -> Limit | None:
    claim = number.claim
    start = compared.start()
    head = _clause_before(sentence, start)
    weak = compared["less"] is not None or compared["more"] is not None
    if not claim.unit and (weak or not wording.COUNTS.search(compared[0])):
        return None
    doubt = _doubt(sentence, start, (number,))
    upper = compared["most"] is not None or compared["less"] is not None
    included = not weak
    if weak:
        until = _last(wording.UNTIL, head)
        said = head[until.end() :] if until else head
        if negated := _last(wording.NOT, said):
            upper, included = not upper, True
            start -= len(said) - negated.start()
        elif not (wording.PRESCRIBES.search(head) or until):
            doubt = doubt or CONDITIONAL
    if not head.strip(" \t\"'([-") and wording.CONCLUDES.match(sentence[claim.end :]):
        doubt = doubt or CONDITIONAL
    if weak and wording.CONCLUDES.match(sentence[claim.end :]):
        doubt = doubt or CONDITIONAL
    low, high = (None, number.value) if upper else (number.value, None)
    return _limit("range", low, high, claim.unit, start, claim.end, doubt, included)


def _clause_before(sentence: str, at: int) -> str:
    boundary = _last(wording.CLAUSE, sentence[:at])
    return sentence[boundary.end() : at] if boundary else sentence[:at]


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    found = list(pattern.finditer(text))
    return found[-1] if found else None


def _doubt(sentence: str, start: int, numbers: Sequence[_Number], lead: str | None = None) -> str:
    if any(len(number.values) > 1 for number in numbers):
        return TWO_WAYS
    # A condition holds for what follows it, to the end of the sentence.
    if wording.CONDITION.search(sentence[:start] if lead is None else lead):
        return CONDITIONAL
    end = max(number.claim.end for number in numbers)
    return CONDITIONAL if wording.CONDITION_BEHIND.match(sentence, end) else ""


def _limit(
    kind: LimitKind,
    low: Fraction | None,
    high: Fraction | None,
    unit: str,
    start: int,
    end: int,
    doubt: str,
    included: bool = True,
) -> Limit:
    return Limit(
        kind=kind,
        low=None if low is None else decimal_text(low),
        high=None if high is None else decimal_text(high),
        low_included=included,
        high_included=included,
        unit=unit,
        text="",
        doubt=doubt,
        start=start,
        end=end,
    )


def _with_shared_tolerance(sentence: str, numbers: Sequence[_Number], limits: list[Limit]) -> list[Limit]:
    """ "16 Ω and 9.6 Ω, both ± 5 %": a tolerance that belongs to every value before it."""
    for number in numbers:
        before = sentence[: number.claim.start]
        if not wording.ALONE_PLUS_MINUS.search(before) or any(
            one.start <= number.claim.start < one.end for one in limits
        ):
            continue
        shared = wording.EACH.search(before) is not None
        for index, one in enumerate(limits):
            if one.kind != "nominal" or one.start > number.claim.start:
                continue
            if not shared or number.claim.unit not in ("%", one.unit):
                limits[index] = one.model_copy(update={"doubt": one.doubt or LOOSE_TOLERANCE})
                continue
            value = Fraction(one.low or "0")
            margin = abs(value) * number.value / 100 if number.claim.unit == "%" else number.value
            limits[index] = one.model_copy(
                update={"kind": "range", "low": decimal_text(value - margin), "high": decimal_text(value + margin)}
            )
    return limits


def _with_alternatives(numbers: Sequence[_Number], limits: list[Limit]) -> list[Limit]:
    """A nominal value beside another of its unit that was not understood may not be the one that is meant."""
    stray = {
        number.claim.unit
        for number in numbers
        if number.claim.unit and not any(one.start <= number.claim.start < one.end for one in limits)
    }
    return [
        one.model_copy(update={"doubt": one.doubt or ALTERNATIVES})
        if one.kind == "nominal" and one.unit in stray
        else one
        for one in limits
    ]
