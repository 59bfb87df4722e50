"""The spoken form of a written text: what a voice is given to say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

from copilot.voice.spoken import dates, identifiers, quantities
from copilot.voice.spoken.base import SpokenLanguage
from copilot.voice.spoken.english import ENGLISH
from copilot.voice.spoken.german import GERMAN
from copilot.voice.spoken.marks import without_marks
from copilot.voice.spoken.scanner import Rule, scan

LANGUAGES: Final = {"en": ENGLISH, "de": GERMAN}
"""Languages whose spoken form is known, by ISO 639-1."""

_SPACES: Final = re.compile(r"[ \u00a0\u202f]+")
_SPACE_BEFORE_MARK: Final = re.compile(r" +([,;.:!?])")
_MARKS_TOGETHER: Final = re.compile(r"([,;:])(?:\s*[,;:])+")
_SHOUTED: Final = re.compile(r"\b[A-ZÄÖÜ]{2,}\b")
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_HAS_WORD: Final = re.compile(r"\w")


def language_of(code: str) -> SpokenLanguage:
    """The language of a code such as ``de`` or ``de-DE``; English for one whose spoken form is not known."""
    return LANGUAGES.get(code.lower().partition("-")[0].partition("_")[0], ENGLISH)


def speakable(text: str, language: str = "en") -> str:
    """Return what a technician would say where ``text`` is written, one sentence or several.

    Figures, units, ranges, tolerances, dates, part numbers and abbreviations become words; marks for the eye go. The
    result has no figures and no line ends; it is empty where there is nothing to say.

    Args:
        text: Of an answer, a quote or a message.
        language: ISO 639-1 code of the voice.
    """
    spoken = language_of(language)
    lines = [line for line in without_marks(text, spoken).splitlines() if _HAS_WORD.search(line)]
    said = [_line(line, spoken) for line in lines]
    joined = " ".join(line if line[-1:] in ".,;:!?" else line + "." for line in said if line)
    return joined[:-1] if joined.endswith(".") and lines and lines[-1][-1:] not in ".…" else joined


def _line(line: str, language: SpokenLanguage) -> str:
    words = _WORD.findall(line)
    shouted = len(words) >= 3 and len(_SHOUTED.findall(line)) > 0.8 * len(words)
    said = scan(line, _rules(language.code, shouted)).replace("…", ".").replace("...", ".")
    said = _MARKS_TOGETHER.sub(r"\1", _SPACE_BEFORE_MARK.sub(r"\1", _SPACES.sub(" ", said)))
    return said.strip(" ;,")


@cache
def _rules(code: str, shouted: bool) -> Sequence[Rule]:
    language = LANGUAGES[code]
    return (
        *_abbreviations(language),
        *dates.rules(language),
        *identifiers.rules_before_quantities(language),
        *quantities.rules(language),
        *identifiers.rules(language, shouted=shouted),
        *_signs(language),
    )


def _abbreviations(language: SpokenLanguage) -> tuple[Rule, ...]:
    known = language.abbreviations
    either = "|".join(re.escape(short) for short in sorted(known, key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w.])(?:{either})(?!\w)(?P<ends>(?:\s*$)?)", re.IGNORECASE)
    before_figure = {"no.", "nos.", "nr.", "p.", "s.", "art.", "sec.", "ch.", "ref.", "est.", "tab."}

    def say(match: re.Match[str]) -> str | None:
        short = match[0].strip().casefold()
        following = match.string[match.end() :].lstrip()
        if short in before_figure and not re.match(r"[\d(A-Z]*\d", following):
            return None  # "The answer is no."
        if short == "min." and re.search(r"\d\s?$", match.string[: match.start()]):
            return None  # ten minutes, at the end of a sentence
        said = known[short]
        at_end = short.endswith(".") and (not following or bool(re.match(r"[A-ZÄÖÜ][a-zäöü]+ [a-zäöü]", following)))
        return said + ("." if at_end and short in ("etc.", "usw.") else "") + match["ends"]

    return (Rule(pattern, say),)


def _signs(language: SpokenLanguage) -> tuple[Rule, ...]:
    pattern = re.compile("|".join(re.escape(sign) for sign in language.signs))
    return (Rule(pattern, lambda match: f" {language.signs[match[0]]} "),)
