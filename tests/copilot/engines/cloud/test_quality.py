"""How good the way to an endpoint is: measured on the way, smoothed, and told of the endpoint that would be asked."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.engines.cloud import Cloud, Endpoint, Phases
from copilot.engines.cloud.client import EndpointClient
from copilot.engines.cloud.quality import LinkQuality, Smoothed
from tests.copilot.engines.cloud.asking import Noting
from tests.copilot.engines.cloud.servers import Answerer, answering


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=50))
def test_the_mean_stays_within_what_was_measured(measured: list[float]) -> None:
    smoothed = Smoothed()
    for one in measured:
        smoothed.add(one)

    assert smoothed.value is not None
    assert min(measured) - 1e-6 <= smoothed.value <= max(measured) + 1e-6


def test_one_outlier_does_not_decide_and_a_lasting_change_does() -> None:
    smoothed = Smoothed()
    for _ in range(20):
        smoothed.add(0.1)
    smoothed.add(5.0)
    assert smoothed.value == pytest.approx(0.1 + 4.9 / 8)
    for _ in range(40):
        smoothed.add(5.0)
    assert smoothed.value == pytest.approx(5.0, rel=0.01)


async def test_the_check_measures_the_round_trip_and_an_answer_its_first_word() -> None:
    ticks = count()
    with answering(Answerer()) as server:
        client = EndpointClient(Endpoint("hq", server.url, "big"), Phases())
        cloud = Cloud([client], clock=lambda: next(ticks) / 8)
        assert cloud.quality == LinkQuality()
        cloud.begin_check()
        await cloud.checked(5.0)
        checked = cloud.quality
        _ = [piece async for piece in cloud.ask(Noting())]
        asked = cloud.quality
        await cloud.close()

    assert checked.round_trip_s is not None
    assert checked.first_word_s is None
    assert asked.first_word_s is not None
    assert asked.round_trip_s == checked.round_trip_s


async def test_an_endpoint_that_is_away_has_no_round_trip() -> None:
    client = EndpointClient(Endpoint("hq", "http://127.0.0.1:9/v1", "big"), Phases(connect_s=1, health_s=1))
    cloud = Cloud([client])
    cloud.begin_check()
    await cloud.checked(5.0)

    assert cloud.quality == LinkQuality()
    await cloud.close()
