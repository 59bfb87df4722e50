"""`edge-copilot sync status`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from copilot.cli.app import App, json_option, pass_app
from copilot.cli.output import printable, stdout_console, write_json

if TYPE_CHECKING:
    from datetime import datetime

    from copilot.syncing.status import SyncStatus


@click.command("status")
@json_option
@pass_app
def command(app: App, as_json: bool) -> None:
    """Show what this device has from its hub, how old it is, how the last sync went, and what waits to go up.

    Asks no network.

    \b
    Examples:
      edge-copilot sync status
      edge-copilot sync status --json | jq .synced_at
    """
    from datetime import UTC, datetime

    from copilot.syncing.status import read_status

    status = read_status(app.settings)
    waiting = _waiting(app)
    if as_json:
        write_json(_as_json(status, waiting))
    else:
        _show(status, waiting, datetime.now(UTC))


def _waiting(app: App) -> int:
    """How many items wait in the outbox; looking doesn't create it."""
    from copilot.uploading import Uploading

    with Uploading(app.settings) as uploading:
        return uploading.outbox.health().waiting if app.settings.outbox_file.exists() else 0


def _as_json(status: SyncStatus, waiting: int) -> dict[str, object]:
    state, enrolment = status.state, status.enrolment
    error = state.last_error
    return {
        "generation": status.generation,
        "synced_at": _iso(state.synced_at),
        "collections": [
            {
                "name": one.name,
                "generation": one.generation,
                "available": one.available,
                "published_at": one.published_at,
                "synced_at": _iso(one.synced_at),
                "access": one.access,
                "kind": one.kind,
                "documents": one.documents,
                "pinned": one.pinned,
                "kept": list(one.kept),
            }
            for one in status.collections
        ],
        "outbox": waiting,
        "device": enrolment.device_id if enrolment else None,
        "name": enrolment.name if enrolment else None,
        "hub": enrolment.hub if enrolment else None,
        "failures": state.failures,
        "last_error": {"kind": error.kind, "message": error.message} if error else None,
        "next_at": _iso(state.next_at),
    }


def _show(status: SyncStatus, waiting: int, now: datetime) -> None:
    from copilot.syncing.age import ago

    enrolment, state = status.enrolment, status.state
    if enrolment is None:
        click.echo("This device is not enrolled with a hub. Enrol it: edge-copilot sync enroll URL_OR_PATH --root FILE")
    else:
        click.echo(f"{printable(enrolment.name)} ({enrolment.device_id}), hub {printable(enrolment.hub)}")
        click.echo(f"Synced {ago(state.synced_at, now)}." if state.synced_at else "Not synced yet.")
    if state.last_error is not None:
        click.echo(f"The last {state.failures} tries failed: {printable(state.last_error.message)}")
    if status.collections:
        from rich.table import Table

        table = Table(box=None, pad_edge=False)
        for heading in ("collection", "generation", "published", "synced", "documents", "access", ""):
            table.add_column(heading, justify="right" if heading in ("generation", "documents") else "left")
        for one in status.collections:
            remarks = ["pinned"] if one.pinned else []
            if one.available is not None and one.available != one.generation:
                remarks.append(f"the hub has {one.available}")
            if one.kept:
                remarks.append(f"can go back to {max(one.kept)}")
            table.add_row(
                printable(one.name),
                str(one.generation),
                one.published_at[:10],
                ago(one.synced_at, now) if one.synced_at else "",
                str(one.documents),
                one.access,
                ", ".join(remarks),
            )
        stdout_console().print(table)
    if waiting:
        click.echo(f"{waiting} items wait in the outbox.")


def _iso(time: datetime | None) -> str | None:
    from datetime import UTC

    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if time else None
