"""Identifiers, part numbers, versions, addresses and words in capitals, letter by letter where people do so."""

from __future__ import annotations

import re
from typing import Final

from copilot.voice.spoken.base import SpokenLanguage
from copilot.voice.spoken.scanner import Rule

_HEX: Final = re.compile(r"(?<!\w)0x(?P<digits>[0-9A-Fa-f]{1,16})(?!\w)")
_DOTTED: Final = re.compile(r"(?<![\w.])v?\d+(?:\.\d+){2,}(?![\w.]*\w)")
_IDENTIFIER: Final = re.compile(
    r"(?<![\w@])(?=[\w./+:#*-]*[A-Za-z])(?=[\w./+:#*-]*\d)[A-Za-z0-9]+(?:[-_./+:#*][A-Za-z0-9]+)*(?![\w])"
)
_RUN: Final = re.compile(r"\d+|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[A-Z]|[-_./+:#*]")
_CAPITALS: Final = re.compile(r"(?<![\w-])[A-ZÄÖÜ]{1,8}(?:/[A-ZÄÖÜ]{1,4})?(?![\w])")
_VOWEL: Final = re.compile(r"[AEIOUYÄÖÜ]")
_FIGURES: Final = re.compile(r"\d+")


def rules(language: SpokenLanguage, *, shouted: bool = False) -> tuple[Rule, ...]:
    """What is said for identifiers and words in capitals.

    Args:
        language: Whose.
        shouted: Whether all is in capitals, as warnings are: then they are words and no abbreviations.
    """

    def capitals(match: re.Match[str]) -> str:
        if shouted:
            return match[0].lower()
        return " ".join(say_capitals(part, language) for part in match[0].split("/"))

    return (
        Rule(_IDENTIFIER, lambda match: say_identifier(match[0], language)),
        Rule(_CAPITALS, capitals),
        Rule(_FIGURES, lambda match: f" {_digits(match[0], language)} "),
    )


def rules_before_quantities(language: SpokenLanguage) -> tuple[Rule, ...]:
    """What is said for figures that are no values: 0x1F, versions, sections and addresses such as 192.168.0.1."""

    def hexadecimal(match: re.Match[str]) -> str:
        return f"{language.words['hex']} {spell(match['digits'].upper(), language)}"

    def dotted(match: re.Match[str]) -> str:
        groups = match[0].removeprefix("v").split(".")
        address = len(groups) == 4 and all(int(group) < 256 for group in groups)
        joint = language.words["dot"] if address or language.code == "de" else language.words["point"]
        return f" {joint} ".join(_digits(group, language) for group in groups)

    return (Rule(_HEX, hexadecimal), Rule(_DOTTED, dotted))


def spell(text: str, language: SpokenLanguage) -> str:
    """Every letter and digit by itself."""
    return " ".join(language.cardinal(int(sign)) if sign.isdigit() else sign for sign in text)


def say_identifier(written: str, language: SpokenLanguage) -> str:
    """A fault code, type or part number as people read it out: F0012, "F zero zero one two"; DX-40, "D X forty"."""
    runs = _RUN.findall(written)
    said: list[str] = []
    for position, run in enumerate(runs):
        if run in language.joints:
            between_digits = (
                0 < position < len(runs) - 1 and runs[position - 1].isdigit() and runs[position + 1].isdigit()
            )
            joint = language.joints[run]
            if run == "." and between_digits and language.code == "en":
                joint = language.words["point"]
            if joint:
                said.append(joint)
            elif said and (between_digits or len(written) > 12):
                said[-1] += ","  # a breath between the groups of a long number
        elif run.isdigit():
            said.append(_digits(run, language))
        elif run.isupper():
            said.append(say_capitals(run, language, known=run in ("DIN", "ISO")))
        elif len(run) <= 2:
            said.append(" ".join(run.upper()))
        else:
            said.append(run)
    return " ".join(said)


def say_capitals(word: str, language: SpokenLanguage, *, known: bool | None = None) -> str:
    """A word in capitals: spelled where it is short or can't be pronounced, else said as a word.

    Args:
        word: Without digits.
        language: Knows short words that are no abbreviations.
        known: Whether it is such a word; None looks it up.
    """
    is_word = word in language.capitals if known is None else known
    if is_word:
        return word if len(word) == 1 else word.capitalize() if word in ("DIN", "ISO") else word.lower()
    if len(word) <= 3 or not _VOWEL.search(word):
        return " ".join(word)
    return word.lower()


def _digits(digits: str, language: SpokenLanguage) -> str:
    number = int(digits)
    if digits[0] == "0" or len(digits) > 4:
        return language.digits(digits)
    if len(digits) <= 2:
        return language.cardinal(number)
    if number % 100 == 0:
        return language.hundreds(number) if number > 1000 else language.cardinal(number)
    return language.digits(digits)
