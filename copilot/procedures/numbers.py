"""Numbers as people and manuals write them, exactly; and whether one can be read in two ways."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

_TWO_WAYS: Final = re.compile(r"[-+]?[1-9]\d{0,2}[.,]\d{3}")
"""1,200 is twelve hundred in one country and one and a fifth in another."""
_COMMA_LANGUAGES: Final = frozenset(
    {"de", "fr", "es", "it", "nl", "pt", "pl", "cs", "da", "sv", "nb", "no", "fi", "ru"}
)
_POINT_LANGUAGES: Final = frozenset({"en", "ja", "zh", "ko"})
_GROUPS: Final = re.compile(r"[\u00a0\u202f\u2009'’]")
_NUMBER: Final = re.compile(r"[-+]?(?:\d+(?:[.,]\d+)*|[.,]\d+)|[-+]?\d+/\d+")
_FOLD: Final = str.maketrans({**dict.fromkeys("‐‑‒–−", "-"), **dict.fromkeys("⁄∕", "/")})


def readings(text: str, language: str | None = None) -> tuple[Fraction, ...]:
    """Every value that a number may mean, the usual one first; none where it is no number.

    Args:
        text: Digits, with a sign, separators or a slash; no unit.
        language: Two-letter code of the language that it was written in, which settles what a separator means.
    """
    text = _GROUPS.sub("", text.translate(_FOLD).strip())
    if not _NUMBER.fullmatch(text):
        return ()
    if "/" in text:
        above, below = text.split("/")
        return (Fraction(int(above), int(below)),) if int(below) else ()
    if _TWO_WAYS.fullmatch(text):
        separator = "," if "," in text else "."
        decimal, grouped = Fraction(text.replace(",", ".")), Fraction(text.replace(separator, ""))
        code = (language or "")[:2].lower()
        if code in _COMMA_LANGUAGES:
            return (decimal,) if separator == "," else (grouped,)
        if code in _POINT_LANGUAGES:
            return (decimal,) if separator == "." else (grouped,)
        return decimal, grouped
    if text.count(",") + text.count(".") <= 1:
        return (Fraction(text.replace(",", ".")),)
    # Several separators: the last one is the decimal mark where it differs from those before it.
    kinds = [letter for letter in text if letter in ".,"]
    groups = re.split(r"[.,]", text.lstrip("+-"))
    inner = groups[1:-1] if kinds[-1] != kinds[0] else groups[1:]
    if not 1 <= len(groups[0]) <= 3 or any(len(group) != 3 for group in inner) or len(set(kinds[:-1])) > 1:
        return ()
    if kinds[-1] != kinds[0]:
        whole, _, part = text.rpartition(kinds[-1])
        return (Fraction(re.sub(r"[.,]", "", whole) + "." + part),)
    return (Fraction(re.sub(r"[.,]", "", text)),)


def decimal_text(value: Fraction) -> str:
    """``value`` as decimal text without a digit lost, or as a fraction where it has no end ("1/3")."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return f"{value.numerator}/{value.denominator}"
    digits = 0
    while (value * 10**digits).denominator != 1:
        digits += 1
    scaled = abs(value.numerator * 10**digits // value.denominator)
    whole, part = divmod(scaled, 10**digits)
    text = f"{whole}.{part:0{digits}d}" if digits else str(whole)
    return f"-{text}" if value < 0 else text


def shown(value: Fraction, digits: int = 4) -> str:
    """``value`` for people: exact where that is short, else rounded."""
    exact = decimal_text(value)
    return exact if len(exact) <= digits + 4 and "/" not in exact else f"{float(value):.{digits}g}"
