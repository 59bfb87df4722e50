"""One score from what the channels say.

Ranks throw away how much better the first is than the second, and scores standardised over the candidates depend on
which candidates there are. So each channel is brought to a fixed scale by what it could reach at most for this
question: cosines as they are, BM25 as a share of its ceiling (`index.search.lexical.ceiling`), identifiers as the
share of the question's identifiers that stand in the chunk. The sum is then bounded, independent of the other
candidates and of their order, and a chunk that gains in one channel never falls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Weights:
    """What a full score in each channel counts for. Found on one manual, checked on the others; see docs/decisions."""

    whole: float = 0.25
    window: float = 0.75
    words: float = 0.65
    identifiers: float = 0.25
    entry: float = 0.4
    brevity: float = 0.2


HYBRID: Final = Weights()
LEXICAL: Final = Weights(whole=0.0, window=0.0, words=1.0)

ENOUGH: Final = 240
"""Characters, about 40 words, from which a chunk can be expected to answer something. Shorter ones ("NAME: stepgen -
step pulse generation") are like every question about their subject and answer none."""

SAID: Final = 0.3
"""What a passage that has all of the question's words is worth more than one that has none. On the three development
manuals hit@1 rose from 0.78, 0.83 and 0.86 to 0.84, 0.86 and 0.88; from 0.2 to 0.6 it is much the same."""

MUST_WIN: Final = 4.0
"""What identifiers count for where the question is nothing but them: more than all other channels together."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What the channels say about one chunk.

    Attributes:
        whole: Cosine of question and chunk, from -1 to 1; None where the chunk has no vector.
        window: Cosine of question and best window; None with ``whole``.
        words: BM25 as a share of its ceiling, from 0 to 1.
        identifiers: Share of the question's identifiers that stand in it, weighted by how rare they are, from 0 to 1.
        entry: Share of the question's identifiers that it has an entry for: a row, a line or a heading of their own.
        length: Of its own text, in characters.
    """

    whole: float | None = None
    window: float | None = None
    words: float = 0.0
    identifiers: float = 0.0
    entry: float = 0.0
    length: int = ENOUGH


def fused(signals: Signals, weights: Weights, identifier_share: float = 0.0) -> float:
    """Return the score of one chunk.

    Args:
        signals: What the channels say.
        weights: What each counts for.
        identifier_share: How much of the question is identifiers, from 0 to 1: the more, the more they decide.
    """
    identifiers = weights.identifiers + (MUST_WIN - weights.identifiers) * identifier_share**2
    score = weights.words * _clamped(signals.words, 0.0) + identifiers * _clamped(signals.identifiers, 0.0)
    score += weights.entry * _clamped(signals.entry, 0.0)
    if signals.whole is not None and signals.window is not None:
        score += weights.whole * _clamped(signals.whole, -1.0) + weights.window * _clamped(signals.window, -1.0)
    return score - weights.brevity * _clamped(1.0 - signals.length / ENOUGH, 0.0)


def _clamped(value: float, lowest: float) -> float:
    return min(1.0, max(lowest, value))
