"""`edge-copilot sync now` and `sync from`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from copilot.cli.app import App, json_option, pass_app
from copilot.cli.output import printable, write_json
from index.errors import EdgeCopilotError, NetworkError

if TYPE_CHECKING:
    from copilot.assembly import Assembly


@click.command("now")
@click.option("--anyway", is_flag=True, help="Also over a metered network, or on a low battery.")
@json_option
@pass_app
def now(app: App, anyway: bool, as_json: bool) -> None:
    """Fetch what changed at the hub, check it, and switch over; hand in what waits in the outbox.

    It can be stopped at any moment: what has arrived is kept, and what was there before goes on answering.

    \b
    Examples:
      edge-copilot sync now
      edge-copilot sync now --json | jq .changed_documents
    """
    _sync(app, as_json, anyway=anyway)


@click.command("from")
@click.argument("path", type=click.Path(path_type=Path))
@json_option
@pass_app
def from_(app: App, path: Path, as_json: bool) -> None:
    """Sync from a folder: a stick that “hub export-usb” wrote, or a copy of the hub's “public”.

    The same checks hold as over a network. A collection that the folder lacks stays as it is.

    \b
    Example:
      edge-copilot sync from /media/usb
    """
    _sync(app, as_json, address=str(path.expanduser().absolute()))


def _sync(app: App, as_json: bool, *, anyway: bool = True, address: str | None = None) -> None:
    from copilot.cli.syncing.parts import assembled, quiet_close, report_json, report_lines
    from copilot.cli.syncing.progress import SyncProgress

    assembly, syncing = assembled(app)
    syncing.enrolment()
    if not anyway:
        syncing.check_rules()
    try:
        with SyncProgress() as shown:
            report = syncing.sync(assembly.embedder, shown.watch, address=address)
    except NetworkError:
        raise  # nobody to hand in to either
    except EdgeCopilotError:
        _hand_in(assembly, address)
        raise
    else:
        _hand_in(assembly, address)
    finally:
        quiet_close(assembly)
    if as_json:
        write_json(report_json(report))
        return
    for line in report_lines(report):
        click.echo(printable(line))


def _hand_in(assembly: Assembly, address: str | None) -> None:
    """Also after a sync that failed: the hub should hear of a generation that this device would not take."""
    from copilot.assembly import send_waiting

    if address is not None:
        return
    for told in (assembly.uploading.after_sync(), send_waiting(assembly.settings)):
        if told:
            click.echo(printable(told), err=True)
