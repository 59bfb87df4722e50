"""Spoken numbers and units in writing: "one point three newton metres" is 1.3 Nm.

Numbers are read by text2num (MIT), which knows the counting words of several languages; the names of units come from
the table that speaks them.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from copilot.voice.spoken import LANGUAGES, language_of

_COUNTING: Final = frozenset({"en", "de", "fr", "es", "pt", "nl", "it"})  # what text2num can read
_POINT: Final = re.compile(r"(?<![\w.])(\d+) (?:point|dot|comma|komma|punkt) (\d+(?: \d(?!\d))*)", re.IGNORECASE)
_MINUS: Final = re.compile(r"\b(?:minus|negative) (?=\d)", re.IGNORECASE)
_THOUSANDS: Final = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_COUNTED: Final = re.compile(
    r"\b((?:step|page|line|row|item|pin|level|stage|number|value|chapter|section|figure|table"
    r"|schritt|seite|zeile|nummer|wert|kapitel|abschnitt|stufe)s?) "
    r"(zero|one|two|three|null|eins|zwei|zwo|drei)\b",
    re.IGNORECASE,
)
_SMALL: Final = {"zero": "0", "one": "1", "two": "2", "three": "3", "null": "0", "eins": "1", "zwei": "2", "zwo": "2",
    "drei": "3", "ein": "1", "eine": "1", "einen": "1"}  # fmt: skip
_LEFT: Final = """
s min h days weeks months years times cycles turns pulses teeth bits bytes t lbs K mil
"""
_LEFT_AS_WORDS: Final = frozenset(_LEFT.split())
_CLOSE: Final = frozenset({"°", "%", "‰"})  # written without a blank
_ALSO: Final = {
    "en": {"rpm": "revolutions per minute|r p m|rpm", "A": "ampere|amperes", "mA": "milliampere|milliamperes",
        "%": "per cent|percent", "°C": "degrees centigrade|degree centigrade|degrees c", "°F": "degrees f",
        "VAC": "volts ac|volt ac|volts alternating current", "VDC": "volts dc|volt dc|volts direct current",
        "kΩ": "kilohm|kilohms|kilo ohm|kilo ohms", "MΩ": "megohm|megohms|mega ohm|mega ohms", "psi": "psi|p s i",
        "µm": "micron|microns", "Nm": "newton meter|newtonmeter|newtonmetre|n m", "kWh": "kilowatt hour"},
    "de": {"rpm": "umdrehungen pro minute|umdrehungen in der minute", "%": "prozent", "Nm": "newton meter",
        "°C": "grad celsius|grad c", "A": "ampere", "V": "volt"},
}  # fmt: skip


def write_measures(text: str, language: str = "en") -> str:
    """Return a text with its numbers in figures and the units after them as signs.

    Small numbers stay words where nothing is counted with them ("the other one"), and so do units of time.
    """
    if not text.strip():
        return text
    code = language if language in _COUNTING else ""
    if code:
        text = _digits(text, code)
    units = _units(language if language in LANGUAGES else "en")
    small = "|".join(_SMALL)
    text = re.sub(
        rf"\b({small}) (?={units.pattern})", lambda match: f"{_SMALL[match[1].casefold()]} ", text, flags=re.IGNORECASE
    )
    # "Forty, two bar": a breath between tens and ones.
    text = re.sub(rf"(?<![\w.,])([2-9])0,? ([1-9]) (?={units.pattern})", r"\1\2 ", text, flags=re.IGNORECASE)
    text = _COUNTED.sub(lambda match: f"{match[1]} {_SMALL[match[2].casefold()]}", text)
    text = _POINT.sub(lambda match: f"{match[1]}{_sign(language)}{match[2].replace(' ', '')}", text)
    text = _MINUS.sub("-", text)
    text = _THOUSANDS.sub(lambda match: match[0].replace(",", ""), text) if language != "de" else text
    names = _names(language if language in LANGUAGES else "en")

    def sign(match: re.Match[str]) -> str:
        unit = names[_plain(match[2])]
        return f"{match[1]}{'' if unit in _CLOSE else ' '}{unit}"

    return re.sub(rf"(\d)[ -]?({units.pattern})", sign, text, flags=re.IGNORECASE)


def _digits(text: str, language: str) -> str:
    from text_to_num import alpha2digit

    # It takes its words apart at blanks: what stands around a text must not be lost.
    lead, trail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{lead}{alpha2digit(text.strip(), language)}{trail}"


def _sign(language: str) -> str:
    return "," if language_of(language).comma_is_decimal else "."


@lru_cache(maxsize=8)
def _units(language: str) -> re.Pattern[str]:
    said = sorted(_said(language), key=len, reverse=True)
    either = "|".join("[ -]?".join(re.escape(part) for part in re.split(r"[ -]", name)) for name in said)
    return re.compile(rf"(?:{either})(?!\w)", re.IGNORECASE)


@lru_cache(maxsize=8)
def _names(language: str) -> dict[str, str]:
    """Units by their names, plain."""
    return {_plain(name): unit for name, unit in _said(language).items()}


@lru_cache(maxsize=8)
def _said(language: str) -> dict[str, str]:
    """Units by their names, as they are said."""
    names: dict[str, str] = {}
    for unit, words in language_of(language).units.items():
        if unit in _LEFT_AS_WORDS:
            continue
        for name in (words.one, words.many):
            names.setdefault(name, unit)
            names.setdefault(name.replace("metre", "meter").replace("litre", "liter"), unit)
    for unit, also in _ALSO.get(language, {}).items():
        names.update(dict.fromkeys(also.split("|"), unit))
    return names


def _plain(name: str) -> str:
    """A name without blanks and hyphens: "newton metres", "newton-metres" and "Newtonmetres" are one."""
    return re.sub(r"[\s-]+", "", name).casefold()
