"""Whether a text repeats another: by runs of words, and by words that say something by themselves.

Case, accents, punctuation and line breaks make no difference. A retelling in other words is not noticed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from index.search.stopwords import STOP_WORDS
from sync.personal import Seen

Run = tuple[str, ...]

_WORD: Final = re.compile(r"[^\W_]+")
# Scripts without blanks between words, where each character counts as half a word: Thai to Hangul and beyond.
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]"
)
_MARKS: Final = re.compile("[\u0300-\u036f]")  # accents that stand by themselves once a letter is taken apart
_RUN_WEIGHT: Final = 8
"""Four words in a row, the same, are a repetition; fewer come together by chance."""
_CONTENT_WORDS: Final = 2  # of them: "how do I get" says nothing
_TELLING_CHARACTERS: Final = 5


def words(text: str) -> list[str]:
    """The words of ``text`` as they are compared."""
    if text.isascii():
        return _WORD.findall(text.lower())
    plain = Seen(_MARKS.sub("", unicodedata.normalize("NFKD", text))).text
    found: list[str] = []
    for word in _WORD.findall(unicodedata.normalize("NFC", plain).lower()):
        found += word if _UNSPACED.search(word) else [word]
    return found


def runs(text: str) -> Iterator[Run]:
    """Every run of `_RUN_WEIGHT` in ``text``, but those that say nothing."""
    found = words(text)
    weights = [1 if _UNSPACED.match(word) else 2 for word in found]
    end = weight = 0
    for start in range(len(found)):
        while weight < _RUN_WEIGHT and end < len(found):
            weight += weights[end]
            end += 1
        if weight < _RUN_WEIGHT:
            return
        if sum(word not in STOP_WORDS for word in found[start:end]) >= _CONTENT_WORDS:
            yield tuple(found[start:end])
        weight -= weights[start]


def telling(text: str) -> set[str]:
    """Words of ``text`` that say something by themselves: with a digit in them, and not short."""
    return {word for word in words(text) if len(word) >= _TELLING_CHARACTERS and any(c.isdigit() for c in word)}


class Texts:
    """Texts to compare with.

    Attributes:
        runs: Of all of them.
        telling: Of all of them.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        found = list(texts)
        self.runs: frozenset[Run] = frozenset(run for text in found for run in runs(text))
        self.telling: frozenset[str] = frozenset(word for text in found for word in telling(text))

    def repeated_in(self, text: str, *, unless_in: Texts) -> bool:
        """Whether ``text`` repeats something of these that ``unless_in`` doesn't say too."""
        if any(run in self.runs and run not in unless_in.runs for run in runs(text)):
            return True
        return bool((telling(text) & self.telling) - unless_in.telling)
