"""Draw the pictures of the panel: a real server, a broker with the values of a machine, and Chromium before them.

    python scripts/draw_panel.py [NAME…] [--into FOLDER]

Needs mosquitto and Chromium (`python scripts/system_packages.py` names the packages), the packages of the extras
`serve`, `hmi` and `dev`, and the embedding model. The data directory is thrown away afterwards.
"""

from __future__ import annotations

import argparse
import math
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
from paho.mqtt.client import CallbackAPIVersion, Client
from playwright.sync_api import Page, sync_playwright

ROOT: Final = Path(__file__).resolve().parent.parent
PICTURES: Final = ROOT / "docs" / "pictures"
COPILOT: Final = Path(sys.executable).parent / "edge-copilot"
CHROMIUM: Final = "/usr/bin/chromium"
QUESTION: Final = "what does F0012 mean and what do I do"
NOTE: Final = (
    "BR-120 clicked, but S12 did not switch. Air gap was 0.52 mm, set to 0.30 mm. F0012 has not come back since."
)

SIGNALS: Final = """
[defaults]
machine = "TX-200"
stale_after_s = 8

[advice]
logbooks = ["*logbook*"]

[[source]]
name = "plc"
kind = "mqtt"
host = "127.0.0.1"
port = {port}
client_id = "pictures"

[[code]]
code = "F0012"
title = "Brake BR-120 does not release"
component = "BR-120"
"""
NAMED: Final = (
    ("dc_bus", "DC link voltage", 'unit = "V"\nlow = 430\nhigh = 800\ncomponent = "A1"\nidentifiers = ["F0002"]\n'
     'meaning = "Rises when the conveyor brakes"'),
    ("belt_speed", "Belt speed", 'unit = "m/s"\nhigh = 0.62\ncomponent = "conveyor"'),
    ("pressure", "Hydraulic pressure", 'unit = "bar"\nhigh = 165\ncomponent = "HP-16"\nmeaning = "Of the clamp"'),
    ("oil", "Oil temperature", 'unit = "°C"\nhigh = 65\ncomponent = "HP-16"'),
    ("brake_supply", "Brake supply voltage", 'unit = "V"\nlow = 21.6\ncomponent = "G2"\nidentifiers = ["F0012"]'),
    ("fault", "Fault code", 'codes = "F{:04d}"\nseverity = "high"'),
)  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """One picture.

    Attributes:
        width, height: Of the screen.
        query: Of the page's address.
        come: Brings the page there.
    """

    width: int
    height: int
    query: str
    come: Callable[[Page], None]


def _answered(page: Page) -> None:
    page.locator(".turn[data-state=done]").wait_for()
    page.locator("canvas:visible").wait_for()
    page.wait_for_timeout(800)


def _settings(page: Page) -> None:
    page.wait_for_timeout(1000)
    page.get_by_role("button", name="Settings").click()
    page.wait_for_timeout(300)


def _opened(page: Page) -> None:
    page.locator(".turn[data-state=done]").wait_for()
    page.locator(".cite").last.click()
    page.locator("canvas:visible").wait_for()
    page.wait_for_timeout(800)


def _still(page: Page) -> None:
    page.wait_for_timeout(1500)


def _alarms(page: Page) -> None:
    page.locator(".alarm .steps, .alarm .sources").first.wait_for()
    page.locator("canvas:visible").wait_for()
    page.wait_for_timeout(800)


ASK: Final = f"machine=TX-200&ask={QUESTION.replace(' ', '+')}"
SHOTS: Final = {
    "panel": Picture(1280, 800, f"{ASK}&theme=light", _answered),
    "panel-hmi": Picture(800, 480, f"{ASK}&theme=dark&lang=de", _answered),
    "panel-alarms": Picture(1280, 800, "machine=TX-200&view=alarms&theme=dark", _alarms),
    "panel-signals": Picture(1024, 600, "machine=TX-200&view=signals&theme=light", _still),
    "panel-notes": Picture(1024, 600, "machine=TX-200&view=notes&theme=light", _still),
    "panel-shift": Picture(1024, 600, "machine=TX-200&view=shift&theme=light", _still),
    "panel-contrast": Picture(800, 480, f"{ASK}&theme=dark&contrast=more", _answered),
    "panel-phone": Picture(390, 780, f"{ASK}&theme=light", _still),
    "panel-wide": Picture(1920, 1080, f"{ASK}&theme=dark", _answered),
    "panel-narrow": Picture(320, 480, f"{ASK}&theme=light", _still),
    "panel-settings": Picture(800, 480, "machine=TX-200&theme=light", _settings),
    "panel-passage": Picture(390, 780, f"{ASK}&theme=light", _opened),
    "panel-empty": Picture(800, 480, "machine=TX-200&lang=de&theme=light", _still),
}
KEPT: Final = ("panel", "panel-hmi", "panel-alarms", "panel-signals")
"""Those of the documentation; the others are for looking at."""


