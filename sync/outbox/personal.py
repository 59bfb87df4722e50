"""Finding personal data in text: mail addresses, telephone numbers, bank accounts, payment cards, names of a list.

Each finder returns spans. They look at every way of cutting a run of digits, not only at the greediest: "order 7 4111
1111 1111 1111" holds a card although the run as a whole is none. Their work grows with the text's length alone, so
that a text can't be made to hang a device.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

Span = tuple[int, int]

# Format characters (soft hyphen, zero-width space and joiner, …) would cut a number in two unseen.
_INVISIBLE: Final = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
_SEPARATOR: Final = r"[ \t\u00a0\u2000-\u200a\u202f\u2010-\u2015.,/_–-]"

_LOCAL: Final = r"[^\s@＠<>\"(),:;\[\]]"
_MAIL: Final = re.compile(
    rf"(?:\"[^\"\n]{{1,64}}\"|(?<!{_LOCAL}){_LOCAL}+)"
    r"(?:[@＠][\w-]+(?:\.[\w-]+)*|\s?[@＠]\s?(?:[\w-]+\.)+[^\W\d_]{2,})"
)


# International: + or 00 and at least seven digits. National: a leading 0, or 3-3-4 as in North America.
_JOINT: Final = r"[ \u00a0().\u2010-\u2015/-]{0,3}"
_PHONE: Final = re.compile(
    rf"(?<![\w.,:+])(?:(?:\+|00){_JOINT}[1-9](?:{_JOINT}\d){{6,14}}"
    rf"|\(?0[1-9]\d{{0,4}}\)?[ \u00a0\u2010-\u2015/-]{{1,3}}\d(?:[ \u00a0\u2010-\u2015/-]?\d){{4,10}}"
    rf"|0[1-9]\d{{8,11}}"
    rf"|(?:\+?1[ .-]?)?\(?[2-9]\d\d\)?[ \u00a0.-]{{1,2}}\d{{3}}[ \u00a0.-]\d{{4}})(?![\w])"
)

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

_WORD: Final = re.compile(r"\w+(?:['’-]\w+)*")


def visible(text: str) -> str:
    """``text`` without the characters that nobody sees."""
    return _INVISIBLE.sub("", text)


def mails(text: str) -> Iterator[Span]:
    """Mail addresses, with or without a dot after the at sign."""
    return (match.span() for match in _MAIL.finditer(text)) if "@" in text or "＠" in text else iter(())


def phones(text: str) -> Iterator[Span]:
    """Telephone numbers as people write them. Part numbers and dates don't begin with 0 or +, and stay."""
    return (match.span() for match in _PHONE.finditer(text))


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


class Names:
    """Names of a list, found whole and whatever their case; a name may be several words.

    Args:
        names: One name each.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._by_first: dict[str, list[tuple[str, ...]]] = {}
        for name in names:
            words = tuple(_folded(match[0]) for match in _WORD.finditer(visible(name)))
            if words:
                self._by_first.setdefault(words[0], []).append(words)
        for known in self._by_first.values():
            known.sort(key=len, reverse=True)

    def __bool__(self) -> bool:
        return bool(self._by_first)

    def find(self, text: str) -> Iterator[Span]:
        """Spans of the names that stand in ``text``."""
        found = list(_WORD.finditer(text))
        words = [_folded(match[0]) for match in found]
        number = 0
        while number < len(words):
            length = next(
                (
                    len(name)
                    for name in self._by_first.get(words[number], ())
                    if tuple(words[number : number + len(name)]) == name
                ),
                0,
            )
            if length:
                yield found[number].start(), found[number + length - 1].end()
            number += length or 1


def _folded(word: str) -> str:
    return word.casefold().replace("’", "'")
