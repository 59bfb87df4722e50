"""Dates and times of day."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from copilot.voice.spoken.base import SpokenLanguage
from copilot.voice.spoken.scanner import Rule

_ISO: Final = re.compile(
    r"(?<![\w-])(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})"
    r"(?:[T ]"
    r"(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d)(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?(?![\w-])"
)
_DOTTED: Final = re.compile(r"(?<![\w.])(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>\d{4}|\d{2})(?![\w.]*\w)")
_SLASHED: Final = re.compile(r"(?<![\w/])(?P<first>\d{1,2})/(?P<second>\d{1,2})/(?P<year>\d{4})(?![\w/])")
_DATIVE: Final = re.compile(r"\b(?:am|vom|zum|dem|seit|beim|zwischen|und)\s$", re.IGNORECASE)
_TIME: Final = re.compile(
    r"(?<![\w:.,])(?P<hour>[01]\d|2[0-3]|\d(?=:\d\d\s?(?:Uhr|[ap]m\b)))"
    r":(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?(?:\s?Uhr)?(?![\w:])"
)


def rules(language: SpokenLanguage) -> tuple[Rule, ...]:
    """What is said for them; a date that doesn't exist is left to the rules for numbers."""

    def say(match: re.Match[str], month: str, day: str) -> str | None:
        year = match["year"]
        full = int(year) + (2000 if len(year) == 2 else 0)
        try:
            date(full, int(month), int(day))
        except ValueError:
            return None
        said = language.date(full, int(month), int(day))
        if language.code == "de" and _DATIVE.search(match.string[: match.start()]):
            return said.replace("ter ", "ten ", 1)  # am fünfundzwanzigsten November
        return said

    def clock(match: re.Match[str]) -> str:
        second = match["second"]
        return language.time(int(match["hour"]), int(match["minute"]), int(second) if second else None)

    def iso(match: re.Match[str]) -> str | None:
        said = say(match, match["month"], match["day"])
        return said if said is None or match["hour"] is None else f"{said}, {clock(match)}"

    def slashed(match: re.Match[str]) -> str | None:
        # Day first is the habit everywhere but in the United States; what can only be theirs is read so.
        day_first = say(match, match["second"], match["first"])
        return day_first or say(match, match["first"], match["second"])

    return (
        Rule(_ISO, iso),
        Rule(_DOTTED, lambda match: say(match, match["month"], match["day"])),
        Rule(_SLASHED, slashed),
        Rule(_TIME, clock),
    )
