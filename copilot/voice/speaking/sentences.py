"""Cuts text that is still being written into what can be spoken already."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from index.chunking.sentences import split

FIRST_CHARACTERS: Final = 70
"""Longest first piece: the shorter it is, the sooner there is something to hear."""
LATER_CHARACTERS: Final = 240
_SHORTEST: Final = 16  # a word by itself sounds like an answer of its own

_CLAUSE: Final = re.compile(
    r"[,;:](?=\s)|\s[–—-](?=\s)|(?=\s(?:and|or|but|so|because|which|und|oder|aber|weil|wenn)\s)"
)


class SentenceStream:
    """Gives each sentence as soon as it is whole: when something stands behind it.

    The last sentence only comes with `end`: "Tighten to 1" may go on with ".3 Nm".
    """

    def __init__(self) -> None:
        self._text = ""

    def feed(self, piece: str) -> list[str]:
        """Add ``piece`` and return the sentences that are whole now."""
        self._text += piece
        if not _may_end(piece):
            return []
        found = split(self._text)
        if len(found) < 2:
            return []
        whole, last = found[:-1], found[-1]
        self._text = self._text[last.start :]
        return [sentence.text for sentence in whole]

    def end(self) -> list[str]:
        """Return what is left, and begin anew."""
        text, self._text = self._text, ""
        return [sentence.text for sentence in split(text)]


def _may_end(piece: str) -> bool:
    return any(not character.islower() for character in piece)


def pieces(spoken: str, first: bool) -> Iterator[str]:
    """Cut a spoken sentence where one breathes, so that the voice has less to compute before it begins.

    Args:
        spoken: In words, as `spoken.speakable` gives it.
        first: Whether somebody waits for it in silence.
    """
    rest = spoken.strip()
    longest = FIRST_CHARACTERS if first else LATER_CHARACTERS
    while len(rest) > longest:
        cuts = [match.end() for match in _CLAUSE.finditer(rest, _SHORTEST, len(rest) - _SHORTEST)]
        fitting = [cut for cut in cuts if cut <= longest]
        cut = fitting[-1] if fitting else (cuts[0] if cuts else 0)
        if not cut and len(rest) > LATER_CHARACTERS:
            cut = rest.rfind(" ", _SHORTEST, LATER_CHARACTERS)
        if cut <= 0:
            break
        yield rest[:cut].strip()
        rest = rest[cut:].strip()
        longest = LATER_CHARACTERS
    if rest:
        yield rest
