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
from copilot.procedures.numbers import decimal_text, readings
from copilot.procedures.values import Limit, LimitKind

CONDITIONAL: Final = "The text says so only under a condition."
TWO_WAYS: Final = "The number in the text can be read in two ways."
ALTERNATIVES: Final = "The text gives several values to choose from."
LOOSE_TOLERANCE: Final = "It isn't clear what the tolerance in the text belongs to."
CONTRARY: Final = "The bounds in the text contradict each other."

_END: Final = re.compile(
    r"(?i:(?<!\bmax)(?<!\bmin)(?<!\bapprox)(?<!\bca)(?<!\bfig)(?<!\bno)(?<!\bnr)(?<!\bresp)(?<!\bbzw)(?<!\btemp))[.!?]"
    r"(?=\s+[^\sa-zäöü\d]|\s*$)|\n"
)
_CLAUSE: Final = re.compile(r"[,;:(]\s|[—–]\s|\s-\s|\|")

_PLUS_MINUS: Final = re.compile(
    r"\s?[,(]?\s?(?:(?:with\s)?(?:a\s)?tolerance(?:\sof)?:?\s?|toleranz:?\s?)?(?:±|\+\s?/\s?-|\+-|plus or minus)\s?$",
    re.I,
)
_ALONE_PLUS_MINUS: Final = re.compile(r"(?:±|\+\s?/\s?-|\+-|plus or minus)\s?$", re.I)
_EACH: Final = re.compile(r"\b(?:both|each|all|jeweils|beide|alle)\W*(?:±|\+\s?/\s?-|\+-)\s?$", re.I)
_TO: Final = re.compile(r"\s?(?:-|\.{2,3}|…|to|through|up to|bis|bis zu)\s?", re.I)
_AND: Final = re.compile(r"\s?(?:and|und)\s?", re.I)
_BETWEEN: Final = re.compile(r"\b(?:between|zwischen)\s+$", re.I)
_FROM: Final = re.compile(r"\b(?:from|von|range:?|bereich:?)\s+$", re.I)
_OR: Final = re.compile(r"\s?(?:/|\bor\b|\boder\b)\s?", re.I)

# Words that say "not more" or "not less" by themselves.
_AT_MOST: Final = (
    r"at most|at the most|max(?:imum|\.)?(?: of)?:?|maximal|(?:no|not) (?:more|higher|greater|longer|larger) than|"
    r"up to|within|≤|<=|höchstens|bis zu|nicht mehr als|innerhalb(?: von)?"
)
_AT_LEAST: Final = (
    r"at least|min(?:imum|\.)?(?: of)?:?|minimal|(?:no|not) (?:less|lower|fewer|shorter|smaller) than|≥|>=|mindestens|"
    r"wenigstens|nicht weniger als"
)
# Words that need others to make them a limit: alone they mostly begin a condition.
_LESS: Final = r"below|under|less than|lower than|smaller than|<|unter|weniger als|kleiner als|unterhalb(?: von)?"
_MORE: Final = (
    r"above|over|more than|greater than|higher than|larger than|exceed(?:s|ing)?|>|über|mehr als|größer als|"
    r"überschreite[nt]|oberhalb(?: von)?"
)
_COMPARED: Final = re.compile(
    rf"(?<!\w)(?:(?P<most>{_AT_MOST})|(?P<least>{_AT_LEAST})|(?P<less>{_LESS})|(?P<more>{_MORE}))\s?$", re.IGNORECASE
)
_COUNTS: Final = re.compile(r"least|most|max|min|less|more|[≤≥<>]|mindestens|höchstens|wenigstens", re.IGNORECASE)
_AFTER: Final = re.compile(
    r"\s?\(?(?:(?P<most>max(?:imum|\.)?|or (?:less|lower|below)|at (?:the )?most|oder weniger|höchstens)|"
    r"(?P<least>min(?:imum|\.)|or (?:more|higher|above|greater)|at (?:the )?least|oder mehr|mindestens))(?!\w)",
    re.IGNORECASE,
)
_ABOUT: Final = re.compile(
    r"(?<!\w)(?:about|approx(?:imately|\.)?|around|circa|ca\.?|roughly|some|typically|normally|usually|nominal(?:ly)?|"
    r"~|≈|etwa|ungefähr|rund|typisch|normalerweise)\s?$",
    re.IGNORECASE,
)

