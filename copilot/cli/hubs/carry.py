"""`edge-copilot hub export-usb`."""

from __future__ import annotations

from pathlib import Path

import click

from copilot.cli.app import App, json_option, pass_app
from copilot.cli.hubs.parts import amount, hub_argument, open_hub
from copilot.cli.output import printable, write_json


@click.command("export-usb")
@hub_argument
@click.argument("target", metavar="TARGET", type=click.Path(file_okay=False, path_type=Path))
@click.option("--collection", "collections", multiple=True, metavar="NAME", help="Only this one. May be repeated.")
@json_option
@pass_app
def export_usb(app: App, hub_dir: Path, target: Path, collections: tuple[str, ...], as_json: bool) -> None:
    """Copy what is served onto a stick, only what current generations need; what is there is not copied again.

    A device takes it with “edge-copilot sync from TARGET”, and checks it as if it came over the network.

    \b
    Examples:
      edge-copilot hub export-usb /srv/hub /media/stick/edge-copilot
      edge-copilot hub export-usb /srv/hub /media/stick/edge-copilot --collection presses
    """
    from copilot.cli.hubs.progress import hub_progress
    from sync.hub.usb import export

    hub = open_hub(hub_dir)
    hub.settings()
    with hub_progress() as progress:
        done = export(hub, target, collections, progress)
    if as_json:
        write_json(
            {
                "target": target,
                "collections": list(done.collections),
                "copied_bytes": done.copied_bytes,
                "total_bytes": done.total_bytes,
                "files": done.files,
                "removed": done.removed,
            }
        )
        return
    click.echo(
        printable(
            f"{', '.join(done.collections)}: {amount(done.total_bytes)} in {done.files} files, "
            f"{amount(done.copied_bytes)} of it copied now."
        )
    )
    click.echo(printable(f"On the device: edge-copilot sync from {target}"))
