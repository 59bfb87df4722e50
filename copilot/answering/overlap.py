"""How much two texts say the same, by their words: light, deterministic, the same on every device."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

import snowballstemmer

_WORD: Final = re.compile(r"[^\W_]+(?:[._/-][^\W_]+)*|--?[a-z][\w-]*", re.UNICODE)
_STOP: Final = frozenset(
    [
        "a",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "been",
        "but",
        "by",
        "can",
        "could",
        "did",
        "do",
        "does",
        "for",
        "from",
        "get",
        "had",
        "has",
        "have",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "just",
        "like",
        "me",
        "mine",
        "my",
        "need",
        "no",
        "not",
        "of",
        "on",
        "one",
        "or",
        "our",
        "out",
        "so",
        "some",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "to",
        "too",
        "us",
        "use",
        "used",
        "using",
        "want",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "who",
        "why",
        "will",
        "with",
        "would",
        "you",
        "your",
        "der",
        "die",
        "das",
        "den",
        "dem",
        "ein",
        "eine",
        "und",
        "ist",
        "im",
        "in",
        "zu",
        "mit",
        "auf",
        "für",
        "von",
        "wie",
        "was",
        "wo",
        "ich",
        "wir",
    ]
)
_stemmer = snowballstemmer.stemmer("english")


@lru_cache(maxsize=16384)
def _stem(word: str) -> str:
    return str(_stemmer.stemWord(word))


def terms(text: str) -> list[str]:
    """Content words of ``text`` in order, case folded and stemmed; compounds also by their parts."""
    found: list[str] = []
    for match in _WORD.finditer(text.casefold()):
        word = match[0]
        if word in _STOP:
            continue
        found.append(_stem(word))
        if parts := [part for part in re.split(r"[._/-]+", word) if part and part != word and part not in _STOP]:
            found += [_stem(part) for part in parts]
    return found


def rarity(texts: Sequence[str]) -> dict[str, float]:
    """Weight of every term among ``texts``: inverse document frequency as BM25 has it, always positive."""
    frequency = Counter(term for text in texts for term in set(terms(text)))
    count = len(texts)
    return {term: math.log(1 + (count - n + 0.5) / (n + 0.5)) for term, n in frequency.items()}


def coverage(wanted: Iterable[str], found: Iterable[str], weights: Mapping[str, float]) -> float:
    """Share of the wanted terms' weight that ``found`` has, from 0 to 1. Unknown terms weigh like the rarest."""
    heaviest = max(weights.values(), default=1.0)
    present = set(found)
    total = hit = 0.0
    for term in set(wanted):
        weight = weights.get(term, heaviest)
        total += weight
        if term in present:
            hit += weight
    return hit / total if total else 0.0
