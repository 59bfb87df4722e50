"""`edge-copilot collections`: list, label and remove sets of documents."""

from __future__ import annotations

import click

from copilot.cli.app import App, json_option, pass_app
from copilot.cli.output import printable, stdout_console, write_json


@click.group("collections", invoke_without_command=True)
@json_option
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List collections and who may see them.

    \b
    Examples:
      edge-copilot collections
      edge-copilot collections set-access hydraulics restricted
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_, as_json=as_json)


@command.command("list")
@json_option
@pass_app
def list_(app: App, as_json: bool) -> None:
    """List every collection.

    \b
    Example:
      edge-copilot collections list --json
    """
    from copilot.library import Shelf

    collections = Shelf(app.settings).collections()
    if as_json:
        write_json(
            {
                "collections": [
                    {"name": one.name, "access": one.access.value, "documents": one.documents, "chunks": one.chunks}
                    for one in collections
                ]
            }
        )
        return
    if not collections:
        click.echo("There are no collections yet. Put documents in: edge-copilot ingest PATH", err=True)
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("collection", "access", "documents", "chunks"):
        table.add_column(heading, justify="right" if heading in ("documents", "chunks") else "left")
    for one in collections:
        table.add_row(printable(one.name), one.access.value, str(one.documents), str(one.chunks))
    stdout_console().print(table)


@command.command("set-access")
@click.argument("name")
@click.argument("label", type=click.Choice(["public", "internal", "restricted"]))
@json_option
@pass_app
def set_access(app: App, name: str, label: str, as_json: bool) -> None:
    """Change who may see a collection, for all of its documents.

    \b
    Example:
      edge-copilot collections set-access hydraulics restricted
    """
    from copilot.library import Shelf
    from index.documents import AccessLabel

    Shelf(app.settings).set_access(name, AccessLabel(label))
    if as_json:
        write_json({"name": name, "access": label})
    else:
        click.echo(f"{printable(name)} is {label} now.")


@command.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Don't ask.")
@json_option
@pass_app
def remove(app: App, name: str, yes: bool, as_json: bool) -> None:
    """Take a collection with all of its documents out of the index. Their files stay.

    \b
    Example:
      edge-copilot collections remove hydraulics
    """
    from copilot.library import Shelf

    if not yes:
        click.confirm(f"Remove the collection {printable(name)} with all of its documents?", abort=True, err=True)
    removed = Shelf(app.settings).remove_collection(name)
    if as_json:
        write_json({"name": name, "removed": removed})
    else:
        click.echo(f"Removed {printable(name)} with {removed} documents.")
