"""Files that a hub sends, put where the program looks for them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from copilot.answering.confidence import load_calibration
from copilot.catalogue import Catalogue, ModelStore
from copilot.syncing.installers import installers_of
from index.errors import UsageError
from sync.device.installing import PlacedFiles
from tests.sync.device.conftest import Device
from tests.sync.device.small_hub import SmallHub


def calibration(enough: float) -> bytes:
    return json.dumps({"tier": "small", "fitted_on": "the hub", "enough": enough}).encode()


@pytest.fixture
def device(device: Device) -> Device:
    from copilot.settings import Settings

    settings = Settings(data_dir=device.data_dir)
    device.installers = list(
        installers_of(settings, Catalogue.load, lambda: ModelStore(settings.data_dir))
    )  # fmt: skip
    return device


def test_a_calibration_is_installed_changed_and_gone_back_from(device: Device, hub: SmallHub) -> None:
    hub.publish("tuning", {"calibration/small.json": calibration(2.5)}, kind="files")
    device.sync()
    assert load_calibration("small", device.data_dir).enough == 2.5

    hub.publish("tuning", {"calibration/small.json": calibration(3.5)}, kind="files")
    device.sync()
    assert load_calibration("small", device.data_dir).enough == 3.5

    device.rollback("tuning")
    device.sync()
    assert load_calibration("small", device.data_dir).enough == 2.5

    del hub.collections["tuning"]
    hub.sign()
    device.sync()
    assert load_calibration("small", device.data_dir).fitted_on != "the hub"


def test_what_somebody_wrote_on_the_device_is_not_overwritten(device: Device, hub: SmallHub) -> None:
    own = device.data_dir / "copilot.toml"
    own.parent.mkdir(parents=True)
    own.write_text("[search]\nk = 7\n")
    hub.publish("tuning", {"config/copilot.toml": b"[search]\nk = 9\n"}, kind="files")

    device.sync()

    assert own.read_text() == "[search]\nk = 7\n"
    assert any("written by somebody on this device" in remark for remark in device.remarks)


def test_settings_that_this_version_can_not_read_are_not_installed(device: Device, hub: SmallHub) -> None:
    hub.publish("tuning", {"config/copilot.toml": b"[search]\nk = 9\n"}, kind="files")
    device.sync()
    hub.publish("tuning", {"config/copilot.toml": b"[search]\nkay = 9\n"}, kind="files")

    device.sync()

    assert (device.data_dir / "copilot.toml").read_bytes() == b"[search]\nk = 9\n"
    assert any("config/copilot.toml is not installed" in remark for remark in device.remarks)


def test_a_prompt_is_used_in_place_of_the_shipped_one(device: Device, hub: SmallHub) -> None:
    import prompts

    shipped = prompts.load("default", "answer")
    hub.publish("tuning", {"prompts/default/answer.md": b"## question\nAnswer, please: {question}\n"}, kind="files")
    device.sync()

    prompts.use(device.data_dir / "prompts")
    try:
        assert prompts.load("default", "answer").version != shipped.version
    finally:
        prompts.use(None)
    assert prompts.load("default", "answer") == shipped


def test_what_belongs_nowhere_stays_in_its_collection(device: Device, hub: SmallHub) -> None:
    hub.publish("tuning", {"calibration/deep/small.json": b"{}", "elsewhere/x.bin": bytes(5_000_000)}, kind="files")

    device.sync()

    assert not (device.data_dir / "calibration").exists()
    with device.store() as store:
        place = device.generations(store).file("tuning", "elsewhere/x.bin")
    assert place is not None
    assert place.stat().st_size == 5_000_000


def test_a_kill_between_switch_and_installing_is_mended_by_the_next_sync(device: Device, hub: SmallHub) -> None:
    installers, device.installers = device.installers, []
    hub.publish("tuning", {"calibration/small.json": calibration(2.5)}, kind="files")
    device.sync()
    assert not (device.data_dir / "calibration").exists()
    device.installers = installers

    device.sync()

    assert load_calibration("small", device.data_dir).enough == 2.5


def test_installing_twice_changes_nothing(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_text("content")
    placed = PlacedFiles(lambda path: target, tmp_path / "memory.json")
    placed.install({"x": source}, print)
    before = target.stat().st_mtime_ns

    placed.install({"x": source}, print)

    assert target.stat().st_mtime_ns == before


def test_content_that_is_refused_leaves_what_was_there(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_text("good")

    def check(place: Path, path: str) -> None:
        if place.read_text() != "good":
            raise UsageError("it is bad.")

    placed = PlacedFiles(lambda path: target, tmp_path / "memory.json", check)
    placed.install({"x": source}, print)
    source.write_text("bad")
    told: list[str] = []

    placed.install({"x": source}, told.append)
    placed.install({"x": source}, told.append)

    assert target.read_text() == "good"
    assert told == ["x is not installed: it is bad."] * 2
