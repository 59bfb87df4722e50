"""What the machine says of its network and its power."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from copilot.settings.sections import SyncSettings
from copilot.syncing.conditions import conditions_now, detect_metered, rules_of
from index.errors import SyncRefused


def asked(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a busctl of our own into the path."""
    program = folder / "busctl"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")


@pytest.mark.skipif(os.name == "nt", reason="NetworkManager is Linux's")
@pytest.mark.parametrize(
    ("script", "metered"),
    [
        ('echo "u 1"', True),
        ('echo "u 2"', False),
        ('echo "u 3"', True),
        ('echo "u 4"', False),
        ('echo "u 0"', None),
        ("exit 1", None),
    ],
)
def test_network_manager_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, metered: bool | None
) -> None:
    asked(tmp_path, monkeypatch, script)

    assert detect_metered() is metered


def test_without_network_manager_nobody_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert detect_metered() is None


def test_the_owner_knows_better() -> None:
    settings = SyncSettings(metered="yes", quiet_hours="22:00-06:00")

    with pytest.raises(SyncRefused):
        rules_of(settings).check(conditions_now(settings))
    rules_of(SyncSettings(metered="yes", on_metered=True, least_battery_percent=0)).check(conditions_now(settings))


@pytest.mark.parametrize("hours", ["late", "22:00", "24:30-06:00"])
def test_quiet_hours_that_are_none_are_refused(hours: str) -> None:
    with pytest.raises(ValueError, match="22:00-06:00"):
        SyncSettings(quiet_hours=hours)
