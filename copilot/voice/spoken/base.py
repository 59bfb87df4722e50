"""What the spoken form needs to know of a language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UnitWords:
    """How a unit is said.

    Attributes:
        one: After 1.
        many: After every other number.
        single: The word for 1 before it, where that is not the counting word ("ein" Meter, "eine" Stunde).
    """

    one: str
    many: str
    single: str = ""


@dataclass(frozen=True, slots=True)
class SpokenLanguage:
    """Words and habits of one language.

    Attributes:
        code: ISO 639-1.
        comma_is_decimal: Whether 1,5 is one and a half and 1.500 fifteen hundred.
        cardinal: A whole number in words, not negative.
        date: A day in words: year (None where none is written), month, day.
        time: A time of day in words: hour, minute, second (None where none is written).
        fraction: Numerator and denominator in words.
        hundreds: A round number between 1100 and 9900 as types are called: 1200, "twelve hundred".
        units: By the one form that `copilot.answering.units` gives to each.
        abbreviations: Written form, folded, with its full stop, to what is said.
        signs: Characters that are said, such as ≤.
        capitals: Words in capitals that are said as words however short they are: ON, DIN.
        joints: What is said for the characters that join the parts of an identifier.
        words: The small words of the grammar: point, minus, plus, plus_minus, to, by, ratio, step, hex, unverified,
            address, dot.
    """

    code: str
    comma_is_decimal: bool
    cardinal: Callable[[int], str]
    date: Callable[[int | None, int, int], str]
    time: Callable[[int, int, int | None], str]
    fraction: Callable[[int, int], str]
    hundreds: Callable[[int], str]
    units: Mapping[str, UnitWords]
    abbreviations: Mapping[str, str]
    signs: Mapping[str, str]
    capitals: frozenset[str]
    joints: Mapping[str, str]
    words: Mapping[str, str]

    def digits(self, text: str) -> str:
        """Every digit by itself: 0012, "zero zero one two"."""
        return " ".join(self.cardinal(int(digit)) for digit in text)
