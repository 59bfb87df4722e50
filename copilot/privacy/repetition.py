"""Whether a text repeats another: by runs of words, and by what has the shape of an identifier.

Case, accents, punctuation and line breaks make no difference. Words that a reader can't tell the difference of do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

RUN_WORDS: Final = 4
"""So many words in a row, the same, are a repetition; fewer come together by chance ("how do I")."""

_WORD: Final = re.compile(r"[^\W_]+")
_TELLING_CHARACTERS: Final = 5


def words(text: str) -> list[str]:
    """The words of ``text`` as they are compared."""
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(c for c in plain if unicodedata.category(c) not in ("Mn", "Cf"))
    return [match[0].casefold() for match in _WORD.finditer(plain)]


def runs(text: str) -> Iterator[tuple[str, ...]]:
    """Every run of `RUN_WORDS` words in ``text``."""
    found = words(text)
    for start in range(len(found) - RUN_WORDS + 1):
        yield tuple(found[start : start + RUN_WORDS])


def telling(text: str) -> set[str]:
    """Words of ``text`` that say something by themselves: with a digit in them, and not short."""
    return {word for word in words(text) if len(word) >= _TELLING_CHARACTERS and any(c.isdigit() for c in word)}


class Texts:
    """Texts to compare with.

    Args:
        texts: Any number of them.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self.runs: frozenset[tuple[str, ...]] = frozenset()
        self.telling: frozenset[str] = frozenset()
        for text in texts:
            self.runs |= frozenset(runs(text))
            self.telling |= telling(text)

    def repeated_in(self, text: str) -> bool:
        """Whether ``text`` repeats a run of words, or a word that says something by itself."""
        return any(run in self.runs for run in runs(text)) or not self.telling.isdisjoint(telling(text))
