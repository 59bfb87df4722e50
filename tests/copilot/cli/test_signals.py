"""``edge-copilot signals``: against a real broker, and without one."""

from __future__ import annotations

import json
import runpy
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import paho.mqtt.client as paho
import pytest

from copilot.cli.main import main
from tests.copilot.hmi.plant import Broker, broker, free_port
from tests.test_json_contract import closed

SIGNALS = """
[[source]]
name = "plc"
kind = "mqtt"
host = "127.0.0.1"
port = {port}

[[signal]]
name = "dc_bus"
title = "DC link voltage"
source = "plc"
topic = "plc/dc"
unit = "V"
high = 800
"""


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Broker]:
    with broker(tmp_path) as one:
        yield one


ROOT = Path(__file__).resolve().parents[3]


def promised(name: str, printed: str) -> Any:
    """What was printed, held against its published schema."""
    schema = json.loads((ROOT / "docs" / "schema" / f"{name}.schema.json").read_text(encoding="utf-8"))
    told = json.loads(printed)
    jsonschema.validate(told, closed(schema))
    return told


@pytest.mark.parametrize("name", ["signals", "signals-advice", "signals-summary"])
def test_the_published_schema_is_what_the_code_says(name: str) -> None:
    written = (ROOT / "docs" / "schema" / f"{name}.schema.json").read_text(encoding="utf-8")

    assert runpy.run_path(str(ROOT / "scripts" / "write_docs.py"))["signals_schema"](name) == written, (
        "run: python scripts/write_docs.py"
    )


def configure(data_dir: Path, text: str) -> None:
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "signals.toml").write_text(text, encoding="utf-8")


def published(port: int, payload: str) -> None:
    client = paho.Client(paho.CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    client.publish("plc/dc", payload, qos=1, retain=True).wait_for_publish(10)
    client.disconnect()
    client.loop_stop()


def test_without_signals_it_says_where_to_write_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["signals", "list"]) == 2
    assert "signals.toml" in capsys.readouterr().err


def test_a_fault_in_the_file_is_told(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configure(data_dir, SIGNALS.format(port=1) + "hihg = 3\n")

    assert main(["signals", "check", "--offline"]) == 2
    assert "is “high” meant?" in capsys.readouterr().err


def test_a_source_that_is_not_there_is_told_with_an_exit_code(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(data_dir, SIGNALS.format(port=free_port()))

    assert main(["signals", "check", "--wait", "0.3"]) == 6
    said = capsys.readouterr().out
    assert "plc (mqtt): down" in said
    assert "dc_bus: no current value" in said


def test_signals_are_listed_as_json(data_dir: Path, mosquitto: Broker, capsys: pytest.CaptureFixture[str]) -> None:
    configure(data_dir, SIGNALS.format(port=mosquitto.port))
    published(mosquitto.port, json.dumps({"value": 812.5, "timestamp": 4e9}))

    assert main(["signals", "list", "--wait", "10", "--json"]) == 0
    told = promised("signals", capsys.readouterr().out)
    assert told["signals"][0]["value"] == 812.5
    assert told["sources"][0]["condition"] == "up"


def test_a_summary_needs_no_plant(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["signals", "summary", "--since", "8h", "--json"]) == 0
    told = promised("signals-summary", capsys.readouterr().out)
    assert told["alarms"] == []
    assert "No alarms." in told["text"]

    assert main(["signals", "summary", "--since", "soon"]) == 2


def test_advice_for_a_code_comes_from_the_documents(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manual = Path(__file__).resolve().parents[3] / "examples" / "manuals" / "troubleshooting.md"
    assert main(["ingest", str(manual), "--collection", "halden"]) == 0
    capsys.readouterr()

    assert main(["signals", "advice", "F0024", "--json"]) == 0
    advice = promised("signals-advice", capsys.readouterr().out)["advice"][0]
    assert advice["steps"][0]["text"].startswith("1. Oil level and temperature.")
    assert main(["signals", "advice", "F0024"]) == 0
    assert "Oil level and temperature" in capsys.readouterr().out


def test_a_question_may_look_at_the_machine_first(
    data_dir: Path, mosquitto: Broker, capsys: pytest.CaptureFixture[str]
) -> None:
    manual = ROOT / "examples" / "manuals" / "troubleshooting.md"
    assert main(["ingest", str(manual)]) == 0
    configure(data_dir, SIGNALS.format(port=mosquitto.port))
    published(mosquitto.port, json.dumps({"value": 812.5, "timestamp": time.time()}))
    capsys.readouterr()

    assert main(["ask", "what is the DC link voltage right now?", "--no-llm", "--live", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert "812.5 V, above its limit of 800 V" in answer["text"]
    assert answer["citations"][0]["document"] == "signals/dc_bus"

    assert main(["ask", "what is the DC link voltage right now?", "--no-llm", "--json"]) == 0
    assert "812.5" not in capsys.readouterr().out
