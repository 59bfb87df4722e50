"""Bank accounts and payment cards, by their check digits.

They look at every way of cutting a run of digits, not only at the greediest: "order 7 4111 1111 1111 1111" holds a card
although the run as a whole is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sync.personal.spans import Span

_SEPARATOR: Final = r"[ \t\u00a0\u2000-\u200a\u202f\u2010-\u2015.,/_–-]"

_DIGIT_RUN: Final = re.compile(rf"(?<![^\W_])\d(?:{_SEPARATOR}?\d){{12,}}(?![^\W_])")
_CARD_LENGTHS: Final = range(13, 20)  # ISO/IEC 7812-1
_CARD_BEGINNINGS: Final = "23456"

_IBAN_START: Final = re.compile(r"(?<![^\W_])([A-Za-z]{2})[ \t\u00a0]?(?=\d[ \t\u00a0]?\d)")
_IBAN_MOST: Final = 34
# Lengths of the SWIFT IBAN registry; without them one text in five that looks like one would pass the check digits.
_IBAN_LENGTHS: Final = {
    country: length
    for length, countries in {
        15: "NO", 16: "BE", 18: "DK FI FO GL NL SD FK", 19: "MK SI", 20: "AT BA EE KZ LT LU MN XK", 21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE IL IQ OM SO TL", 24: "AD CZ DJ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST", 26: "IS TR", 27: "BI FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
        29: "BR EG PS QA UA",
        30: "JO KW MU YE", 31: "MT SC", 32: "LC", 33: "RU",
    }.items()
    for country in countries.split()
}  # fmt: skip


def cards(text: str) -> Iterator[Span]:
    """Payment cards: 13 to 19 digits of ISO/IEC 7812 whose check digit (Luhn) is right."""
    for run in _DIGIT_RUN.finditer(text):
        places = [place for place in range(*run.span()) if text[place].isdecimal()]
        digits = [int(text[place]) for place in places]
        sums = _luhn_sums(digits)
        start = 0
        while start < len(digits):
            length = _card_at(start, digits, places, sums)
            if length:
                yield places[start], places[start + length - 1] + 1
            start += length or 1


def _luhn_sums(digits: list[int]) -> tuple[list[int], list[int]]:
    """Running sums with every even, and with every odd place doubled."""
    both: tuple[list[int], list[int]] = ([0], [0])
    for place, digit in enumerate(digits):
        doubled = digit * 2 - 9 * (digit > 4)
        both[0].append(both[0][-1] + (doubled if place % 2 == 0 else digit))
        both[1].append(both[1][-1] + (doubled if place % 2 == 1 else digit))
    return both


def _card_at(start: int, digits: list[int], places: list[int], sums: tuple[list[int], list[int]]) -> int:
    if str(digits[start]) not in _CARD_BEGINNINGS or (start and places[start - 1] + 1 == places[start]):
        return 0
    for length in reversed(_CARD_LENGTHS):
        end = start + length
        if end > len(digits) or (end < len(digits) and places[end - 1] + 1 == places[end]):
            continue
        doubled = sums[end % 2]  # the last but one digit is doubled, and every second before it
        if (doubled[end] - doubled[start]) % 10 == 0:
            return length
    return 0


def ibans(text: str) -> Iterator[Span]:
    """Bank accounts (ISO 13616): a country, its length, and right check digits; grouped in any way."""
    reached = 0
    for match in _IBAN_START.finditer(text):
        length = _IBAN_LENGTHS.get(match[1].upper())
        if length is None or match.start() < reached:
            continue
        places = _alphanumeric(text, match.start(), length)
        account = "".join(text[place] for place in places).upper()
        if len(places) == length and _iban_checks(account):
            reached = places[-1] + 1
            yield match.start(), reached


def _alphanumeric(text: str, start: int, wanted: int) -> list[int]:
    """Places of the next ``wanted`` letters and digits, with at most two separators between them."""
    places: list[int] = []
    gap = 0
    for place in range(start, len(text)):
        if (text[place].isascii() and text[place].isalnum()) or text[place].isdecimal():
            places.append(place)
            gap = 0
            if len(places) == wanted:
                break
        else:
            gap += 1
            if gap > 2 or not re.fullmatch(_SEPARATOR, text[place]):
                break
    return places


def _iban_checks(account: str) -> bool:
    try:
        return int("".join(str(int(letter, 36)) for letter in account[4:] + account[:4])) % 97 == 1
    except ValueError:
        return False
