"""Signals, alarms, advice and summaries over HTTP, from a real broker to the event on the screen."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import paho.mqtt.client as paho
import pytest
from httpx_sse import connect_sse

from tests.copilot.hmi.plant import Broker, broker, wait_until
from tests.copilot.http.conftest import Running, Serve

SIGNALS = """
[[source]]
name = "plc"
kind = "mqtt"
host = "127.0.0.1"
port = {port}

[[signal]]
name = "fault"
source = "plc"
topic = "plc/fault"
codes = "F{{:04d}}"

[[signal]]
name = "dc_bus"
title = "DC link voltage"
source = "plc"
topic = "plc/dc"
unit = "V"
high = 800
component = "A1"
identifiers = ["F0002"]
"""


class Plant:
    def __init__(self, port: int) -> None:
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="plc")
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def send(self, topic: str, value: object) -> None:
        self._client.publish(topic, json.dumps(value), qos=1).wait_for_publish(10)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Broker]:
    with broker(tmp_path) as one:
        yield one


@pytest.fixture
def plant(mosquitto: Broker) -> Iterator[Plant]:
    one = Plant(mosquitto.port)
    yield one
    one.close()


@pytest.fixture
def watching(serve: Serve, indexed: Path, mosquitto: Broker) -> Running:
    """A server that watches the plant."""
    (indexed / "signals.toml").write_text(SIGNALS.format(port=mosquitto.port), encoding="utf-8")
    server = serve()
    with server.client() as client:
        wait_until(
            lambda: client.get("/v1/signals").json()["sources"][0]["condition"] == "up", "the link to the broker"
        )
    return server


class Follower:
    """Follows a stream of events in a thread."""

    def __init__(self, server: Running, path: str) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.ended = threading.Event()
        self._server, self._path = server, path
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self) -> None:
        try:
            with (
                self._server.client(timeout=httpx.Timeout(30)) as client,
                connect_sse(client, "GET", self._path) as stream,
            ):
                for event in stream.iter_sse():
                    self.events.append((event.event, json.loads(event.data)))
        finally:
            self.ended.set()

    def of(self, name: str) -> list[dict[str, Any]]:
        return [data for event, data in list(self.events) if event == name]


def test_a_value_is_served_with_its_time_quality_and_history(watching: Running, plant: Plant) -> None:
    with watching.client() as client:
        before = client.get("/v1/signals", params={"name": "dc_bus"}).json()["signals"][0]
        assert (before["quality"], before["current"], before["value"]) == ("unknown", False, None)
        for value in (640, 641.5, 810):
            plant.send("plc/dc", value)
        wait_until(lambda: client.get("/v1/signals").json()["signals"][1]["value"] == 810, "the last value")

        signal = client.get("/v1/signals").json()["signals"][1]
        history = client.get("/v1/signals/dc_bus/history", params={"since": "1h"}).json()
    assert (signal["text"], signal["quality"], signal["flags"]) == ("810 V", "good", ["above_limit"])
    assert signal["at"].endswith("Z")
    assert [point["value"] for point in history["points"]] == [640, 641.5, 810]


def test_an_alarm_and_its_advice_come_by_themselves(watching: Running, plant: Plant) -> None:
    signals = Follower(watching, "/v1/signals/events")
    advice = Follower(watching, "/v1/advice/events")
    wait_until(lambda: len(signals.of("signal")) >= 2, "the signals as they are")

    plant.send("plc/fault", 12)
    wait_until(lambda: advice.of("advice"), "the advice")
    told = advice.of("advice")[0]
    assert told["alarm"]["code"] == "F0012"
    assert told["meaning"].startswith("F0012 Brake BR-120 does not release")
    assert told["steps"][0]["text"] == "Measure 24 V DC at terminals X4:1 and X4:2 while releasing."
    passage = told["passages"][told["steps"][0]["n"] - 1]
    assert passage["document"].endswith(".pdf")
    assert passage["page"]
    assert any(one["kind"] == "logbook" for one in told["incidents"])
    assert [alarm["active"] for alarm in signals.of("alarm")] == [True]

    plant.send("plc/fault", 0)
    wait_until(lambda: [alarm["active"] for alarm in signals.of("alarm")] == [True, False], "the end of the alarm")
    with watching.client() as client:
        assert client.get("/v1/alarms").json()["alarms"] == []
        over = client.get("/v1/alarms", params={"since": "1h"}).json()["alarms"]
        assert [alarm["code"] for alarm in over] == ["F0012"]
        assert client.get("/v1/advice", params={"alarm": over[0]["id"]}).json()["advice"][0]["steps"]
        assert client.get("/v1/advice", params={"code": "F0024"}).json()["advice"][0]["alarm"]["code"] == "F0024"


def test_a_question_is_answered_with_what_stands_now(watching: Running, plant: Plant) -> None:
    plant.send("plc/dc", 812.0)
    plant.send("plc/fault", 2)
    with watching.client() as client:
        wait_until(lambda: len(client.get("/v1/alarms").json()["alarms"]) == 2, "the alarms")
        answer = client.post("/v1/ask", json={"question": "why is it tripping?"}).json()

    assert "F0002: active since" in answer["text"]
    assert "812 V" in answer["text"]
    assert {passage["collection"] for passage in answer["evidence"]} >= {"signals", "halden"}


def test_the_summary_of_a_shift(watching: Running, plant: Plant) -> None:
    plant.send("plc/fault", 24)
    with watching.client() as client:
        wait_until(lambda: client.get("/v1/alarms").json()["alarms"], "the alarm")
        summary = client.get("/v1/summary", params={"since": "8h"}).json()

    assert "F0024" in summary["text"]
    assert summary["lines"][1]["references"] == [summary["alarms"][0]["id"]]


def test_streams_end_with_the_server_and_hold_it_up_no_longer(serve: Serve, indexed: Path, mosquitto: Broker) -> None:
    (indexed / "signals.toml").write_text(SIGNALS.format(port=mosquitto.port), encoding="utf-8")
    server = serve()
    follower = Follower(server, "/v1/signals/events")
    wait_until(lambda: follower.of("signal"), "the first event")

    server.server.should_exit = True
    server.app.state.stopping.set()

    assert follower.ended.wait(20)


def test_without_signals_there_are_none_and_nothing_fails(no_model: Running) -> None:
    with no_model.client() as client:
        assert client.get("/v1/signals").json() == {"signals": [], "sources": []}
        assert client.get("/v1/alarms").json() == {"alarms": []}
        assert client.get("/v1/advice").json() == {"advice": []}
        assert client.get("/v1/summary").status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/signals/nowhere/history", 404),
        ("/v1/signals?name=nowhere", 404),
        ("/v1/summary?since=yesterday", 400),
        ("/v1/alarms?since=2099-01-01", 400),
        ("/v1/advice?alarm=nothing", 404),
    ],
)
def test_what_is_not_there_or_makes_no_sense_is_a_problem(no_model: Running, path: str, status: int) -> None:
    with no_model.client() as client:
        answer = client.get(path)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["remedy"]


def test_a_broken_file_of_signals_keeps_the_rest_working(serve: Serve, indexed: Path) -> None:
    (indexed / "signals.toml").write_text("[[signal]]\nname = 3\n", encoding="utf-8")
    server = serve()
    with server.client() as client:
        assert client.post("/v1/ask", json={"question": "what does F0012 mean?"}).json()["status"] == "grounded"
        problem = client.get("/v1/signals")

    assert problem.status_code == 400
    assert "signals.toml" in problem.json()["detail"]
