"""Numbers as they are written in documents, and as words."""

from __future__ import annotations

import re
from typing import Final

from copilot.voice.spoken.base import SpokenLanguage

UNSIGNED: Final = r"\d{1,3}(?:[,.'’\u00a0\u202f]\d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)?(?!\d)"
"""A number: with groups of thousands or a decimal mark, in any language's habit."""
SIGN: Final = r"[-+−–±]"
NUMBER: Final = rf"(?:{SIGN}\s?)?(?:{UNSIGNED})"

_GROUPED: Final = re.compile(r"(\d{1,3})((?:([,.'’\u00a0\u202f])\d{3})(?:\3\d{3})*)(?:([.,])(\d+))?")
_LONGEST_AS_NUMBER: Final = 15


def parts(written: str, language: SpokenLanguage) -> tuple[str, str]:
    """Whole digits and decimal digits of an unsigned number; the second is "" where there are none.

    A single mark before three digits is the language's: 1.250 are one and a quarter in English, twelve hundred and
    fifty in German.
    """
    grouped = _GROUPED.fullmatch(written)
    decimal = "," if language.comma_is_decimal else "."
    if grouped and grouped[4] != grouped[3] and not (grouped[3] == decimal and grouped[2].count(decimal) == 1):
        return re.sub(r"\D", "", grouped[1] + grouped[2]), grouped[5] or ""
    whole, _, digits = written.replace(",", ".").rpartition(".") if re.search(r"[.,]", written) else (written, "", "")
    return re.sub(r"\D", "", whole), digits


def number_in_words(written: str, language: SpokenLanguage) -> str:
    """A number, with its sign where it has one, in words.

    Args:
        written: As `NUMBER` finds it.
    """
    sign, unsigned = split_sign(written, language)
    whole, digits = parts(unsigned, language)
    if len(whole) > _LONGEST_AS_NUMBER or (len(whole) > 1 and whole[0] == "0" and not digits):
        said = language.digits(whole)
    else:
        said = language.cardinal(int(whole or "0"))
    if digits:
        said = f"{said} {language.words['point']} {language.digits(digits)}"
    return f"{sign} {said}".strip()


def split_sign(written: str, language: SpokenLanguage) -> tuple[str, str]:
    """The word for the sign, "" for none, and the number without it."""
    match = re.match(rf"({SIGN})\s?", written)
    if match is None:
        return "", written
    words = language.words
    name = {"±": words["plus_minus"], "+": words["plus"]}.get(match[1], words["minus"])
    return name, written[match.end() :]


def is_one(written: str, language: SpokenLanguage) -> bool:
    """Whether a number is exactly 1, after which a unit stands in the singular."""
    return parts(split_sign(written, language)[1], language) == ("1", "")
