"""Live values, alarms and advice of a machine behind a real broker; nothing is shown as current that is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from paho.mqtt import publish
from playwright.sync_api import expect

from tests.copilot.hmi.plant import Broker, broker, wait_until
from tests.copilot.http.panel.looking import faults_by_theme, small_targets

SIGNALS = """
[defaults]
machine = "TX-200"
stale_after_s = {stale_s}

[advice]
logbooks = ["*logbook*"]

[[source]]
name = "plc"
kind = "mqtt"
host = "127.0.0.1"
port = {port}
client_id = "panel"

[[signal]]
name = "dc_bus"
title = "DC link voltage"
source = "plc"
topic = "tx200/dc_bus"
unit = "V"
low = 430
high = 800
component = "A1"

[[signal]]
name = "fault"
title = "Fault code"
source = "plc"
topic = "tx200/fault"
codes = "F{{:04d}}"
severity = "high"

[[code]]
code = "F0012"
title = "Brake BR-120 does not release"
"""

Says = Callable[[str, object], None]


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Broker]:
    """The broker of the machine."""
    folder = tmp_path / "broker"
    folder.mkdir()
    with broker(folder) as one:
        yield one


@pytest.fixture
def says(plant: Broker) -> Says:
    """What the machine says: ``says("dc_bus", 812)``."""

    def say(name: str, value: object) -> None:
        publish.single(f"tx200/{name}", str(value), qos=1, retain=True, hostname="127.0.0.1", port=plant.port)

    return say


@pytest.fixture
def watching(indexed: Path, plant: Broker, serve) -> Callable[..., str]:
    """Address of a server that watches the machine."""

    def start(stale_s: float = 600) -> str:
        (indexed / "signals.toml").write_text(SIGNALS.format(port=plant.port, stale_s=stale_s), encoding="utf-8")
        url = serve().url
        is_watched(url)
        return url

    return start


def is_watched(url: str) -> None:
    """Wait until the server hears the machine. What a broker kept from before is no value of now."""

    def up() -> bool:
        sources = httpx.get(f"{url}/v1/signals", trust_env=False).json()["sources"]
        return [one["condition"] for one in sources] == ["up"]

    wait_until(up, "the machine is heard")


def row(panel, name: str):
    return panel.page.locator(f".signal[data-name={name}]")


def test_a_value_is_shown_and_follows_the_machine(watching, says, open_panel) -> None:
    panel = open_panel(watching(), query="view=signals")
    says("dc_bus", 640)
    expect(row(panel, "dc_bus").locator(".value")).to_have_text("640\u00a0V")

    says("dc_bus", 812.5)

    expect(row(panel, "dc_bus").locator(".value")).to_have_text("812.5\u00a0V")
    expect(row(panel, "dc_bus")).to_have_attribute("data-state", "warning")
    expect(row(panel, "dc_bus")).to_contain_text("Above its limit of 800 V")


def test_a_value_that_is_too_old_is_never_shown_as_current(watching, says, open_panel) -> None:
    panel = open_panel(watching(stale_s=3), query="view=signals")
    says("dc_bus", 640)
    expect(row(panel, "dc_bus").locator(".value")).to_have_text("640\u00a0V")

    expect(row(panel, "dc_bus")).to_have_attribute("data-state", "stale")
    expect(row(panel, "dc_bus").locator(".value")).to_have_text("—")
    expect(row(panel, "dc_bus").locator(".trend")).to_contain_text("Not current, last 640\u00a0V")


def test_when_the_copilot_is_lost_no_value_is_current(switch, indexed, plant, says, open_panel) -> None:
    switch.stop()
    (indexed / "signals.toml").write_text(SIGNALS.format(port=plant.port, stale_s=600), encoding="utf-8")
    switch.start()
    is_watched(switch.url)
    panel = open_panel(switch.url, query="view=signals")
    says("dc_bus", 640)
    expect(row(panel, "dc_bus").locator(".value")).to_have_text("640\u00a0V")

    switch.stop()

    expect(row(panel, "dc_bus").locator(".value")).to_have_text("—")
    expect(panel.page.locator(".notice").first).to_have_text("The live values stopped. What is shown is not current.")
    switch.start()
    is_watched(switch.url)
    says("dc_bus", 650)
    expect(row(panel, "dc_bus").locator(".value")).to_have_text("650\u00a0V")


def test_a_source_that_is_down_is_named_and_no_alarm_is_not_claimed(watching, plant, says, open_panel) -> None:
    panel = open_panel(watching(), query="view=alarms")
    says("fault", 0)
    expect(panel.page.get_by_text("No alarm is active.")).to_be_visible()

    plant.stop()

    expect(panel.page.get_by_text("plc brings no values.")).to_be_visible()
    expect(panel.page.get_by_text("No alarm is active.")).to_be_hidden()
    plant.start()


def test_an_alarm_comes_with_its_meaning_and_first_steps(watching, says, open_panel) -> None:
    says("fault", 0)
    panel = open_panel(watching(), query="view=ask")
    panel.page.evaluate(
        "document.addEventListener('edge-copilot-alarm', (event) => { window.alarm = event.detail.alarm; })"
    )
    expect(panel.page.locator(".strip")).to_be_hidden()

    says("fault", 12)

    strip = panel.page.locator(".strip")
    expect(strip).to_contain_text("F0012 Brake BR-120 does not release")
    expect(panel.page.get_by_role("alert").filter(has_text="Alarm: F0012")).to_be_attached()
    assert panel.page.evaluate("window.alarm.code") == "F0012"
    strip.get_by_role("button", name="What to do").click()
    card = panel.page.locator(".alarm").first
    expect(card.get_by_role("heading", name="Meaning")).to_be_visible()
    expect(card.locator(".steps li").first).to_contain_text("Measure 24 V DC")
    expect(panel.page.locator(".evidence h2")).to_have_text("7.2 Fault codes")
    expect(panel.page.locator("canvas")).to_be_visible()
    assert faults_by_theme(panel) == []
    assert small_targets(panel) == []
    for view in ("signals", "shift"):
        panel.go(view)
        expect(panel.page.locator(".signal:visible, .lines li:visible").first).to_be_visible()
        assert faults_by_theme(panel) == []
        assert small_targets(panel) == []
    panel.go("alarms")

    says("fault", 0)

    expect(strip).to_be_hidden()
    expect(panel.page.locator(".alarm").first).to_have_attribute("data-active", "false")


def test_one_asks_about_an_alarm_with_one_touch(watching, says, open_panel) -> None:
    url = watching()
    says("fault", 12)
    panel = open_panel(url, query="view=alarms&lang=de")

    panel.page.get_by_role("button", name="Dazu fragen").click()

    panel.has_answered()
    expect(panel.turn.locator(".question")).to_contain_text("Was bedeutet F0012 und was ist zu tun?")


def test_what_is_so_now_stands_in_the_answer_with_its_citation(watching, says, open_panel) -> None:
    panel = open_panel(watching())
    says("dc_bus", 812)
    says("fault", 12)
    expect(panel.page.locator(".strip")).to_be_visible()

    panel.ask("what does F0012 mean?")

    panel.has_answered()
    expect(panel.answer).to_contain_text("Alarm F0012 Brake BR-120 does not release: active")
    panel.answer.get_by_role("button", name="Citation 1").first.click()
    expect(panel.page.locator(".evidence .text")).to_contain_text("active")


def test_the_shift_is_told_with_what_bears_it_out(watching, says, open_panel) -> None:
    url = watching()
    says("fault", 12)
    panel = open_panel(url, query="view=alarms")
    expect(panel.page.locator(".alarm").first).to_be_visible()

    panel.go("shift")

    expect(panel.page.locator(".lines")).to_contain_text("F0012")
    panel.page.locator(".lines").get_by_role("button", name="F0012").first.click()
    expect(panel.page.get_by_role("tab", name="Alarms")).to_have_attribute("aria-selected", "true")


def test_other_machines_are_left_out(watching, says, open_panel) -> None:
    says("dc_bus", 640)
    says("fault", 12)

    panel = open_panel(watching(), query="view=signals&machine=press-3")

    expect(panel.page.get_by_text("No signals are set up for this machine.")).to_be_visible()
    expect(panel.page.locator(".strip")).to_be_hidden()
