"""Values with units: ranges, tolerances, dimensions, ratios, fractions."""

from __future__ import annotations

import re
from typing import Final

from copilot.answering.units import UNIT, normalise_unit
from copilot.voice.spoken.base import SpokenLanguage
from copilot.voice.spoken.numbers import NUMBER, UNSIGNED, is_one, number_in_words
from copilot.voice.spoken.scanner import Rule

_SPACE: Final = r"[ \u00a0\u202f]"
_END: Final = r"(?![\w°²³])"
_UNIT: Final = rf"{_SPACE}?(?P<unit>{UNIT}){_END}"
_ALONE: Final = r"(?!\w|[-_./]\w)"  # else it is the beginning of an identifier
_FIRST: Final = rf"(?<![\w.,])(?P<first>{NUMBER})"
# "5 in the box" is no length, and "10K" is how a resistor is called.
_WORDS_AFTER: Final = re.compile(r"\s+[a-zäöüß]{2}")
_BARE_LETTERS: Final = frozenset("KFHTJGl")

_RANGE: Final = re.compile(
    rf"{_FIRST}(?:{_SPACE}?(?P<unit1>{UNIT}){_END})?"
    rf"{_SPACE}?(?:–|—|-|\.\.\.?|…|to|bis){_SPACE}?(?P<second>{NUMBER})(?![\d:/])(?:{_UNIT}|{_ALONE})"
)
_TOLERANCE: Final = re.compile(
    rf"(?<![\w.,])(?P<first>{UNSIGNED})(?:{_SPACE}?(?P<unit1>{UNIT}){_END})?{_SPACE}?"
    rf"(?:±|\+/-|\+-){_SPACE}?(?P<both>{UNSIGNED})(?:{_UNIT}|{_ALONE})"
)
_TWO_SIDED: Final = re.compile(
    rf"(?<![\w.,])(?P<first>{UNSIGNED}){_SPACE}?\+{_SPACE}?(?P<up>{UNSIGNED}){_SPACE}?/?{_SPACE}?"
    rf"[-−–]{_SPACE}?(?P<down>{UNSIGNED})(?:{_UNIT}|{_ALONE})"
)
_DIMENSIONS: Final = re.compile(
    rf"(?<![\w.,])(?P<all>(?:{UNSIGNED})(?:{_SPACE}?[x×*]{_SPACE}?(?:{UNSIGNED}))+)(?:{_UNIT}|{_ALONE})"
)
_RATIO: Final = re.compile(r"(?<![\w.,:])(?P<first>\d{1,4}):(?P<second>\d{1,5})(?![\w:])")
_FRACTION: Final = re.compile(
    rf"(?<![\w.,/-])(?:(?P<whole>\d+)[ -])?(?P<top>\d{{1,2}})/(?P<bottom>2|3|4|5|6|8|10|16|32|64)(?![\w/])"
    rf"(?:{_UNIT}|(?P<inch>[\"″]))?"
)
_SINGLE: Final = re.compile(
    rf"(?<![\w.,])(?:(?P<about>\+/-|±){_SPACE}?)?(?P<first>{NUMBER})"
    rf"(?:{_UNIT}|(?P<inch>[\"″])(?!\w)|{_ALONE})"
)


def rules(language: SpokenLanguage) -> tuple[Rule, ...]:
    """What is said for values, the longest forms first."""
    words = language.words

    def number(written: str) -> str:
        return number_in_words(written, language)

    def unit_of(match: re.Match[str], name: str = "unit") -> str | None:
        written = match.groupdict().get(name)
        return None if written is None or _is_no_unit(match, written, name) else normalise_unit(written)

    def said(unit: str | None, last: str) -> str:
        if unit is None:
            return ""
        known = language.units.get(unit)
        return f" {unit}" if known is None else f" {known.one if is_one(last, language) else known.many}"

    def ending(match: re.Match[str], last: str, own: str | None = None) -> str:
        """The unit in words, or what stands there where it only looks like one."""
        written = match["unit"]
        if written is not None and unit_of(match) is None:
            return f" {written}"
        return said(unit_of(match) or own, last)

    def span(match: re.Match[str]) -> str:
        first, second = match["first"], match["second"]
        own, shared = unit_of(match, "unit1"), unit_of(match)
        between = said(own, first) if own and own != shared else ""
        return f"{number(first)}{between} {words['to']} {number(second)}{ending(match, second, own)}"

    def tolerance(match: re.Match[str]) -> str:
        own, shared = unit_of(match, "unit1"), unit_of(match)
        between = said(own, match["first"]) if own and own != shared else ""
        return (
            f"{number(match['first'])}{between} {words['plus_minus']} {number(match['both'])}{ending(match, '0', own)}"
        )

    def two_sided(match: re.Match[str]) -> str:
        up, down = f"{words['plus']} {number(match['up'])}", f"{words['minus']} {number(match['down'])}"
        return f"{number(match['first'])}, {up}, {down}{ending(match, '0')}"

    def dimensions(match: re.Match[str]) -> str:
        sizes = re.split(r"\s?[x×*]\s?", match["all"])
        return f" {words['by']} ".join(map(number, sizes)) + ending(match, "0")

    def ratio(match: re.Match[str]) -> str:
        return f"{number(match['first'])} {words['ratio']} {number(match['second'])}"

    def fraction(match: re.Match[str]) -> str | None:
        top, bottom = int(match["top"]), int(match["bottom"])
        if top >= bottom or top == 0:
            return None
        whole = f"{number(match['whole'])} {'und' if language.code == 'de' else 'and'} " if match["whole"] else ""
        written = words["inch"] if match["inch"] else match["unit"]
        unit = said(normalise_unit(written) if written else None, "0" if whole else "1")
        return f"{whole}{language.fraction(top, bottom)}{unit}"

    def single(match: re.Match[str]) -> str:
        written = match["first"]
        unit = "in" if match["inch"] else unit_of(match)
        known = language.units.get(unit or "")
        single = known.single if known is not None and is_one(written, language) else ""
        about = f"{words['plus_minus']} " if match["about"] else ""
        return f"{about}{single or number(written)}{said(unit, written) if match['inch'] else ending(match, written)}"

    return (
        Rule(_TWO_SIDED, two_sided),
        Rule(_TOLERANCE, tolerance),
        Rule(_DIMENSIONS, dimensions),
        Rule(_FRACTION, fraction),
        Rule(_RANGE, span),
        Rule(_RATIO, ratio),
        Rule(_SINGLE, single),
    )


def _is_no_unit(match: re.Match[str], written: str, name: str) -> bool:
    """Whether what looks like a unit is a word or a letter that stands for something else."""
    after = match.string[match.end(name) :]
    if written in ("in", "a") and _WORDS_AFTER.match(after):
        return True
    attached = match.string[match.start(name) - 1].isdigit()
    return attached and written in _BARE_LETTERS
