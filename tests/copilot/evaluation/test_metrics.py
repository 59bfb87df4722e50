"""Figures and how sure they are."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.evaluation.metrics import estimate, percentiles

values = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40)


@given(values)
def test_the_interval_lies_within_the_values_and_in_order(found: list[float]) -> None:
    result = estimate(found)
    slack = 1e-9 * max(1.0, *(abs(value) for value in found))

    assert result.n == len(found)
    assert min(found) - slack <= result.low <= result.high <= max(found) + slack
    assert result.value == pytest.approx(sum(found) / len(found), abs=slack)


@given(values)
def test_the_same_values_give_the_same_interval(found: list[float]) -> None:
    assert estimate(found) == estimate(found)


def test_more_questions_make_the_interval_narrower_around_the_same_share() -> None:
    few, many = estimate([1.0, 1.0, 0.0, 1.0]), estimate([1.0, 1.0, 0.0, 1.0] * 50)

    assert few.value == many.value == 0.75
    assert few.low < many.low < 0.75 < many.high < few.high


def test_the_interval_of_a_share_is_near_the_textbook_one() -> None:
    result = estimate([1.0] * 160 + [0.0] * 40)
    half = 1.96 * math.sqrt(0.8 * 0.2 / 200)

    assert (result.low, result.high) == (pytest.approx(0.8 - half, abs=0.01), pytest.approx(0.8 + half, abs=0.01))


def test_one_outlier_moves_the_mean_and_not_the_median() -> None:
    times = [1.0, 2.0, 3.0, 4.0, 1000.0]

    assert estimate(times).value == 202.0
    assert estimate(times, "median").value == 3.0
    assert estimate(times * 10, "median").high < 5.0


def test_nothing_has_no_figure_and_one_value_is_its_own_interval() -> None:
    nothing = estimate([])

    assert nothing.n == 0
    assert all(math.isnan(value) for value in (nothing.value, nothing.low, nothing.high, *percentiles([])))
    one = estimate([0.25])
    assert (one.value, one.low, one.high, one.n) == (0.25, 0.25, 0.25, 1)


def test_percentiles_are_interpolated() -> None:
    assert percentiles([0.0, 10.0], (0, 50, 90, 100)) == (0.0, 5.0, 9.0, 10.0)
