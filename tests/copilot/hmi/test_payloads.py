"""What payloads mean, and that none of any kind does harm."""

from __future__ import annotations

import json
import math
import struct
from datetime import UTC, datetime
from typing import Any

import pytest
from asyncua import ua
from hypothesis import given
from hypothesis import strategies as st

from copilot.hmi.alarms import Condition
from copilot.hmi.registry.file import OpcUaSource, SignalEntry
from copilot.hmi.sources import opcua_events
from copilot.hmi.sources.opcua import OpcUa
from copilot.hmi.sources.payloads import decode, seconds
from copilot.hmi.sources.sparkplug import Host, Unreadable, parse
from copilot.hmi.sources.sparkplug.payload import message_class
from copilot.hmi.values import Reading, Signal

PAYLOADS = {
    "a whole number": (b"42", None, 42),
    "a number with a point": (b" 1.5e2 ", None, 150.0),
    "true": (b"true", None, True),
    "on": (b"ON", None, True),
    "a word": (b"carton", None, "carton"),
    "JSON with a usual key": (b'{"value": 7, "unit": "bar"}', None, 7),
    "JSON with a path": (b'{"a": {"b": [1, {"c": 2.5}]}}', "a.b.1.c", 2.5),
    "JSON text": (b'{"v": "run"}', None, "run"),
    "no such path": (b'{"a": 1}', "b", None),
    "an object for a value": (b'{"value": {}}', None, None),
    "not a number": (b"nan", None, None),
    "a number too large": (b"1e999", None, None),
    "nothing": (b"  ", None, None),
    "no text": (b"\x80\x81", None, None),
    "text where JSON was promised": (b"42", "value", None),
}


@pytest.mark.parametrize(("payload", "field", "value"), PAYLOADS.values(), ids=PAYLOADS.keys())
def test_a_payload_means(payload: bytes, field: str | None, value: object) -> None:
    decoded = decode(payload, field)

    assert decoded.value == value
    assert type(decoded.value) is type(value)
    assert decoded.quality == ("bad" if value is None else "good")


@pytest.mark.parametrize(
    ("said", "quality"),
    [("good", "good"), ("BAD", "bad"), ("uncertain - old", "uncertain"), (192, "good"), (64, "uncertain"), (0, "bad")],
)
def test_a_payload_may_tell_its_quality(said: object, quality: str) -> None:
    assert decode(json.dumps({"value": 1, "quality": said}).encode()).quality == quality


AT = 1_741_710_000.25


@pytest.mark.parametrize(
    "written",
    [AT, AT * 1e3, AT * 1e6, AT * 1e9, datetime.fromtimestamp(AT, UTC).isoformat(), "2025-03-11T16:20:00.250Z"],
)
def test_a_time_is_read_in_every_usual_form(written: float | str) -> None:
    assert seconds(written) == pytest.approx(AT, abs=0.001)


@given(st.binary(max_size=400), st.sampled_from([None, "value", "a.b.0", ""]))
def test_no_payload_does_harm(payload: bytes, field: str | None) -> None:
    decoded = decode(payload, field, field)

    assert decoded.value is None or isinstance(decoded.value, float | int | bool | str)
    assert not (isinstance(decoded.value, float) and not math.isfinite(decoded.value))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["value", "ts", "q", "a"]), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(_JSON, st.sampled_from([None, "value", "a.0.value"]))
def test_no_json_does_harm(document: Any, field: str | None) -> None:
    decode(json.dumps(document).encode(), field)


@given(st.binary(max_size=300))
def test_no_bytes_do_harm_as_sparkplug(payload: bytes) -> None:
    try:
        parse(payload)
    except Unreadable:
        return


@given(st.data())
def test_a_damaged_sparkplug_payload_is_unreadable_or_a_payload(data: st.DataObject) -> None:
    message = message_class()()
    message.timestamp, message.seq = 1_741_710_000_000, 3
    metric = message.metrics.add()
    metric.name, metric.alias, metric.datatype, metric.int_value = "Speed", 7, 3, 0xFFFFFFFF
    whole = bytearray(message.SerializeToString())
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        parse(bytes(whole[: data.draw(st.integers(0, len(whole)))]))
    except Unreadable:
        return


@pytest.mark.parametrize(
    ("datatype", "raw", "value"), [(1, 0xFF, -1), (2, 0xFFFE, -2), (3, 0xFFFFFFFD, -3), (7, 0xFFFFFFFD, 4294967293)]
)
def test_negative_numbers_of_sparkplug_come_as_twos_complement(datatype: int, raw: int, value: int) -> None:
    message = message_class()()
    metric = message.metrics.add()
    metric.name, metric.datatype, metric.int_value = "x", datatype, raw

    assert parse(message.SerializeToString()).metrics[0].value == value


def test_a_float_of_sparkplug_has_the_digits_that_were_measured() -> None:
    message = message_class()()
    metric = message.metrics.add()
    metric.name, metric.datatype, metric.float_value = "x", 9, 0.1

    assert struct.pack(">f", 0.1) == struct.pack(">f", parse(message.SerializeToString()).metrics[0].value)
    assert parse(message.SerializeToString()).metrics[0].value == 0.1


