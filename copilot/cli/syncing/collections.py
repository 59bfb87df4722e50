"""`edge-copilot sync collections`: what the hub offers, and what of it this device wants."""

from __future__ import annotations

import click

from copilot.cli.app import App, json_option, pass_app
from copilot.cli.output import printable, stdout_console, write_json


@click.group("collections", invoke_without_command=True)
@json_option
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List what the hub offers, and choose what this device fetches.

    \b
    Examples:
      edge-copilot sync collections
      edge-copilot sync collections subscribe presses
      edge-copilot sync collections unsubscribe lathes
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_, as_json=as_json)


@command.command("list")
@json_option
@pass_app
def list_(app: App, as_json: bool) -> None:
    """List what the hub offers. Asks the hub.

    \b
    Example:
      edge-copilot sync collections list --json
    """
    from copilot.cli.syncing.parts import assembled

    _, syncing = assembled(app)
    enrolment = syncing.enrolment()
    with syncing.syncer() as syncer:
        offers = syncer.offers()
    rows = [
        {
            "name": one.collection,
            "kind": one.kind,
            "access": one.access.value,
            "generation": one.releases[-1].number,
            "documents": one.releases[-1].documents,
            "published_at": one.releases[-1].published_at.isoformat(timespec="seconds"),
            "subscribed": enrolment.wants(one.collection),
        }
        for one in offers
    ]
    if as_json:
        write_json({"collections": rows})
        return
    if not rows:
        click.echo("The hub offers nothing yet.", err=True)
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("collection", "kind", "access", "generation", "documents", "published", "fetched here"):
        table.add_column(heading, justify="right" if heading in ("generation", "documents") else "left")
    for row in rows:
        table.add_row(
            printable(str(row["name"])),
            str(row["kind"]),
            str(row["access"]),
            str(row["generation"]),
            str(row["documents"]),
            str(row["published_at"])[:10],
            "yes" if row["subscribed"] else "no",
        )
    stdout_console().print(table)


@command.command("subscribe")
@click.argument("names", nargs=-1, required=True)
@json_option
@pass_app
def subscribe(app: App, names: tuple[str, ...], as_json: bool) -> None:
    """Fetch these collections from the next sync on.

    \b
    Example:
      edge-copilot sync collections subscribe presses lathes
    """
    _choose(app, names, True, as_json)


@command.command("unsubscribe")
@click.argument("names", nargs=-1, required=True)
@json_option
@pass_app
def unsubscribe(app: App, names: tuple[str, ...], as_json: bool) -> None:
    """Don't fetch these collections any more; the next sync removes them from this device.

    \b
    Example:
      edge-copilot sync collections unsubscribe lathes
    """
    _choose(app, names, False, as_json)


def _choose(app: App, names: tuple[str, ...], wanted: bool, as_json: bool) -> None:
    from copilot.cli.syncing.parts import assembled
    from sync.device.lock import syncing_alone

    _, syncing = assembled(app)
    with syncing_alone(syncing.places):
        enrolment = syncing.enrolment().choosing(names, wanted)
        enrolment.write(syncing.places)
    if as_json:
        write_json(
            {
                "collections": None if enrolment.collections is None else list(enrolment.collections),
                "unwanted": list(enrolment.unwanted),
            }
        )
        return
    listed = printable(", ".join(names))
    click.echo(f"{listed}: {'fetched' if wanted else 'removed'} by the next sync: edge-copilot sync now")
