from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.search.fusion import HYBRID, LEXICAL, MUST_WIN, Signals, Weights, fused

_COSINES = st.floats(-1, 1)
_SHARES = st.floats(0, 1)
_SIGNALS = st.builds(
    Signals, whole=_COSINES, window=_COSINES, words=_SHARES, identifiers=_SHARES, length=st.integers(0, 4_000)
)
_CHANNELS = st.sampled_from(["whole", "window", "words", "identifiers"])
_WEIGHTS = st.sampled_from([HYBRID, LEXICAL])


@given(_SIGNALS, _CHANNELS, _SHARES, _SHARES, _WEIGHTS)
def test_gaining_in_one_channel_never_lowers_a_chunk(
    signals: Signals, channel: str, gain: float, share: float, weights: Weights
) -> None:
    better = replace(signals, **{channel: min(1.0, getattr(signals, channel) + gain)})

    assert fused(better, weights, share) >= fused(signals, weights, share)


@given(_SIGNALS, _SHARES, _WEIGHTS)
def test_the_score_is_bounded(signals: Signals, share: float, weights: Weights) -> None:
    highest = fused(Signals(1, 1, 1, 1), weights, share)
    lowest = fused(Signals(-1, -1, 0, 0, length=0), weights, share)

    assert lowest <= fused(signals, weights, share) <= highest <= 1 + weights.words + MUST_WIN


@given(st.lists(_SIGNALS, min_size=2, max_size=6), _SHARES, st.randoms())
def test_a_chunk_scores_the_same_whatever_else_was_found(found: list[Signals], share: float, random: object) -> None:
    alone = [fused(signals, HYBRID, share) for signals in found]

    assert [fused(signals, HYBRID, share) for signals in reversed(found)] == alone[::-1]


@given(_SIGNALS, _SIGNALS)
def test_of_a_question_that_is_an_identifier_only_a_chunk_with_it_comes_first(one: Signals, other: Signals) -> None:
    having, lacking = replace(one, identifiers=1.0), replace(other, identifiers=0.0)

    assert fused(having, HYBRID, identifier_share=1.0) > fused(lacking, HYBRID, identifier_share=1.0)


@pytest.mark.parametrize("words", [-3.0, 7.0])
def test_a_channel_out_of_its_bounds_is_held_to_them(words: float) -> None:
    bounded = fused(Signals(words=min(1.0, max(0.0, words))), LEXICAL)

    assert fused(Signals(words=words), LEXICAL) == bounded


def test_a_chunk_of_a_few_words_stands_below_a_longer_one_that_is_as_like() -> None:
    assert fused(Signals(0.5, 0.5, length=12), HYBRID) < fused(Signals(0.5, 0.5, length=600), HYBRID)


def test_without_vectors_words_and_identifiers_decide() -> None:
    assert fused(Signals(words=0.5), HYBRID) == HYBRID.words * 0.5
