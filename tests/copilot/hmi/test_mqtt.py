"""MQTT against a real broker: plain, JSON and Sparkplug B payloads, broken links, junk; and nothing is published."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest

from copilot.hmi.sources import Backoff
from copilot.hmi.sources.sparkplug.payload import message_class
from tests.copilot.hmi.conftest import OpenLive
from tests.copilot.hmi.plant import Broker, broker, free_port, wait_until

SIGNALS = """
[defaults]
machine = "TX-200"

[[source]]
name = "hydraulics"
kind = "mqtt"
host = "127.0.0.1"
port = {port}
{more}

[[signal]]
name = "pressure"
source = "hydraulics"
topic = "halden/hp16/pressure"
field = "value"
unit = "bar"
high = 165

[[signal]]
name = "pump"
source = "hydraulics"
topic = "halden/hp16/pump"

[[signal]]
name = "level_low"
source = "hydraulics"
metric = "Inputs/S26"
device = "halden/tx200/hp16"

[[signal]]
name = "hours"
source = "hydraulics"
metric = "Counters/Hours"
device = "halden/tx200"
unit = "h"
"""


class Publisher:
    """A device of the plant: publishes what a test says."""

    def __init__(self, port: int) -> None:
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="plant-device")
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def send(self, topic: str, payload: Any, *, retain: bool = False) -> None:
        content = payload if isinstance(payload, bytes | str) else json.dumps(payload)
        self._client.publish(topic, content, qos=1, retain=retain).wait_for_publish(10)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def sparkplug(*metrics: dict[str, Any], seq: int = 0) -> bytes:
    payload = message_class()()
    payload.timestamp = int(time.time() * 1000)
    payload.seq = seq
    for metric in metrics:
        one = payload.metrics.add()
        for name, value in metric.items():
            setattr(one, name, value)
    return bytes(payload.SerializeToString())


@pytest.fixture
def device(mosquitto: Broker) -> Iterator[Publisher]:
    publisher = Publisher(mosquitto.port)
    yield publisher
    publisher.close()


def started(open_live: OpenLive, port: int, more: str = "", **parts: Any) -> Any:
    live = open_live(SIGNALS.format(port=port, more=more), **parts)
    live.start()
    wait_until(lambda: live.sources()[0].condition == "up", "the link to the broker")
    return live


def test_plain_and_json_values_come(open_live: OpenLive, mosquitto: Broker, device: Publisher) -> None:
    live = started(open_live, mosquitto.port)

    device.send("halden/hp16/pressure", {"value": 141.5, "timestamp": time.time() - 1})
    device.send("halden/hp16/pump", "on")
    wait_until(lambda: live.board.state("pump").is_current, "both values")
    state = live.board.state("pressure")
    assert state.reading.value == 141.5
    assert 0.5 < state.now_s - state.reading.at_s < 30
    assert live.board.state("pump").reading.value is True


def test_a_limit_that_is_passed_is_an_alarm_until_the_value_is_back(
    open_live: OpenLive, mosquitto: Broker, device: Publisher
) -> None:
    live = started(open_live, mosquitto.port)

    device.send("halden/hp16/pressure", {"value": 170})
    wait_until(lambda: live.alarms(), "the alarm")
    assert live.alarms()[0].text == "pressure 170 bar, above its limit of 165 bar"
    device.send("halden/hp16/pressure", {"value": 150})
    wait_until(lambda: not live.alarms(), "its end")


def test_junk_is_counted_and_harms_nothing(open_live: OpenLive, mosquitto: Broker, device: Publisher) -> None:
    live = started(open_live, mosquitto.port)

    for junk in (
        b"",
        b"\xff\xfe",
        b"{",
        b"[]",
        b'{"value": null}',
        b'{"value": {"a": 1}}',
        b'{"value": NaN}',
        b"[" * 5000,
    ):
        device.send("halden/hp16/pressure", junk)
        device.send("spBv1.0/halden/NDATA/tx200", junk)
        device.send("spBv1.0/halden/DDATA/tx200/hp16", junk)
    wait_until(lambda: live.sources()[0].rejected >= 8, "the counting")
    assert live.board.state("pressure").quality == "bad"

    device.send("halden/hp16/pressure", {"value": 140})
    wait_until(lambda: live.board.state("pressure").is_current, "a good value after all that")


def test_what_the_broker_has_kept_since_nobody_knows_when_is_not_current(
    open_live: OpenLive, mosquitto: Broker, device: Publisher
) -> None:
    device.send("halden/hp16/pressure", {"value": 170}, retain=True)
    device.send("halden/hp16/pump", {"value": 1, "timestamp": time.time()}, retain=True)
    live = started(open_live, mosquitto.port)

    wait_until(lambda: live.board.state("pump").is_current, "the retained value with a time of its own")
    assert live.board.state("pressure").reading.value == 170
    assert live.board.state("pressure").quality == "stale"
    assert live.alarms() == []
    device.send("halden/hp16/pressure", {"value": 142})
    wait_until(lambda: live.board.state("pressure").is_current, "a fresh value")


def test_sparkplug_births_aliases_and_deaths(open_live: OpenLive, mosquitto: Broker, device: Publisher) -> None:
    live = started(open_live, mosquitto.port)
    death = {"name": "bdSeq", "datatype": 8, "long_value": 1}

    device.send("spBv1.0/halden/DDATA/tx200/hp16", sparkplug({"alias": 5, "datatype": 11, "boolean_value": True}))
    wait_until(lambda: live.sources()[0].rejected == 1, "data before its birth")
    assert live.board.state("level_low").quality == "unknown"

    hours = {"name": "Counters/Hours", "alias": 1, "datatype": 7, "int_value": 5200}
    level = {"name": "Inputs/S26", "alias": 5, "datatype": 11, "boolean_value": False}
    device.send("spBv1.0/halden/NBIRTH/tx200", sparkplug(death, hours))
    device.send("spBv1.0/halden/DBIRTH/tx200/hp16", sparkplug(level, seq=1))
    wait_until(lambda: live.board.state("level_low").is_current, "the births")
    assert live.board.state("hours").reading.value == 5200

    device.send(
        "spBv1.0/halden/DDATA/tx200/hp16", sparkplug({"alias": 5, "datatype": 11, "boolean_value": True}, seq=2)
    )
    wait_until(lambda: live.board.state("level_low").reading.value is True, "a value by its alias")

    device.send("spBv1.0/halden/DDEATH/tx200/hp16", sparkplug(seq=3))
    wait_until(lambda: live.board.state("level_low").quality == "stale", "the device's death")
    assert live.board.state("hours").is_current
    device.send("spBv1.0/halden/NDEATH/tx200", sparkplug(death))
    wait_until(lambda: live.board.state("hours").quality == "stale", "the node's death")


def test_a_broker_that_goes_away_is_found_again_and_its_signals_are_stale_meanwhile(
    open_live: OpenLive, tmp_path: Path
) -> None:
    port = free_port()
    (tmp_path / "one").mkdir()
    with broker(tmp_path / "one", port=port):
        live = started(open_live, port)
        live._monitor._backoff = Backoff(0.05, 0.2)
        one = Publisher(port)
        one.send("halden/hp16/pressure", {"value": 141})
        wait_until(lambda: live.board.state("pressure").is_current, "the value")
        one.close()
    wait_until(lambda: live.board.state("pressure").quality == "stale", "the loss")
    assert live.sources()[0].condition == "down"
    assert str(port) in live.sources()[0].reason

    (tmp_path / "two").mkdir()
    with broker(tmp_path / "two", port=port):
        wait_until(lambda: live.sources()[0].condition == "up", "the link after the break", 40)
        assert live.board.state("pressure").quality == "stale"
        two = Publisher(port)
        two.send("halden/hp16/pressure", {"value": 142})
        wait_until(lambda: live.board.state("pressure").is_current, "a value after the break")
        two.close()
        live.stop()


def test_what_comes_while_a_named_client_is_away_is_not_lost(
    open_live: OpenLive, mosquitto: Broker, device: Publisher
) -> None:
    live = started(open_live, mosquitto.port, 'client_id = "edge-copilot-test"')
    live.stop()
    for value in range(200):
        device.send("halden/hp16/pressure", {"value": value})
    live.start()
    wait_until(lambda: live.sources()[0].changes == 200, "all that waited at the broker")
    assert [value for _, value in live.board.values("pressure")] == list(range(200))


def test_nothing_is_published(open_live: OpenLive, tmp_path: Path) -> None:
    folder = tmp_path / "strict"
    folder.mkdir()
    (folder / "acl").write_text("topic read halden/#\ntopic read spBv1.0/#\n", encoding="utf-8")
    (folder / "acl").chmod(0o700)
    with broker(folder, f"acl_file {folder / 'acl'}") as strict:
        live = started(open_live, strict.port, 'client_id = "edge-copilot-test"')
        time.sleep(0.3)
        live.stop()
        assert strict.published_by() == []
        log = strict.log.read_text(encoding="utf-8")
        assert "edge-copilot-test" in log
        assert "Denied PUBLISH" not in log


def test_a_broker_that_is_not_there_is_told_with_what_to_do(open_live: OpenLive) -> None:
    live = open_live(SIGNALS.format(port=free_port(), more=""))
    live.start()
    wait_until(lambda: live.sources()[0].condition == "down", "the complaint")

    assert "can't be reached" in live.sources()[0].reason
    assert "tried again by itself" in live.sources()[0].reason
