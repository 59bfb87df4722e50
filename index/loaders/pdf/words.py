"""Joining lines into running text: words broken at the end of a line are mended."""

from __future__ import annotations

import re
from collections.abc import Iterable

_HYPHENATED = re.compile(r"[^\W\d_]{2,}(?:-[^\W\d_]{2,})+")
_WORD = re.compile(r"[^\W\d_]{3,}")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S*/-$")
_REMEMBERED = 200_000


class Vocabulary:
    """The words of a document so far, by which a broken word is told from a compound that has its own hyphen."""

    def __init__(self) -> None:
        self._compounds: set[str] = set()
        self._words: set[str] = set()

    def learn(self, text: str) -> None:
        """Remember the words of ``text``."""
        if len(self._words) < _REMEMBERED:
            self._words.update(_WORD.findall(text.casefold()))
            if "-" in text:
                self._compounds.update(_HYPHENATED.findall(text.casefold()))

    def joined(self, before: str, after: str) -> str:
        """Two lines as one text."""
        if not before or not after:
            return before or after
        if before[-1] not in "-\u2010\u00ad" or len(before) < 2:
            return f"{before} {after}"
        stem = before[:-1]
        if _ADDRESS.search(before) is not None:
            return stem + after  # typesetters break web addresses after a slash and add a hyphen
        if before[-1] == "\u00ad":
            return stem + after
        left, right = _last_word(stem), _first_word(after)
        if left.isupper() and right.isupper() and len(left) > 2 and f"{left}{right}".casefold() in self._words:
            return stem + after
        if not stem[-1].isalnum():
            return f"{before} {after}"
        if not (left and right and left[-1].islower() and right[0].islower()):
            return before + after  # "BR-" and "120": an identifier or a compound keeps its hyphen
        compound, word = f"{left}-{right}".casefold(), f"{left}{right}".casefold()
        if compound in self._compounds and word not in self._words:
            return before + after
        return stem + after


def _last_word(text: str) -> str:
    match = re.search(r"[^\W_]+$", text)
    return match.group() if match else ""


def _first_word(text: str) -> str:
    match = re.match(r"[^\W_]+", text)
    return match.group() if match else ""


def join_lines(lines: Iterable[str], vocabulary: Vocabulary) -> str:
    """The lines of a paragraph as one text."""
    text = ""
    for line in lines:
        text = vocabulary.joined(text, line)
    return text
