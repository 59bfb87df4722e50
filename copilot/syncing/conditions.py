"""How things stand on this machine: metered network, mains power, battery."""

from __future__ import annotations

import shutil
import subprocess
from typing import Final

from copilot.hardware.machine import detect_power, detect_temperature_c
from copilot.settings.sections import SyncSettings
from sync.device.rules import Conditions, QuietHours, Rules

# NetworkManager's Metered property: 1 yes, 2 no, 3 guessed yes, 4 guessed no, 0 unknown (NMMetered).
_NETWORK_MANAGER: Final = (
    "get-property",
    "org.freedesktop.NetworkManager",
    "/org/freedesktop/NetworkManager",
    "org.freedesktop.NetworkManager",
    "Metered",
)
_METERED: Final = {"u 1": True, "u 2": False, "u 3": True, "u 4": False}


def rules_of(settings: SyncSettings) -> Rules:
    """Return what the settings allow."""
    hours = settings.quiet_hours
    return Rules(
        on_metered=settings.on_metered,
        least_battery_percent=settings.least_battery_percent,
        quiet_hours=QuietHours.parse(hours) if hours else None,
    )


def conditions_now(settings: SyncSettings) -> Conditions:
    """Return how things stand."""
    power = detect_power()
    metered = detect_metered() if settings.metered == "auto" else settings.metered == "yes"
    return Conditions(metered, power.on_mains, power.battery_percent, detect_temperature_c())


def detect_metered() -> bool | None:
    """Ask the system whether the network is metered; None where it doesn't know or can't be asked."""
    program = shutil.which("busctl")
    if program is None:
        return None
    try:
        asked = subprocess.run(  # noqa: S603 - a fixed command
            [program, *_NETWORK_MANAGER], capture_output=True, text=True, timeout=2, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return _METERED.get(asked.stdout.strip())
