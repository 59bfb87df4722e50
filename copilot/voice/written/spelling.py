"""What words of speech are when somebody spells: letters, figures and the signs between them.

Speech to text writes a spelled code in many ways: "F 0 0 1 2", "F-0012", "f double oh one two", "eff zero zero twelve",
"BR one twenty", "be are 120". Each token is read as the characters that it may stand for; which of them are meant is
decided by what the index knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Final

_TOKEN: Final = re.compile(r"\d+(?:[.,]\d{3})+(?!\d)|\d+|[^\W\d_]+(?:'[^\W\d_]+)?|[^\w\s]|_")
MOST_READINGS: Final = 24  # of one run of tokens

_FIGURES_EN: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_FIGURES_DE: Final = (
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn "
    "achtzehn neunzehn"
)
_TENS_EN: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
_TENS_DE: Final = "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig"
_ALPHABET_EN: Final = (
    "alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar papa quebec romeo "
    "sierra tango uniform victor whiskey xray yankee zulu"
)
_ALPHABET_DE: Final = (
    "anton berta cäsar dora emil friedrich gustav heinrich ida julius kaufmann ludwig martha nordpol otto paula quelle "
    "richard samuel theodor ulrich viktor wilhelm xanthippe ypsilon zeppelin"
)
# Names of letters as speech to text may write them, where that isn't the letter itself.
_LETTER_NAMES: Final = {
    "b": "be bee", "c": "see sea cee", "d": "dee", "f": "eff ef", "g": "gee", "h": "aitch age haitch", "i": "eye",
    "j": "jay", "k": "kay", "l": "ell el", "m": "em", "n": "en", "o": "oh owe", "p": "pee pea", "q": "queue cue",
    "r": "are ar", "s": "ess es", "t": "tea tee", "u": "you", "v": "vee", "w": "doubleyou", "x": "ex", "y": "why",
    "z": "zed zee",
}  # fmt: skip
_SOUND_LIKE_FIGURES: Final = {"for": "4", "fore": "4", "to": "2", "too": "2", "ate": "8", "won": "1", "oh": "0",
    "o": "0", "nought": "0", "naught": "0", "null": "0", "zwo": "2", "ein": "1", "nil": "0", "tree": "3", "niner": "9",
    "nero": "0", "nearer": "0", "zeros": "0",
    "fife": "5"}  # fmt: skip
_TIMES: Final = {"double": 2, "triple": 3, "doppel": 2}
# Said between the parts, and left out: the index knows where they stand.
_JOINT_NAMES: Final = """
dash hyphen minus stroke slash dot point period underscore space bindestrich strich punkt komma unterstrich
"""
_JOINTS: Final = frozenset(_JOINT_NAMES.split())
_JOINT_SIGNS: Final = frozenset("-_./–,")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number or sign of a text.

    Attributes:
        text: As it stands there.
        start: Of its first character.
        end: After its last.
        readings: Characters that it may stand for when somebody spells; empty for an ordinary word.
        certain: Whether it is a letter or figures beyond doubt, so that a run may be built around it.
    """

    text: str
    start: int
    end: int
    readings: tuple[str, ...]
    certain: bool


def tokens(text: str) -> list[Token]:
    """Return the words, numbers and signs of a text."""
    return [Token(found[0], found.start(), found.end(), *readings(found[0])) for found in _TOKEN.finditer(text)]


@lru_cache(maxsize=4096)
def readings(word: str) -> tuple[tuple[str, ...], bool]:
    """Return what a word may stand for when somebody spells, and whether that is beyond doubt."""
    folded = word.casefold()
    if folded[0].isdigit():
        return (folded.replace(",", "").replace(".", ""),), True
    if folded in _JOINT_SIGNS or folded in _JOINTS:
        return ("",), False
    if len(folded) == 1 and folded.isalpha():
        return ((folded, "0") if folded == "o" else (folded,)), folded not in ("a", "i", "o")
    found: list[str] = []
    certain = False
    if folded in _FIGURES:
        found.append(_FIGURES[folded])
        certain = True
    if folded in _SPELLED:
        found.append(_SPELLED[folded])
        certain = certain or folded in _ALPHABETS
    if folded in _SOUND_LIKE_FIGURES:
        found.append(_SOUND_LIKE_FIGURES[folded])
    if not found and 2 <= len(word) <= 6 and word.isalpha() and word.isupper():
        return (folded,), True  # "BR", "DX": written together because it was heard as one
    return tuple(dict.fromkeys(found)), certain


def spelled(run: list[Token]) -> Iterator[str]:
    """Yield what a run of tokens may be, the likeliest first; none where one of them is an ordinary word."""
    choices: list[tuple[str, ...]] = []
    times = 1
    for token in run:
        folded = token.text.casefold()
        if folded in _TIMES:
            times = _TIMES[folded]
            continue
        if not token.readings:
            return
        choices.append(tuple(reading * times for reading in token.readings))
        times = 1
    for count, parts in enumerate(product(*choices)):
        if count == MOST_READINGS:
            return
        yield from _numbers_joined(parts)


def is_spelled(token: Token) -> bool:
    """Tell whether a token can stand within a run of spelled ones."""
    return bool(token.readings) or token.text.casefold() in _TIMES


def _numbers_joined(parts: tuple[str, ...]) -> Iterator[str]:
    """Tens with their ones ("twenty", "one": 21), hundreds and thousands ("twelve", "hundred": 1200); and as said."""
    joined: list[str] = []
    hundreds = False
    for part in parts:
        if part in ("^00", "^000"):
            zeros = part[1:]
            if joined and joined[-1].isdigit():
                joined[-1] += zeros
                hundreds = True
            continue
        before = joined[-1] if joined else ""
        if hundreds and part.isdigit() and before.isdigit() and before.endswith("0" * len(part)):
            joined[-1] = before[: -len(part)] + part
        elif before.endswith("~") and len(part) == 1 and part.isdigit() and part != "0":
            joined[-1] = before[:-2] + part
        else:
            joined.append(part)
    yield "".join(joined).replace("~", "")


def _table() -> tuple[dict[str, str], dict[str, str], frozenset[str]]:
    figures = {word: str(n) for words in (_FIGURES_EN, _FIGURES_DE) for n, word in enumerate(words.split())}
    figures |= {word: f"{n}0~" for words in (_TENS_EN, _TENS_DE) for n, word in enumerate(words.split(), start=2)}
    figures |= {"hundred": "^00", "hundert": "^00", "thousand": "^000", "tausend": "^000"}
    for tens_at, tens in enumerate(_TENS_DE.split(), start=2):  # German says the ones first, in one word
        for ones_at, ones in enumerate(_FIGURES_DE.replace("eins", "ein").split()[1:10], start=1):
            figures[f"{ones}und{tens}"] = f"{tens_at}{ones_at}"
    alphabets = {word: chr(97 + n) for words in (_ALPHABET_EN, _ALPHABET_DE) for n, word in enumerate(words.split())}
    alphabets["x-ray"] = "x"
    names = {name: letter for letter, words in _LETTER_NAMES.items() for name in words.split()}
    return figures, names | alphabets, frozenset(alphabets)


_FIGURES, _SPELLED, _ALPHABETS = _table()
