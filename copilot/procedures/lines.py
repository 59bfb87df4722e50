"""What one line of a section is: a step with its number, a bullet, a warning, a row of a table, or plain text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from copilot.procedures.values import Severity

LineKind = Literal["step", "bullet", "hazard", "row", "text", "blank"]
Numbering = Literal["number", "letter", "roman", "path", "none"]

_STEP_WORD: Final = r"(?:step|schritt|étape|paso)\s*"
_NUMBERED: Final = re.compile(
    rf"(?P<indent>[ \t]*)(?:(?:{_STEP_WORD})(?P<worded>\d{{1,3}})\s*[.:)\-–—]?\s+|"
    r"\(?(?P<path>\d{1,3}(?:\.\d{1,3})+)[.):]?\s+|"
    r"(?P<open>\()?(?P<number>\d{1,3})\s?(?(open)\)|[.):])\s+|"
    r"(?P<square>\[)(?P<boxed>\d{1,3})\]\s+|"
    r"(?P<bracket>\()?(?P<roman>(?:x{0,2}(?:ix|iv|v?i{1,3}|v|x)))(?(bracket)\)|[.)])\s+|"
    r"(?P<paren>\()?(?P<letter>[a-zA-Z])(?(paren)\)|[.)])\s+)(?P<text>\S.*)",
    re.IGNORECASE,
)
_BULLET: Final = re.compile(r"(?P<indent>[ \t]*)(?:[•◦▪‣●○■□☐*–—-]|\[[ xX]?\])\s+(?P<text>\S.*)")
SIGNAL_WORDS: Final[dict[str, Severity]] = {
    "danger": "danger",
    "gefahr": "danger",
    "lebensgefahr": "danger",
    "warning": "warning",
    "warnung": "warning",
    "caution": "caution",
    "attention": "caution",
    "vorsicht": "caution",
    "achtung": "caution",
    "notice": "note",
    "note": "note",
    "important": "note",
    "hinweis": "note",
    "wichtig": "note",
}
_HAZARD: Final = re.compile(
    rf"[ \t]*(?:[*_#>⚠️!\s]*)(?P<word>{'|'.join(sorted(SIGNAL_WORDS, key=len, reverse=True))})"
    r"(?P<mark>[*_]*\s*[:!.–—-]|[*_]+)?[*_]*\s*(?P<text>.*)",
    re.IGNORECASE,
)
_CELLS: Final = " | "


@dataclass(frozen=True, slots=True)
class Line:
    """One line.

    Attributes:
        number: Of a step, as written: "3", "b", "2.1".
        numbering: How it is counted.
        order: The step's place in its count, from 1; 0 for none.
        text: Without number, bullet or signal word.
        indent: Blanks before it, a tab for four.
        severity: Of a hazard.
        start, end: Characters of the whole line in the section's text, without surrounding blanks.
    """

    kind: LineKind
    text: str
    start: int
    end: int
    number: str = ""
    numbering: Numbering = "none"
    order: int = 0
    indent: int = 0
    severity: Severity = "note"


def lines_of(text: str) -> list[Line]:
    """Every line of ``text``."""
    found, position = [], 0
    for raw in text.splitlines(keepends=True):
        bare = raw.strip()
        start = position + (len(raw) - len(raw.lstrip()))
        found.append(_line(raw.rstrip("\r\n"), start, start + len(bare)))
        position += len(raw)
    return found


def _line(raw: str, start: int, end: int) -> Line:
    bare = raw.strip()
    if not bare:
        return Line("blank", "", start, start)
    if hazard := _hazard(bare):
        return Line("hazard", hazard[1], start, end, severity=hazard[0])
    if _CELLS in bare:
        return Line("row", bare, start, end)
    if match := _NUMBERED.fullmatch(raw):
        return _step(match, start, end)
    if match := _BULLET.fullmatch(raw):
        return Line("bullet", match["text"].strip(), start, end, indent=_indent(match["indent"]))
    return Line("text", bare, start, end, indent=_indent(raw[: len(raw) - len(raw.lstrip())]))


def _hazard(bare: str) -> tuple[Severity, str] | None:
    match = _HAZARD.fullmatch(bare)
    if match is None:
        return None
    word, text = match["word"], match["text"].strip(" *_")
    # "Note the reading" is a step; "NOTE The reading…", "Note: …" and "Warning" alone on its line are signal words.
    if not (word.isupper() or match["mark"] or not text):
        return None
    return SIGNAL_WORDS[word.casefold()], text


def _step(match: re.Match[str], start: int, end: int) -> Line:
    text, indent = match["text"].strip(), _indent(match["indent"])
    if path := match["path"]:
        return Line("step", text, start, end, path, "path", int(path.rpartition(".")[2]), indent)
    if number := match["worded"] or match["number"] or match["boxed"]:
        return Line("step", text, start, end, number, "number", int(number), indent)
    if roman := match["roman"]:
        if len(roman) > 1:
            return Line("step", text, start, end, roman, "roman", roman_value(roman), indent)
        letter = roman
    else:
        letter = match["letter"]
    return Line("step", text, start, end, letter, "letter", ord(letter.casefold()) - ord("a") + 1, indent)


def _indent(blanks: str) -> int:
    return len(blanks.expandtabs(4))


def roman_value(text: str) -> int:
    """The value of a small roman number."""
    values = {"i": 1, "v": 5, "x": 10}
    digits = [values[letter] for letter in text.casefold()]
    return sum(-one if one < following else one for one, following in zip(digits, [*digits[1:], 0], strict=True))
