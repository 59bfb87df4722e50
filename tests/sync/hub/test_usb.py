"""A stick gets what current generations need, and a device believes it as it believes the hub."""

from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from index.errors import DiskFull, UsageError
from sync.hub import usb
from sync.hub.usb import export
from tests.sync.hub.published import Hub, manual, write


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    made = Hub(tmp_path / "hub", tmp_path / "docs")
    for name in ("presses", "valves"):
        write(made.add(name) / "a.md", manual(name))
    made.publish()
    write(made.docs / "presses/a.md", manual("presses", words="something else"))
    made.publish()
    return made


def from_stick(hub: Hub, stick: Path) -> Hub:
    """The hub as a device sees it that was given the stick."""
    seen = Hub.__new__(Hub)
    seen.path, seen.root = stick.parent / "seen", hub.root
    shutil.copytree(stick, seen.path / "public")
    return seen


def test_the_copy_holds_what_current_generations_need(hub: Hub, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    done = export(hub.folder, stick)

    assert (
        done.copied_bytes
        == done.total_bytes
        < sum(path.stat().st_size for path in (hub.path / "public").rglob("*") if path.is_file())
    )
    seen = from_stick(hub, stick)
    assert "something else" in seen.generation("presses").text("a.md")
    assert list(seen.generation("valves").documents) == ["a.md"]


def test_what_is_there_is_not_copied_again_and_what_is_old_goes(hub: Hub, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    export(hub.folder, stick)
    assert export(hub.folder, stick).copied_bytes == 0

    write(hub.docs / "presses/a.md", manual("presses", words="the newest state"))
    hub.publish()
    done = export(hub.folder, stick)
    assert 0 < done.copied_bytes < done.total_bytes
    assert done.removed > 0
    assert "the newest state" in from_stick(hub, stick).generation("presses").text("a.md")


def test_a_copy_that_was_cut_off_goes_on(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stick, real, left = tmp_path / "stick", usb._copy, [4]

    def unplugged(source: Path, target: Path) -> None:
        if left[0] == 0:
            raise KeyboardInterrupt
        left[0] -= 1
        real(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(usb, "_copy", unplugged)
        with pytest.raises(KeyboardInterrupt):
            export(hub.folder, stick)
    assert not (stick / "metadata/timestamp.json").exists()

    done = export(hub.folder, stick)
    assert done.copied_bytes < done.total_bytes
    assert list(from_stick(hub, stick).generation("presses").documents) == ["a.md"]


def test_one_collection_can_be_taken_alone(hub: Hub, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    export(hub.folder, stick, ["valves"])

    seen = from_stick(hub, stick)
    assert list(seen.generation("valves").documents) == ["a.md"]
    assert not (stick / "targets/collections/presses").exists()
    with pytest.raises(UsageError, match="not published"):
        export(hub.folder, stick, ["nothing"])


def test_a_stick_that_is_too_small_is_told_before_anything_is_written(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(20 << 20, 4 << 20, 16 << 20))

    with pytest.raises(DiskFull, match="MB more"):
        export(hub.folder, tmp_path / "stick")
    assert not (tmp_path / "stick").exists()


def test_the_hubs_own_folder_is_no_target(hub: Hub) -> None:
    with pytest.raises(UsageError, match="own folder"):
        export(hub.folder, hub.path / "copy")
