"""The learned part: trained on who was right, kept in a few KB, refused where it is malformed."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.routing.learned import ROUTER_FILE, LearnedRouter, load_router, read_router
from copilot.routing.training import Example, calls_needed, curve, train, write_router
from index.errors import UsageError


def examples(count: int = 80, seed: int = 3) -> list[Example]:
    """A larger model helps with long questions, mostly."""
    chance = random.Random(seed)
    made = []
    for _ in range(count):
        hard = chance.random() < 0.4
        signals = {"words": (2.0 if hard else 0.5) + chance.random(), "exact": chance.random()}
        local = chance.random() < (0.2 if hard else 0.9)
        made.append(Example(signals, local, chance.random() < 0.9))
    return made


def test_what_is_learned_on_some_questions_holds_for_others() -> None:
    learned = train(examples(), "made")
    held_back = examples(200, seed=4)

    needed = calls_needed(curve(learned, held_back))

    assert needed is not None
    assert needed < 0.7, "random routing needs 95%"
    assert learned.weights["words"] > abs(learned.weights["exact"])


def test_the_default_threshold_asks_for_at_most_four_in_ten() -> None:
    made = examples()
    learned = train(made, "made")

    share = sum(learned.probability(example.signals) >= 0.5 for example in made) / len(made)

    assert 0.05 < share <= 0.42


def test_the_curve_goes_from_no_call_to_all() -> None:
    made = examples()
    points = curve(train(made, "made"), made)

    assert (points[0].share, points[-1].share) == (0.0, 1.0)
    assert points[0].right == pytest.approx(sum(e.local_right for e in made) / len(made), abs=1e-3)
    assert points[-1].right == pytest.approx(sum(e.larger_right for e in made) / len(made), abs=1e-3)
    assert [p.share for p in points] == sorted(p.share for p in points)
    assert [p.threshold for p in points] == sorted((p.threshold for p in points), reverse=True)


def test_where_all_calls_gain_nothing_none_are_needed() -> None:
    assert calls_needed(curve(LearnedRouter(), [Example({}, True, True)] * 4)) is None


def test_too_little_to_learn_from_is_told() -> None:
    with pytest.raises(UsageError, match="helped with 0 of 10"):
        train([Example({"words": 1.0}, True, True)] * 10, "made")


def test_the_owner_s_router_goes_before_the_shipped_one(tmp_path: Path) -> None:
    shipped = load_router()
    own = train(examples(), "made")

    path = write_router(own, tmp_path)

    assert path == tmp_path / ROUTER_FILE
    assert path.stat().st_size < 16_384
    assert load_router(tmp_path) == own
    assert load_router(tmp_path / "elsewhere") == shipped


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"weights": {"a": "b"}}',
        b'{"bias": NaN}',
        b'{"bias": 1e999}',
        b'{"surprise": 1}',
        b"x" * 70_000,
    ],
)
def test_a_malformed_router_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "router.json"
    path.write_bytes(content)

    with pytest.raises(UsageError, match="can't be used"):
        read_router(path)


@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.dictionaries(st.sampled_from("abc"), st.floats(allow_nan=False, allow_infinity=False)),
    st.dictionaries(st.sampled_from("abc"), st.floats(-1e6, 1e6)),
)
def test_a_probability_is_one_whatever_the_weights(
    bias: float, weights: dict[str, float], signals: dict[str, float]
) -> None:
    assert 0 <= LearnedRouter(bias=bias, weights=weights).probability(signals) <= 1


def test_the_shipped_router_is_what_training_writes() -> None:
    shipped = load_router()

    assert LearnedRouter.model_validate_json(json.dumps(shipped.model_dump(mode="json"))) == shipped