def main() -> None:
    """Draw the pictures that are named, or those of the documentation."""
    parser = argparse.ArgumentParser(description="Draw the pictures of the panel.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(SHOTS)}")
    parser.add_argument("--into", type=Path, default=PICTURES, metavar="FOLDER")
    options = parser.parse_args()
    names = options.names or list(KEPT)
    if unknown := set(names) - set(SHOTS):
        parser.error(f"no picture {', '.join(sorted(unknown))}")
    options.into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, broker(Path(folder)) as port:
        data = Path(folder) / "data"
        data.mkdir()
        (data / "models").symlink_to(models())
        signals = SIGNALS.format(port=port) + "".join(
            f'\n[[signal]]\nname = "{name}"\ntitle = "{title}"\nsource = "plc"\ntopic = "tx200/{name}"\n{more}\n'
            for name, title, more in NAMED
        )
        (data / "signals.toml").write_text(signals, encoding="utf-8")
        environment = {**os.environ, "EDGE_COPILOT_DATA_DIR": str(data)}
        ingest = [COPILOT, "ingest", ROOT / "examples" / "manuals", "--collection", "halden"]
        subprocess.run(ingest, check=True, env=environment)
        with server(environment) as url, machine(port):
            httpx.post(f"{url}/v1/notes", json={"text": NOTE, "machine": "TX-200", "author": "Kim"}).raise_for_status()
            time.sleep(12)  # so that there is something to see of the last minutes
            draw(url, names, options.into)


def models() -> Path:
    """The models of this machine."""
    from copilot.settings.paths import default_data_dir

    return Path(os.environ.get("EDGE_COPILOT_DATA_DIR") or default_data_dir()) / "models"


def draw(url: str, names: list[str], folder: Path) -> None:
    """Take the pictures."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--no-proxy-server"])
        for name in names:
            shot = SHOTS[name]
            page = browser.new_page(viewport={"width": shot.width, "height": shot.height}, locale="en-GB")
            page.goto(f"{url}/?{shot.query}")
            shot.come(page)
            target = folder / f"{name}.png"
            page.screenshot(path=target)
            page.close()
            print(target)
        browser.close()


@contextmanager
def broker(folder: Path) -> Iterator[int]:
    """Mosquitto on a port of its own."""
    port = free_port()
    config = folder / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nlog_dest none\nuser root\n")
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    process = subprocess.Popen([program, "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield port
    finally:
        process.terminate()
        process.wait()


@contextmanager
def machine(port: int) -> Iterator[None]:
    """Publish what the machine would: it brakes, and a brake doesn't release."""
    stop = threading.Event()

    def run() -> None:
        step = 0
        while not stop.wait(0.25):
            wave = math.sin(step / 9)
            values = {
                "dc_bus": 640 + 6.8 * min(step, 25) + wave,
                "belt_speed": 0.5 + 0.01 * wave,
                "pressure": 140 + wave,
                "brake_supply": 23.9 + 0.05 * wave,
                "fault": 12 if step > 16 else 0,
            }
            if step < 8:
                values["oil"] = 47.5  # its sensor falls silent
            for name, value in values.items():
                client.publish(f"tx200/{name}", str(round(value, 2)), qos=1, retain=True)
            step += 1

    client = Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        client.disconnect()
        client.loop_stop()


@contextmanager
def server(environment: dict[str, str]) -> Iterator[str]:
    """The endpoint, without a language model: its answers are quotes, the same each time."""
    port = free_port()
    process = subprocess.Popen([COPILOT, "serve", "--port", str(port), "--no-llm"], env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        while True:
            try:
                httpx.get(f"{url}/healthz", trust_env=False).raise_for_status()
                break
            except httpx.TransportError:
                if process.poll() is not None:
                    raise SystemExit("the server did not start") from None
                time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
