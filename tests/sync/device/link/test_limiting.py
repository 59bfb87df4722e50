"""The bandwidth limit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.device.link.limiting import TokenBucket


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


@given(rate=st.integers(1, 1 << 20), takes=st.lists(st.integers(0, 1 << 16), max_size=30))
def test_over_any_time_no_more_than_the_rate_and_one_second_comes(rate: int, takes: list[int]) -> None:
    clock = Clock()
    bucket = TokenBucket(rate, clock, clock.sleep)

    for count in takes:
        bucket.take(count)

    assert sum(takes) <= rate * (clock.now + 1) * 1.000001 + 1


def test_without_a_limit_nothing_waits() -> None:
    clock = Clock()

    TokenBucket(None, clock, clock.sleep).take(1 << 40)

    assert clock.now == 0


def test_a_pause_saves_up_one_second_and_not_more() -> None:
    clock = Clock()
    bucket = TokenBucket(1000, clock, clock.sleep)
    clock.now = 3600.0

    bucket.take(3000)

    assert clock.now == 3602.0


def test_a_limit_that_lets_nothing_through_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing"):
        TokenBucket(0)
