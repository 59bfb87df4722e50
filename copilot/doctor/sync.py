"""Whether this device follows its hub."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from copilot.doctor.findings import Finding
from copilot.settings import Settings

_OLD: Final = timedelta(days=14)
_NOW: Final = "Sync: edge-copilot sync now"


def check_sync(settings: Settings, now: datetime | None = None) -> Iterator[Finding]:
    """Look at the enrolment, at the last syncs, and at the clock by which expiry is judged. Asks no network."""
    from copilot.syncing.age import ago
    from sync.device.enrolment import Enrolment
    from sync.device.places import Places
    from sync.device.state import SyncState
    from sync.trust.clock import trusted_time

    places = Places.of(settings.data_dir)
    enrolment, state, now = Enrolment.find(places), SyncState.read(places), now or datetime.now(UTC)
    if enrolment is None:
        yield Finding("sync", "ok", "This device is not enrolled with a hub.", details={"enrolled": False})
        return
    enrolment.pinned_root(places)
    details: dict[str, object] = {
        "enrolled": True,
        "hub": enrolment.hub,
        "synced_at": state.synced_at.isoformat(timespec="seconds") if state.synced_at else None,
        "failures": state.failures,
    }
    time = trusted_time(now, state.latest_time)
    if time.clock_behind:
        yield Finding("clock", "warning", time.warning, "Set this device's clock.", details)
    if state.last_error is not None:
        what = f"The last {state.failures} syncs with {enrolment.hub} failed: {state.last_error.message}"
        yield Finding("sync", "warning", what, state.last_error.remedy or _NOW, details)
    elif state.synced_at is None:
        yield Finding("sync", "warning", f"This device has never synced with {enrolment.hub}.", _NOW, details)
    elif time.now - state.synced_at > _OLD:
        what = f"The last sync with {enrolment.hub} was {ago(state.synced_at, time.now)}."
        yield Finding("sync", "warning", what, _NOW, details)
    else:
        what = f"Synced with {enrolment.hub} {ago(state.synced_at, time.now)}."
        yield Finding("sync", "ok", what, details=details)
