"""How things stand around the device, for the status line. Called off the event loop."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from copilot.tui.words import said, tr
from index.errors import EdgeCopilotError


def has_network() -> bool:
    """Whether any link but the loopback is up and has an address. Asks nobody."""
    import psutil

    up = {name for name, state in psutil.net_if_stats().items() if state.isup}
    for name, addresses in psutil.net_if_addrs().items():
        if name not in up:
            continue
        for one in addresses:
            text = str(one.address).partition("%")[0]
            if one.family.name in ("AF_INET", "AF_INET6") and not text.startswith(("127.", "::1", "fe80", "169.254")):
                return True
    return False


def look(assembly: Any) -> dict[str, object]:  # noqa: ANN401 - the assembly's module is imported late
    """What `StatusLine.update` takes, without what the model does."""
    from copilot.hardware.machine import detect_power

    power = detect_power()
    found: dict[str, object] = {
        "network": has_network(),
        "battery": power.battery_percent,
        "mains": power.on_mains,
        "knowledge": knowledge(assembly.settings),
    }
    if assembly.routing.configured:
        found |= {"cost": cost_today(assembly), "waiting": waiting(assembly)}
    return found


def knowledge(settings: Any) -> str:  # noqa: ANN401 - as above
    """How old what a hub sends is, in words; "" where no hub sends anything."""
    from copilot.syncing.age import ago
    from sync.device.places import Places
    from sync.device.state import SyncState

    synced = SyncState.read(Places.of(settings.data_dir)).synced_at
    return said(ago(synced, datetime.now(UTC))) if synced is not None else ""


def cost_today(assembly: Any) -> str:  # noqa: ANN401 - as above
    """What larger models cost today, in words; "" for nothing."""
    try:
        rows = assembly.routing.spending.rows(date.today())
    except EdgeCopilotError:
        return ""
    tokens = sum(row.cost.prompt_tokens + row.cost.reply_tokens for row in rows)
    money = sum(row.cost.money for row in rows)
    if not tokens and not money:
        return ""
    return tr("today: {money} ({tokens} tokens)", money=f"{money:.2f}", tokens=f"{tokens:,}")


def waiting(assembly: Any) -> int:  # noqa: ANN401 - as above
    """How many questions wait for a network."""
    questions = assembly.routing.questions
    if not questions.path.exists():
        return 0
    try:
        return sum(one.state in ("waiting", "sending") for one in questions.everything())
    except EdgeCopilotError:
        return 0