_CONDITION: Final = re.compile(
    r"\b(?:if|when(?:ever)?|in case|unless|while|whilst|once|as soon as|before|after|except|otherwise|provided|"
    r"depending|wenn|falls|sofern|sobald|solange|während|bevor|nachdem|je nach|außer)\b"
    r"|^\W*(?:at|bei|for|für|with|mit|in|below|above|under|over|more than|less than|from|unter|über|ab)\b"
    r"(?!\s+(?:least|most))",
    re.IGNORECASE,
)
_CONDITION_BEHIND: Final = re.compile(
    r"\s*,?\s*(?:if|when|unless|while|provided|depending|at|wenn|falls|sofern|je nach|bei)\b(?! least| most)",
    re.IGNORECASE,
)
_UNTIL: Final = re.compile(r"\b(?:until|till|bis)\b(?!\s+zu\b)", re.IGNORECASE)
_NOT: Final = re.compile(r"\b(?:not|never|no|cannot|can't|don't|mustn't|nicht|nie|niemals|kein\w*)\b", re.IGNORECASE)
_PRESCRIBES: Final = re.compile(
    r"\b(?:must|should|shall|has to|have to|needs? to|may|is to|are to|ensure|make sure|check|verify|keep|kept|stays?|"
    r"remains?|reads?|measures?|shows?|falls?|drops?|rises?|limit|allowed|permitted|set|adjust|"
    r"muss|müssen|soll|sollen|darf|dürfen|sicherstellen|prüfen|halten|zulässig)\b",
    re.IGNORECASE,
)
_CONCLUDES: Final = re.compile(
    r"^[^.;|]*?\b(?:is|are|means?|indicates?|points?|replace|renew|scrap|then|ist|sind|bedeutet|ersetzen|tauschen)\b"
    r"|^\s*(?::|→|=>|->|⇒)",
    re.IGNORECASE,
)
_TARGET: Final = re.compile(
    r"\b(?:tighten(?:ed)?|re-?tighten|torque[ds]?|set|reset|adjust(?:ed)?|fill(?:ed)?|inflate|charge|pressuri[sz]e|heat|"
    r"cool|warm|pre-?load|tension|align|raise|lower|increase|reduce|bring|turn|screw|bolt|rises?|climbs?|drops?|falls?|"
    r"sealed|calibrate|trim|regulate|clamp|move|drive|run|anziehen|festziehen|einstellen|stellen|füllen|spannen|erhöhen|"
    r"senken)\b(?:[^.;:]*?\b(?:to|until|auf|bis)|[^.;:\d]*?\b(?:at|with|mit))\s+(?:exactly\s+|a\s+|the\s+)?$",
    re.IGNORECASE,
)
_HAS_TO_BE: Final = re.compile(
    r"\b(?:(?:must|should|shall|has to|have to|is to|are to|needs to)\s+(?:be|read|measure|show|indicate|have)"
    r"|reads?|measures?|(?:is|are) set to|muss|soll)\s+(?:exactly\s+|genau\s+)?$",
    re.IGNORECASE,
)
_IS: Final = re.compile(r"\b(?:is|are|beträgt|betragen|ist)\s+(?:exactly\s+)?$", re.IGNORECASE)
_QUANTITY: Final = (
    r"\b(?:torque|pressure|precharge|voltage|current|gap|clearance|play|temperature|speed|resistance|tension|level|"
    r"force|travel|backlash|value|thickness|"
    r"\w*(?:moment|druck|spannung|strom|spalt|spiel|temperatur|drehzahl|widerstand|wert))\b"
)
_QUANTITY_NAMED: Final = re.compile(_QUANTITY + r"[^.;]*$", re.IGNORECASE)
_QUANTITY_BEFORE: Final = re.compile(_QUANTITY + r"\s+(?:(?:of|von)\s+)?$", re.IGNORECASE)
_TARGET_BEHIND: Final = re.compile(
    r"[^.;,]{0,40}\b(?:einstellen|anziehen|festziehen|nachziehen|auffüllen|füllen|spannen|erhöhen|senken|eingestellt|"
    r"angezogen|gefüllt)\b",
    re.IGNORECASE,
)
_LISTED: Final = re.compile(
    r"(?:\s(?:on|for|with|an|für|bei)\s[^,.;:\d]*[\w-]*|\s?\([^()]{1,30}\))?\s?,\s(?:and\s|und\s)?"
    r"(?:(?:the|those|den|die|das)\s[^,.;:]{1,50}\s(?:to|at|with|auf|mit)\s)?"
)
_QUALIFIER: Final = re.compile(r"\s?\((?!\d)[^()]{1,24}\)|\s(?:on|for|an|für)\s[A-Z][\w-]*(?=[\s,.;]|$)")
_TORQUES: Final = frozenset({"Nm", "kNm", "Ncm", "mNm", "ft-lb", "in-lb"})  # hardly ever said but to be reached
_POURED: Final = re.compile(
    r"\b(?:fill|fill in|add|pour(?: in)?|refill|top up|einfüllen|nachfüllen)\s+$", re.IGNORECASE
)
_LABELLED: Final = re.compile(r"(?:^|[.;,(|]\s?)\W*[\w°%/ -]{1,40}?\s?[:=]\s?$")
_RATE: Final = re.compile(r"\s?(?:per\b|for (?:each|every)\b|an? (?:minute|hour|second)\b|pro\b|je\b)", re.I)
_SHARE: Final = re.compile(r"\s?(?:of|von)\s(?:the\s|a\s)?\d", re.I)
_DESCRIBES: Final = re.compile(
    r"\s(?:long|wide|high|thick|deep|tall|rod|bar\b(?!\s)|key|spanner|wrench|bolt|screw|hose|pipe|cable|fuse|disc|plate|"
    r"drill|hole|lang|breit|dick)\b",
    re.IGNORECASE,
)
_FOLD: Final = str.maketrans({**dict.fromkeys("‐‑‒–−", "-"), "\u00a0": " ", "\u202f": " "})


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
    folded = text.translate(_FOLD)
    found: list[Limit] = []
    for start, end in _sentences(folded):
        found += _of_sentence(folded, start, end, language)
    return tuple(replace_text(limit, text) for limit in found)


