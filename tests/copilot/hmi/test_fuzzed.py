"""Fuzzed payloads over real links: none stops the watching, breaks the link, or is taken for a value that it isn't."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from asyncua import ua
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copilot.hmi.values import SignalState
from tests.copilot.hmi.conftest import OpenLive
from tests.copilot.hmi.plant import Broker, opc_plant, until, wait_until
from tests.copilot.hmi.test_mqtt import SIGNALS as MQTT_SIGNALS
from tests.copilot.hmi.test_mqtt import Publisher, sparkplug
from tests.copilot.hmi.test_opcua import SIGNALS as OPC_SIGNALS
from tests.copilot.hmi.test_opcua import VALUES

TOPICS = (
    "halden/hp16/pressure",
    "halden/hp16/pump",
    "spBv1.0/halden/NBIRTH/tx200",
    "spBv1.0/halden/NDATA/tx200",
    "spBv1.0/halden/NDEATH/tx200",
    "spBv1.0/halden/DBIRTH/tx200/hp16",
    "spBv1.0/halden/DDATA/tx200/hp16",
    "spBv1.0/halden/DDEATH/tx200/hp16",
)
WHOLE = sparkplug({"name": "Inputs/S26", "alias": 5, "datatype": 11, "boolean_value": True}, seq=1)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    content = bytearray(WHOLE)
    for _ in range(draw(st.integers(0, 5))):
        content[draw(st.integers(0, len(content) - 1))] = draw(st.integers(0, 255))
    return bytes(content[: draw(st.integers(0, len(content)))])


PAYLOADS = st.one_of(
    st.binary(max_size=200),
    damaged(),
    st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from([b'{"value":' * 3000, b"[" * 20_000, b"9" * 5000, b'{"value": 1e400}', b"\x00" * 300_000]),
)


@pytest.fixture
def device(mosquitto: Broker) -> Iterator[Publisher]:
    publisher = Publisher(mosquitto.port)
    yield publisher
    publisher.close()


def sound(state: SignalState) -> bool:
    """Whether what is said of a signal can be shown: a number that is one, a text without control characters."""
    reading = state.reading
    if reading is None or reading.value is None:
        return not state.is_current
    value = reading.value
    return value.isprintable() if isinstance(value, str) else value == value and abs(value) < float("inf")


def test_no_payload_stops_the_watching(open_live: OpenLive, mosquitto: Broker, device: Publisher) -> None:
    live = open_live(MQTT_SIGNALS.format(port=mosquitto.port, more=""))
    live.start()
    wait_until(lambda: live.sources()[0].condition == "up", "the link")
    since = live.sources()[0].since_s

    @settings(max_examples=60, suppress_health_check=list(HealthCheck), database=None)
    @given(st.lists(st.tuples(st.sampled_from(TOPICS), PAYLOADS), min_size=1, max_size=12))
    def throw(messages: list[tuple[str, bytes]]) -> None:
        for topic, payload in messages:
            device.send(topic, payload)
        assert all(sound(state) for state in live.signals())

    throw()
    device.send("halden/hp16/pressure", {"value": 140})
    wait_until(lambda: live.board.state("pressure").is_current, "a good value after all that")
    assert live.board.state("pressure").reading.value == 140
    assert live.running
    assert (live.sources()[0].condition, live.sources()[0].since_s) == ("up", since)


VARIANTS = st.one_of(
    st.floats(width=64).map(lambda value: ua.Variant(value, ua.VariantType.Double)),
    st.floats(width=32).map(lambda value: ua.Variant(value, ua.VariantType.Float)),
    st.integers(-(2**63), 2**63 - 1).map(lambda value: ua.Variant(value, ua.VariantType.Int64)),
    st.integers(0, 2**64 - 1).map(lambda value: ua.Variant(value, ua.VariantType.UInt64)),
    st.booleans().map(ua.Variant),
    st.text(max_size=50).map(lambda value: ua.Variant(value, ua.VariantType.String)),
    st.binary(max_size=50).map(lambda value: ua.Variant(value, ua.VariantType.ByteString)),
    st.lists(st.floats(width=64), max_size=5).map(
        lambda value: ua.Variant(value, ua.VariantType.Double, is_array=True)
    ),
    st.text(max_size=20).map(lambda value: ua.Variant(ua.LocalizedText(value), ua.VariantType.LocalizedText)),
    st.datetimes(datetime(1902, 1, 1), datetime(2100, 1, 1)).map(
        lambda value: ua.Variant(value.replace(tzinfo=UTC), ua.VariantType.DateTime)
    ),
    st.just(ua.Variant(None, ua.VariantType.Null)),
)
STATUSES = st.sampled_from([0, 0x40000000, 0x80000000, 0x80340000, 0x00000480, 0xC0000000])


async def test_no_value_of_a_server_stops_the_watching(open_live: OpenLive) -> None:
    drawn: list[tuple[Any, int]] = []

    @settings(max_examples=80, suppress_health_check=list(HealthCheck), database=None)
    @given(st.lists(st.tuples(VARIANTS, STATUSES), min_size=1, max_size=4))
    def draw(values: list[tuple[Any, int]]) -> None:
        drawn.extend(values)

    draw()
    async with opc_plant(VALUES) as plant:
        live = open_live(OPC_SIGNALS.format(url=plant.url))
        live.start()
        await until(lambda: live.board.state("dc_bus").is_current, "the first value")
        since = live.sources()[0].since_s
        for variant, status in drawn:
            await plant.set("DcBus", variant, status=status)
            await asyncio.sleep(0)
            assert all(sound(state) for state in live.signals())
        await plant.alarm("\x00\x07" * 50, "no code here\n" * 100, active=True, severity=1, source="")
        await plant.set("DcBus", 640.0)
        await until(lambda: live.board.state("dc_bus").is_current, "a good value after all that")
        await until(lambda: live.board.state("dc_bus").reading.value == 640.0, "that value")
        assert (live.sources()[0].condition, live.sources()[0].since_s) == ("up", since)
        assert live.running
        await asyncio.to_thread(live.stop)
