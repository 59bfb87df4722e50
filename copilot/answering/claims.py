"""Numbers, units and identifiers in a text, and whether another text bears them out.

A claim is what a technician acts on: "1.3 Nm" is not "13 Nm", and ``P1121`` is not ``P1112``. So a claim is only
borne out by the same number with the same unit, or the same identifier, letter for letter but for case and
separators. Where it is doubtful whether a number has that unit, it has not: a mark too many costs a look at the
passage, one too few costs a stripped thread.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from copilot.answering.units import UNIT, is_word_too, normalise_unit, weaker_unit
from index.search.identifiers import extract, is_identifier, squeeze

# One character for one, so that places stay.
_FOLD: Final = str.maketrans({**dict.fromkeys("‐‑‒–−", "-"), **dict.fromkeys("⁄∕", "/"), "—": " "})
_SIGN: Final = r"(?:(?<![\w.,%°)\]])[-+])?"
# A number is never cut short. Possessive groups would say so more briefly; Python 3.11.0 to 3.11.4 get them wrong
# (https://github.com/python/cpython/issues/106052).
_THOUSAND: Final = r"[\u00a0\u202f\u2009'’]\d{3}(?!\d)"
_DIGITS: Final = rf"\d+(?:{_THOUSAND})*(?:[.,]\d+)*(?!\d|[.,]\d|{_THOUSAND})"
_NUMBER: Final = rf"(?:(?<!\w)(?<!\d[.,]){_SIGN}{_DIGITS}|(?<![\w.])\.\d+(?!\d))"
# Sizes such as 3/8 in; other slashes divide alternatives (50/60 Hz) or dates.
_FRACTION: Final = r"(?<![\w.,/])[1-9]\d?/(?:2|3|4|5|6|8|10|12|16|32|64)(?![\w/]|[.,]\d)"
_QUANTITY: Final = re.compile(rf"({_FRACTION}|{_NUMBER})(?:[\s\u00a0\u202f]?-?({UNIT})(?!\w))?(?!\w*\d)")
_WORD: Final = re.compile(r"[^\s,;()\"'`=|!?*{}\[\]<>“”‘’]+")
_EDGES: Final = ".:-/\\_+#&~^%$…"
_LIST_NUMBER: Final = re.compile(r"(?:^|\n)[^\S\n]*\(?(?:step\s+)?$", re.IGNORECASE)
_COUNTER: Final = re.compile(
    r"\b(?:step|section|chapter|page|figure|fig|table|tab|no|number|item|see|part|ref)s?\.?\s*$", re.I
)
_LETTERS_BEFORE: Final = re.compile(r"(?<![\w.-])[A-Za-z]{1,4} $")
_PREPOSITION: Final = re.compile(
    r"-|\s+(?:an?|the|this|that|these|those|each|all|any|both|total|order|case|turn|which|your|\d)\b"
)
_PARTS: Final = re.compile(r"[-/:_]+")
_BETWEEN: Final = re.compile(r"\s?(?:-|/|\.{2,3}|…|,|to|and|or|bis|und|oder)\s?", re.IGNORECASE)
_CELL: Final = " | "


@dataclass(frozen=True, slots=True)
class Claim:
    """One number (with its unit, if any) or identifier, and where it stands.

    Attributes:
        kind: What it is.
        text: As written.
        value: Normalised: number without thousands separators and with a decimal point, or the identifier.
        unit: Normalised unit, "" for none.
        start, end: Characters in the text.
    """

    kind: Literal["number", "identifier"]
    text: str
    value: str
    unit: str
    start: int
    end: int


def claims_of(text: str) -> list[Claim]:
    """Every number and identifier in ``text``, in order; a number inside an identifier is not counted again."""
    folded = text.translate(_FOLD)
    claims: list[Claim] = []
    for match in _WORD.finditer(folded):
        word = match[0].strip(_EDGES)
        if len(word) > 1 and is_identifier(word) and not _is_range(word):
            start = match.start() + match[0].index(word)
            end = start + len(word)
            claims.append(Claim("identifier", text[start:end], _identifier(word), "", start, end))
    taken = [(claim.start, claim.end) for claim in claims]
    at = 0
    for match in _QUANTITY.finditer(folded):
        while at < len(taken) and taken[at][1] <= match.start(1):
            at += 1
        if at < len(taken) and taken[at][0] < match.end(1):
            continue
        unit = match[2] or ""
        if unit == "in" and _PREPOSITION.match(folded, match.end(2)):
            unit = ""
        end = match.end(2) if unit else match.end(1)
        claims.append(
            Claim("number", text[match.start(1) : end], _number(match[1]), normalise_unit(unit), match.start(1), end)
        )
    return sorted(claims, key=lambda claim: claim.start)


def unsupported(text: str, sources: str) -> list[Claim]:
    """Claims of ``text`` that ``sources`` does not bear out.

    A number without a unit is borne out by the same number. One with a unit needs the same unit: beside it, beside
    the other end of its range ("4-20 mA"), or in its table: in the header of its column, or a cell of its row. The
    numbers of a list's items claim nothing.
    """
    found = _Source(sources)
    return [claim for claim in claims_of(text) if not _counts_items(text, claim) and not found.bears_out(text, claim)]


class _Source:
    """What a text can bear out."""

    def __init__(self, text: str) -> None:
        claims = claims_of(text)
        self._numbers = {claim.value for claim in claims if claim.kind == "number"}
        self._quantities = {(claim.value, unit) for claim, unit in _with_units(text, claims)}
        self._identifiers = {claim.value for claim in claims if claim.kind == "identifier"}
        self._identifiers.update(squeeze(identifier) for identifier in extract(text))

    def bears_out(self, text: str, claim: Claim) -> bool:
        if claim.kind == "identifier":
            return claim.value in self._identifiers or self._has_all_parts(claim.text)
        if claim.unit:
            return (claim.value, claim.unit) in self._quantities
        return claim.value in self._numbers or self._is_spaced_code(text, claim)

    def _has_all_parts(self, identifier: str) -> bool:
        """Whether this is a list or range of identifiers ("F0012-F0015") that are all there."""
        parts = [part for part in _PARTS.split(identifier.translate(_FOLD)) if part]
        return len(parts) > 1 and all(is_identifier(part) and _identifier(part) in self._identifiers for part in parts)

    def _is_spaced_code(self, text: str, claim: Claim) -> bool:
        before = _LETTERS_BEFORE.search(text, max(0, claim.start - 6), claim.start)
        return before is not None and squeeze(before[0] + claim.text) in self._identifiers


def _with_units(text: str, claims: Sequence[Claim]) -> Iterator[tuple[Claim, str]]:
    """Every number that has a unit, with each unit that it may be said to have."""
    following: Claim | None = None
    unit_after = ""
    for claim in reversed([claim for claim in claims if claim.kind == "number"]):
        unit = claim.unit
        if (
            not unit
            and following is not None
            and _BETWEEN.fullmatch(text[claim.end : following.start].translate(_FOLD))
        ):
            unit = unit_after
        if unit:
            yield claim, unit
            if weaker := weaker_unit(unit):
                yield claim, weaker
        following, unit_after = claim, unit
    bare = [claim for claim in claims if claim.kind == "number" and not claim.unit]
    yield from _units_in_tables(text, bare)
    yield from _units_in_brackets(text, bare)


def _units_in_tables(text: str, bare: Sequence[Claim]) -> Iterator[tuple[Claim, str]]:
    header: list[set[str]] = []
    position = 0
    for line in text.splitlines(keepends=True):
        cells = line.split(_CELL)
        if len(cells) < 2:
            header = []
        elif not header:
            header = [set(_units_named(cell)) for cell in cells]
        else:
            named = [set(_units_named(cell)) for cell in cells]
            start = position
            for column, cell in enumerate(cells):
                units = set().union(*(named[:column] + named[column + 1 :]))
                if column < len(header):
                    units |= header[column]
                for claim in bare:
                    if start <= claim.start < start + len(cell):
                        yield from ((claim, unit) for unit in units)
                start += len(cell) + len(_CELL)
        position += len(line)


_UNIT_NAMED: Final = re.compile(rf"(?<!\w)({UNIT})(?!\w)")


def _units_named(cell: str) -> Iterator[str]:
    """Units that a table's cell names for numbers in other cells: not those that belong to a number of its own."""
    cell = cell.strip().translate(_FOLD)
    for match in _UNIT_NAMED.finditer(cell):
        before = cell[: match.start()].rstrip()
        if before[-1:].isdigit():
            continue
        # "in" and "A" are words too: they name a unit where they stand in brackets or end the cell.
        if is_word_too(match[1]) and before[-1:] not in ("(", "[", "/") and match.end() < len(cell):
            continue
        yield normalise_unit(match[1])