_KINDS = ("NBIRTH", "NDEATH", "DBIRTH", "DDEATH", "NDATA", "DDATA", "NCMD", "STATE")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(_KINDS),
            st.sampled_from(["", "/hp16", "/other", "/a/b"]),
            st.booleans(),
            st.integers(0, 300),
            st.one_of(st.none(), st.integers(0, 3)),
            st.booleans(),
        ),
        max_size=30,
    )
)
def test_a_metric_counts_only_between_birth_and_death(
    messages: list[tuple[str, str, bool, int, int | None, bool]],
) -> None:
    """Whatever order messages come in: values only of what lives, by names that its birth has told."""
    host = Host({("halden/tx200/hp16", "Level"): ["level"], ("halden/tx200", "Hours"): ["hours"]})
    node_lives = False
    device_lives = False
    for kind, place, named, seq, alias, null in messages:
        message = message_class()()
        message.seq = seq % 256
        metric = message.metrics.add()
        if named:
            metric.name = "Level" if place else "Hours"
        if alias is not None:
            metric.alias = alias
        metric.datatype, metric.int_value = 7, 5
        metric.is_null = null
        seen = host.see(f"spBv1.0/halden/{kind}/tx200{place}", parse(message.SerializeToString()), 1.0)
        if kind == "NBIRTH" and place == "":
            node_lives, device_lives = True, False
        elif kind == "NDEATH" and place == "":
            node_lives = device_lives = False
        elif kind == "DBIRTH" and place == "/hp16" and node_lives:
            device_lives = True
        elif kind == "DDEATH" and place == "/hp16":
            device_lives = False
        told = {reading.signal for reading in seen.readings}
        assert not ("level" in told and not device_lives)
        assert not ("hours" in told and not node_lives)
        assert set(host.alive()) == ({"hours"} if node_lives else set()) | ({"level"} if device_lives else set())
        assert all(reading.quality == ("bad" if null else "good") for reading in seen.readings)


def test_missing_messages_of_sparkplug_are_counted() -> None:
    host = Host({("g/n", "m"): ["s"]})
    for seq, lost in ((0, 0), (1, 0), (4, 2), (255, 250), (0, 0)):
        message = message_class()()
        message.seq = seq
        kind = "NBIRTH" if seq == 0 and lost == 0 and not host.alive() else "NDATA"
        assert host.see(f"spBv1.0/g/{kind}/n", parse(message.SerializeToString()), 1.0).lost == lost


_FIELD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**40), 2**40),
    st.text(max_size=30),
    st.binary(max_size=10),
    st.datetimes(),
    st.builds(ua.LocalizedText, st.text(max_size=20)),
    st.builds(lambda number: ua.NodeId(ua.Int32(number)), st.integers(0, 5000)),
    st.lists(st.integers(0, 5), max_size=3),
)


@given(st.lists(_FIELD, max_size=15))
def test_no_event_of_opc_ua_does_harm(fields: list[Any]) -> None:
    told = opcua_events.read([ua.Variant(field) if field != [] else ua.Variant(None) for field in fields], 5.0)

    assert told is None or isinstance(told, Condition | str)


class Taken:
    """Takes what comes, in memory."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self.rejected = 0

    def take(self, readings: list[Reading]) -> None:
        self.readings += readings

    def reject(self, count: int = 1) -> None:
        self.rejected += count

    def touch(self, signals: object) -> None:
        pass

    def condition(self, condition: object) -> None:
        pass

    def conditions_are(self, ids: object) -> None:
        pass


@given(st.lists(st.tuples(st.integers(-5, 5), _FIELD, st.integers(0, 2**32 - 1)), max_size=8))
def test_no_value_of_opc_ua_does_harm(items: list[tuple[int, Any, int]]) -> None:
    signal = Signal("one", "one", "plc")
    source = OpcUa(
        OpcUaSource(kind="opcua", name="plc", url="opc.tcp://127.0.0.1:1"),
        [(signal, SignalEntry(name="one", source="plc", node="i=1"))],
        lambda: 100.0,
    )
    taken = Taken()
    change = ua.DataChangeNotification()
    for handle, value, status in items:
        item = ua.MonitoredItemNotification()
        item.ClientHandle = handle
        variant = None if value == [] else ua.Variant(value)
        item.Value = ua.DataValue(variant, StatusCode=ua.StatusCode(ua.UInt32(status)))
        change.MonitoredItems.append(item)
    result = ua.PublishResult(1, NotificationMessage=ua.NotificationMessage(NotificationData=[change]))

    source._published(result, taken)

    assert len(taken.readings) == sum(handle == 0 for handle, *_ in items)
    assert all(reading.value is not None or reading.quality == "bad" for reading in taken.readings)
    assert all(reading.signal == "one" for reading in taken.readings)