def replace_text(limit: Limit, text: str) -> Limit:
    """``limit`` with its words as they are written, not as they were folded for reading."""
    return limit.model_copy(update={"text": text[limit.start : limit.end]})


def _sentences(text: str) -> list[tuple[int, int]]:
    spans, start = [], 0
    for match in _END.finditer(text):
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
    match = re.match(r"[-+]?[\d.,/'’\u2009]*\d", claim.text.translate(_FOLD))
    return match[0] if match else ""


def _at(sentence: str, numbers: Sequence[_Number], at: int, before_it: Limit | None) -> tuple[Limit | None, int]:
    """The limit that begins with number ``at``, if any, and how many numbers it takes up."""
    first = numbers[at]
    second = numbers[at + 1] if at + 1 < len(numbers) else None
    between = sentence[first.claim.end : second.claim.start] if second is not None else ""
    before = sentence[: first.claim.start]
    if second is not None and _PLUS_MINUS.fullmatch(between):
        return _toleranced(sentence, first, second), 2
    if second is not None and _is_range(before, between, first, second):
        return _ranged(sentence, first, second), 2
    alternatives = 1
    while (
        at + alternatives < len(numbers)
        and _OR.fullmatch(sentence[numbers[at + alternatives - 1].claim.end : numbers[at + alternatives].claim.start])
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
    if not _alike(first, second) or not (second.claim.unit or _BETWEEN.search(before)):
        return False
    if _BETWEEN.search(before):
        return _AND.fullmatch(between) is not None or _TO.fullmatch(between) is not None
    return _TO.fullmatch(between) is not None


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
    lead = _BETWEEN.search(before) or _FROM.search(before)
    start = lead.start() if lead else first.claim.start
    low, high = first.value, second.value
    doubt = _doubt(sentence, start, (first, second))
    if _RATE.match(sentence, second.claim.end):
        return None
    if low > high:
        doubt = doubt or CONTRARY
    if not lead and _NOT.search(_clause_before(sentence, start)):
        doubt = doubt or CONDITIONAL
    return _limit("range", low, high, second.claim.unit or first.claim.unit, start, second.claim.end, doubt)


def _single(sentence: str, number: _Number, before_it: Limit | None) -> Limit | None:
    claim = number.claim
    before, after = sentence[: claim.start], sentence[claim.end :]
    if _RATE.match(after) or (claim.unit and _SHARE.match(after)) or _ALONE_PLUS_MINUS.search(before):
        return None
    if compared := _COMPARED.search(before):
        return _compared(sentence, number, compared)
    if behind := _AFTER.match(after):
        low, high = (None, number.value) if behind["most"] else (number.value, None)
        doubt = _doubt(sentence, claim.start, (number,))
        return _limit("range", low, high, claim.unit, claim.start, claim.end + behind.end(), doubt)
    if not claim.unit:
        return None
    about = _ABOUT.search(before)
    lead = before[: about.start()] if about else before
    listed = (
        before_it is not None
        and before_it.kind == "nominal"
        and before_it.unit == claim.unit
        and _LISTED.fullmatch(sentence[before_it.end : claim.start]) is not None
    )
    if not (listed or claim.unit in _TORQUES or _prescribed(lead, after)) or (
        _DESCRIBES.match(after) and not _TARGET.search(lead)
    ):
        return None
    start = about.start() if about else claim.start
    doubt = _doubt(sentence, start, (number,), lead)
    if before_it is not None and listed:
        doubt = doubt or before_it.doubt
    if lead.rstrip().endswith((" of", " von")) and _CONCLUDES.match(after):
        doubt = doubt or CONDITIONAL  # "a pressure of 3 bar is too low"
    kind: LimitKind = "about" if about else "nominal"
    qualified = _QUALIFIER.match(sentence, claim.end)
    end = qualified.end() if qualified else claim.end
    return _limit(kind, number.value, number.value, claim.unit, start, end, doubt)


def _prescribed(lead: str, after: str) -> bool:
    """Whether the words around a number make it a value to be reached."""
    patterns = (_TARGET, _HAS_TO_BE, _POURED, _LABELLED, _QUANTITY_BEFORE)
    if any(pattern.search(lead) for pattern in patterns) or re.search(r"\bit is $", lead):
        return True
    if re.search(r"\b(?:auf|mit|bis)\s+$", lead) and _TARGET_BEHIND.match(after):
        return True
    return _IS.search(lead) is not None and _QUANTITY_NAMED.search(lead) is not None


def _compared(sentence: str, number: _Number, compared: re.Match[str]) -> Limit | None:
    claim = number.claim
    start = compared.start()
    head = _clause_before(sentence, start)
    weak = compared["less"] is not None or compared["more"] is not None
    if not claim.unit and (weak or not _COUNTS.search(compared[0])):
        return None
    doubt = _doubt(sentence, start, (number,))
    upper = compared["most"] is not None or compared["less"] is not None
    included = not weak
    if weak:
        until = _last(_UNTIL, head)
        said = head[until.end() :] if until else head
        if negated := _last(_NOT, said):
            upper, included = not upper, True
            start -= len(said) - negated.start()
        elif not (_PRESCRIBES.search(head) or until):
            doubt = doubt or CONDITIONAL
    if not head.strip(" \t\"'([-") and _CONCLUDES.match(sentence[claim.end :]):
        doubt = doubt or CONDITIONAL
    if weak and _CONCLUDES.match(sentence[claim.end :]):
        doubt = doubt or CONDITIONAL
    low, high = (None, number.value) if upper else (number.value, None)
    return _limit("range", low, high, claim.unit, start, claim.end, doubt, included)


def _clause_before(sentence: str, at: int) -> str:
    boundary = _last(_CLAUSE, sentence[:at])
    return sentence[boundary.end() : at] if boundary else sentence[:at]


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    found = list(pattern.finditer(text))
    return found[-1] if found else None


def _doubt(sentence: str, start: int, numbers: Sequence[_Number], lead: str | None = None) -> str:
    if any(len(number.values) > 1 for number in numbers):
        return TWO_WAYS
    # A condition holds for what follows it, to the end of the sentence.
    if _CONDITION.search(sentence[:start] if lead is None else lead):
        return CONDITIONAL
    end = max(number.claim.end for number in numbers)
    return CONDITIONAL if _CONDITION_BEHIND.match(sentence, end) else ""


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
        if not _ALONE_PLUS_MINUS.search(before) or any(one.start <= number.claim.start < one.end for one in limits):
            continue
        shared = _EACH.search(before) is not None
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