_BRACKETED_UNIT: Final = re.compile(rf"[(\[]\s?(?:in\s)?({UNIT})\s?[)\]]|\bin ({UNIT})\s?:")


def _units_in_brackets(text: str, bare: Sequence[Claim]) -> Iterator[tuple[Claim, str]]:
    """Tables that lost their columns ("Thread  Torque (Nm)", then a line a size), and "torques in Nm: 10, 25"."""
    named = [
        (match.end(), normalise_unit(match[1] or match[2])) for match in _BRACKETED_UNIT.finditer(text.translate(_FOLD))
    ]
    units: set[str] = set()
    for claim in bare:
        while named and named[0][0] <= claim.start:
            units.add(named.pop(0)[1])
        counts = _counts_items(text, claim) or _COUNTER.search(text[max(0, claim.start - 12) : claim.start])
        if units and not counts and _CELL not in _line_at(text, claim.start):
            yield from ((claim, unit) for unit in units)


def _line_at(text: str, at: int) -> str:
    end = text.find("\n", at)
    return text[text.rfind("\n", 0, at) + 1 : end if end >= 0 else len(text)]


def _counts_items(text: str, claim: Claim) -> bool:
    """Whether the claim is the number of a list's item ("2. Loosen…")."""
    return (
        claim.kind == "number"
        and not claim.unit
        and re.match(r"[.)]\s+\S", text[claim.end : claim.end + 8]) is not None
        and _LIST_NUMBER.search(text[max(0, claim.start - 24) : claim.start]) is not None
    )


_RANGE: Final = re.compile(rf"[-+]?\d[\d.,]*(?:{UNIT})?(?:[-/][-+]?\d[\d.,]*(?:{UNIT})?)+")


def _is_range(word: str) -> bool:
    """Whether this is "10-20mm" or "50/60Hz" rather than a part number."""
    return word[-1].isalpha() and _RANGE.fullmatch(word) is not None


def _identifier(text: str) -> str:
    """Letters and digits; a separator stays where it keeps two numbers apart: 1.12.3 is not 11.2.3."""
    text = re.sub(r"(?<=\d)[\W_]+(?=\d)", "\0", text.translate(_FOLD))
    return "\0".join(squeeze(part) for part in text.split("\0"))


def _number(text: str) -> str:
    text = re.sub(r"[\u00a0\u202f\u2009'’]", "", text).lstrip("+")
    if re.fullmatch(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?", text):
        text = text.replace(",", "")
    elif text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    if text.startswith("."):
        text = "0" + text
    if re.fullmatch(r"-?\d+\.\d+", text):
        text = text.rstrip("0").rstrip(".")
    return text
