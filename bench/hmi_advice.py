"""From an alarm to the advice on the screen, without a model's words: through broker, live side and event stream.

    .venv/bin/python -m bench.hmi_advice [--alarms 200] [FOLDER of documents]

A device publishes a fault code; a client of the HTTP endpoint follows ``/v1/advice/events``. What is measured is the
time from just before the publishing to the event's arrival, on one clock.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import threading
import time
from pathlib import Path

import httpx
import paho.mqtt.client as paho

from copilot.cli.main import main as command
from copilot.settings import Settings
from copilot.settings.hmi import HmiSettings
from tests.copilot.hmi.plant import broker
from tests.copilot.http.conftest import running

MANUALS = Path(__file__).resolve().parent.parent / "examples" / "manuals"
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
high = 2000
identifiers = ["F0002", "P1121"]
"""
CODES = range(1, 41)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("documents", nargs="?", type=Path, default=MANUALS)
    arguments.add_argument("--alarms", type=int, default=200)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name, broker(Path(name)) as one:
        data = Path(name) / "data"
        command(["--data-dir", str(data), "ingest", str(given.documents), "--collection", "bench"])
        file = Path(name) / "signals.toml"
        file.write_text(SIGNALS.format(port=one.port), encoding="utf-8")
        settings = Settings(data_dir=data, hmi=HmiSettings(signals=file))
        with running(settings, use_model=False) as server:
            _measure(server.url, one.port, given.alarms)


def _measure(url: str, port: int, alarms: int) -> None:
    device = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="bench-device")
    device.connect("127.0.0.1", port)
    device.loop_start()
    arrived: dict[str, tuple[float, float, int]] = {}
    came = threading.Condition()
    ready = threading.Event()
    threading.Thread(target=_follow, args=(url, arrived, came, ready), daemon=True).start()
    assert ready.wait(30)
    time.sleep(3)  # the first search has loaded its model
    whole, inside, cited = [], [], 0
    for number in range(alarms):
        code = f"F{CODES[number % len(CODES)]:04d}"
        with came:
            arrived.clear()
        begun = time.perf_counter()
        device.publish("plc/fault", str(CODES[number % len(CODES)]), qos=1)
        device.publish("plc/dc", str(600 + number), qos=1)
        with came:
            assert came.wait_for(lambda wanted=code: wanted in arrived, 20), f"no advice for {code}"
            at, took, passages = arrived[code]
        whole.append((at - begun) * 1000)
        inside.append(took)
        cited += passages > 0
        device.publish("plc/fault", "0", qos=1)
        time.sleep(0.05)
    device.disconnect()
    print("| alarms | cited | on the screen p50 / p95 / most, ms | within p50 / p95 / most, ms | limit p95 |")
    print("| --- | --- | --- | --- | --- |")
    print(f"| {alarms} | {cited} | {_spread(whole)} | {_spread(inside)} | 150 |")


def _spread(times: list[float]) -> str:
    ordered = sorted(times)
    return f"{statistics.median(ordered):.0f} / {ordered[int(len(ordered) * 0.95) - 1]:.0f} / {ordered[-1]:.0f}"


def _follow(
    url: str, arrived: dict[str, tuple[float, float, int]], came: threading.Condition, ready: threading.Event
) -> None:
    with (
        httpx.Client(trust_env=False, timeout=None) as client,
        client.stream("GET", f"{url}/v1/advice/events") as stream,
    ):
        ready.set()
        event = ""
        for line in stream.iter_lines():
            if line.startswith("event:"):
                event = line.removeprefix("event:").strip()
            elif line.startswith("data:") and event == "advice":
                at = time.perf_counter()
                advice = json.loads(line.removeprefix("data:"))
                with came:
                    arrived[advice["alarm"]["code"]] = (at, advice["took_ms"], len(advice["passages"]))
                    came.notify_all()


if __name__ == "__main__":
    main()
