"""Choosing the passage to answer from, and when to answer at all: how it behaves, whatever the tuned figures are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.answering.confidence import SIGNALS, Calibration, load_calibration, signals_of
from copilot.answering.reading import choose
from copilot.engines.base import Prompt
from index.errors import UsageError
from tests.copilot.answering.scripted import ScriptedReader
from tests.copilot.answering.test_quoting import passage

WORTH = {"good": 4.0, "fair": 1.0, "bad": -4.0}
CALIBRATION = Calibration(tier="x", enough=3.0)


def reader() -> ScriptedReader:
    return ScriptedReader([], lambda prompt: WORTH[prompt.context.split()[0]])


def prompts(*contexts: str) -> list[Prompt]:
    return [Prompt("", f"{context} {n}", "") for n, context in enumerate(contexts)]


PASSAGES = [replace(passage(f"text {n}"), rank=n + 1, score=1.0 - n / 100) for n in range(3)]


async def test_the_passage_that_the_reader_likes_best_is_chosen() -> None:
    choice = await choose(reader(), PASSAGES, prompts("bad", "fair", "good"), CALIBRATION)

    assert (choice.index, choice.reading.confidence, choice.read) == (2, 4.0, 3)


async def test_cold_passages_are_read_only_until_one_is_good_enough() -> None:
    engine = reader()

    choice = await choose(engine, PASSAGES, prompts("bad", "good", "good"), CALIBRATION)

    assert (choice.index, choice.read) == (1, 2)
    assert engine.read_batches == [1, 1]


async def test_warm_passages_are_read_in_one_batch() -> None:
    engine = reader()
    asked = prompts("bad", "fair", "good")
    for prompt in asked:
        await engine.warm(prompt)

    choice = await choose(engine, PASSAGES, asked, CALIBRATION)

    assert choice.index == 2
    assert engine.read_batches == [3]


async def test_where_an_identifier_stands_in_the_first_alone_only_that_is_read() -> None:
    sure = [replace(PASSAGES[0], exact=True), *PASSAGES[1:]]
    engine = reader()
    asked = prompts("fair", "good", "good")
    for prompt in asked:
        await engine.warm(prompt)

    choice = await choose(engine, sure, asked, CALIBRATION)

    assert (choice.index, choice.read) == (0, 1)


async def test_a_passage_that_trails_too_far_for_a_reading_to_make_good_is_not_read() -> None:
    far = [PASSAGES[0], replace(PASSAGES[1], score=0.9), replace(PASSAGES[2], score=0.5)]
    calibration = Calibration(tier="x", enough=3.0, score_weight=10.0, span=2.0)

    choice = await choose(reader(), far, prompts("bad", "bad", "good"), calibration)

    assert (choice.index, choice.read) == (0, 2), "both read ones are bad, and the search puts one first"


async def test_a_reading_outweighs_a_small_lead_in_the_search() -> None:
    calibration = Calibration(tier="x", enough=9.0, score_weight=10.0, span=2.0)

    choice = await choose(reader(), PASSAGES, prompts("fair", "good", "bad"), calibration)

    assert choice.index == 1


async def test_readings_that_tell_nothing_decide_nothing() -> None:
    calibration = Calibration(tier="x", score_weight=10.0, span=0.0)

    choice = await choose(reader(), PASSAGES, prompts("bad", "good", "good"), calibration)

    assert (choice.index, choice.read) == (0, 1)


async def test_of_equals_the_earlier_one_is_chosen() -> None:
    choice = await choose(reader(), PASSAGES, prompts("fair", "fair", "fair"), CALIBRATION)

    assert choice.index == 0


@pytest.mark.parametrize("tier", ["tiny", "small", "standard", "large", "remote", "none", "unheard-of"])
def test_every_tier_has_a_calibration_over_known_signals(tier: str) -> None:
    calibration = load_calibration(tier)

    assert set(calibration.weights) <= set(SIGNALS)
    assert calibration.fitted_on


@given(st.dictionaries(st.sampled_from(SIGNALS), st.floats(allow_nan=False, allow_infinity=False)))
def test_a_judgement_is_a_probability_whatever_the_signals(signals: dict[str, float]) -> None:
    judgement = load_calibration("standard").judge(signals)

    assert 0 <= judgement.probability <= 1


def test_the_owners_own_calibration_goes_before_the_shipped_one(tmp_path: Path) -> None:
    own = tmp_path / "calibration" / "standard.json"
    own.parent.mkdir()
    own.write_text('{"tier": "standard", "bias": -9}')

    assert load_calibration("standard", tmp_path).bias == -9
    assert load_calibration("small", tmp_path) == load_calibration("small")


@pytest.mark.parametrize(
    "content", [b"{", b'{"tier": "x", "unknown": 1}', b'{"tier": "x", "answer_above": 7}', b"\xff"]
)
def test_a_malformed_calibration_is_told_with_its_file(content: bytes, tmp_path: Path) -> None:
    own = tmp_path / "calibration" / "standard.json"
    own.parent.mkdir()
    own.write_bytes(content)

    with pytest.raises(UsageError, match=r"standard\.json"):
        load_calibration("standard", tmp_path)


def test_signals_are_named_and_a_passage_that_says_everything_covers_the_question() -> None:
    signals = signals_of("brake torque", passage("The torque of the brake."), 2.5)

    assert set(signals) <= set(SIGNALS)
    assert signals["coverage"] == 1.0
    assert signals["yes_logit"] == 2.5
