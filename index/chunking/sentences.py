"""Sentences of technical text, with their places: light rules, no model, linear time.

Cutting too seldom is the milder fault here: a sentence in two halves loses its meaning, two sentences as one lose
nothing. So a full stop ends a sentence only where what follows looks like a beginning and what precedes it does not
look like an abbreviation, an initial, a list number or an inch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_ABBREVIATIONS: Final = frozenset(
    {
        *("e.g", "i.e", "eg", "ie", "cf", "viz", "vs", "approx", "ca", "incl", "excl", "resp", "temp", "est", "max"),
        *("min", "nom", "dia", "dept", "ed", "rev", "mfr", "mfg", "mr", "mrs", "ms", "dr", "prof", "st", "inc", "ltd"),
        *("co", "corp", "u.s", "z.b", "d.h", "u.a", "bzw", "ggf", "evtl", "inkl", "zzgl", "vgl", "usw", "sog", "p.ex"),
    }
)
# These stand before a number ("Fig. 3"); before anything else they end a sentence ("The answer is no. Then…").
_BEFORE_NUMBER: Final = frozenset(
    {
        *("no", "nos", "nr", "fig", "figs", "tab", "sec", "sect", "ch", "chap", "p", "pp", "vol", "ref", "eq", "art"),
        *("pos", "pt", "abb", "kap", "bl", "s", "par", "cl", "item", "ser", "ver", "v"),
    }
)
_CANDIDATE: Final = re.compile(
    r"""
      (?<![.!?…])(?P<stop>[.!?…]++)(?P<close>["'”’»)\]]*+)(?=\s)
    | (?P<wide>[。！？]++[」』”’）]*+)
    | (?P<line>\n\s*+)
    """,
    re.VERBOSE,
)
_WORD_BEFORE: Final = re.compile(r"[^\s(\[\"'“‘«]+$")
_LIST_NUMBER: Final = re.compile(
    r"\s*(?:[-*•◦▪]\s+)?(?:(?:step|schritt|étape|paso)\s+)?\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})", re.I
)
_BEGINNING: Final = re.compile(
    r"""\s++["'“‘«(\[¿¡]*+(?:
        [^\W\d_a-zß-öø-ÿ]            # an upper case letter, or one of a script without case
      | \d
      | [-*•◦▪–]\s                   # a bullet
      | --?[a-z]                     # an option
      | [a-z]++[\d_.-]\w         # an identifier in lower case: hm2_7i76e.0, motion-command
      | [<`/$]
    )""",
    re.VERBOSE,
)
_ITEM: Final = re.compile(r"(?:[-*•◦▪–]|\(?(?:\d{1,3}|[a-z])[.)])\s")
_WRAPPED_FROM: Final = 50  # a line shorter than this was ended on purpose


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and the characters of the text that it is: ``text[start:end]``, no blanks around it."""

    text: str
    start: int
    end: int


def split(text: str) -> list[Sentence]:
    """Cut ``text`` into sentences, in order; every character but blanks lies in exactly one.

    The end of a line ends a sentence too (an item, a table row, a line of code), unless prose goes on in the next one.
    """
    found: list[Sentence] = []
    for start, end in _spans(text):
        piece = text[start:end]
        stripped = piece.strip()
        if stripped:
            offset = start + len(piece) - len(piece.lstrip())
            found.append(Sentence(stripped, offset, offset + len(stripped)))
    return found


def _spans(text: str) -> Iterator[tuple[int, int]]:
    start = line = 0
    for match in _CANDIDATE.finditer(text):
        if match["line"]:
            ends = _line_ends(text, line, match)
            line = match.end()
        else:
            ends = bool(match["wide"]) or _stop_ends(text, line, start, match)
        if ends:
            yield start, match.end()
            start = match.end()
    yield start, len(text)


def _line_ends(text: str, line: int, match: re.Match[str]) -> bool:
    """Whether the end of the line that begins at ``line`` ends a sentence."""
    following = text[match.end() : match.end() + 1]
    if not following.islower() or text.count("\n", match.start(), match.end()) > 1:
        return True
    before = text[line : match.start()].rstrip()
    wrapped = len(before) >= _WRAPPED_FROM and " | " not in before
    return not wrapped or before.endswith((".", "!", "?", ":", ";")) or bool(_ITEM.match(text, match.end()))


def _stop_ends(text: str, line: int, start: int, match: re.Match[str]) -> bool:
    """Whether a full stop, question or exclamation mark ends the sentence that begins at ``start``."""
    if not _BEGINNING.match(text, match.end()):
        return False
    if match["stop"] in ("..", "...", "…"):
        return text[match.end() : match.end() + 8].lstrip()[:1].isupper()
    return match["stop"] != "." or bool(match["close"]) or not _abbreviates(text, max(line, start), match)


def _abbreviates(text: str, origin: int, match: re.Match[str]) -> bool:
    """Whether the full stop belongs to the word before it: an abbreviation, an initial, a list's number, an inch."""
    found = _WORD_BEFORE.search(text, max(origin, match.start() - 24), match.start())
    if found is None:
        return True
    if match.start() - origin < 16 and _LIST_NUMBER.fullmatch(text, origin, match.start()):
        return True
    word = found[0].casefold()
    if re.search(r"\d\s*$", text[max(origin, found.start() - 6) : found.start()]):
        return word in ("in", "ft")  # other words after a number are units: "5 V. Then", "10 min. Then"
    if word in _BEFORE_NUMBER:
        return text[match.end() : match.end() + 8].lstrip()[:1].isdigit()
    return word in _ABBREVIATIONS or (len(word) == 1 and found[0].isupper())
