"""``edge-copilot keys``: who may ask the HTTP endpoint, for what, and what they may see."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import click

from copilot.cli.app import App, json_option, pass_app
from copilot.cli.output import printable, stdout_console, write_json

if TYPE_CHECKING:
    from copilot.http.security.keys import KeyEntry, KeyFile

_SPAN: Final = re.compile(r"^(\d{1,6})([dh])$")


@click.group("keys")
def command() -> None:
    """Make, list and revoke the keys of the HTTP endpoint.

    Keys are kept hashed: each is shown once, when it is made.
    """


@command.command("add")
@click.argument("name")
@click.option(
    "--role",
    "roles",
    type=click.Choice(["read", "ask", "note", "admin"]),
    multiple=True,
    default=("ask",),
    show_default=True,
    help="What it may do (repeatable). ask and note may also read; admin may do everything.",
)
@click.option(
    "--collection", "collections", multiple=True, metavar="NAME", help="What it may see (repeatable).  [default: all]"
)
@click.option("--expires", metavar="WHEN", help="When it ends: a day such as 2027-03-31, or a span such as 90d or 12h.")
@json_option
@pass_app
def add(
    app: App, name: str, roles: tuple[str, ...], collections: tuple[str, ...], expires: str | None, as_json: bool
) -> None:
    """Make a key and print it, once.

    \b
    Examples:
      edge-copilot keys add "HMI of press 3" --role ask --collection presses
      edge-copilot keys add prometheus --role read --expires 365d
    """
    from copilot.http.security.callers import ROLES

    entry, key = _keys(app).add(
        _named(name),
        tuple(role for role in ROLES if role in roles),
        tuple(dict.fromkeys(collections)) or None,
        _when(expires) if expires is not None else None,
    )
    if as_json:
        write_json(_as_dict(entry) | {"key": key})
        return
    click.echo(key)
    click.echo(f"Key {entry.id}, {printable(entry.name)}. It is not shown again.", err=True)


@command.command("list")
@json_option
@pass_app
def list_(app: App, as_json: bool) -> None:
    """List the keys; the keys themselves can't be shown.

    \b
    Example:
      edge-copilot keys list --json
    """
    entries = _keys(app).entries()
    if as_json:
        write_json({"keys": [_as_dict(entry) for entry in entries]})
        return
    if not entries:
        click.echo("There are no keys yet. Make one: edge-copilot keys add NAME", err=True)
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("id", "name", "roles", "sees", "made", "expires"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "id")
    now = datetime.now(UTC)
    for entry in entries:
        expires = f"{entry.expires_at.astimezone():%Y-%m-%d %H:%M}" if entry.expires_at is not None else ""
        table.add_row(
            entry.id,
            printable(entry.name),
            ", ".join(entry.roles),
            printable(", ".join(entry.collections)) if entry.collections is not None else "everything",
            f"{entry.created_at.astimezone():%Y-%m-%d}",
            f"expired {expires}" if entry.expired(now) else expires,
        )
    stdout_console().print(table)


@command.command("revoke")
@click.argument("key", metavar="ID|NAME")
@json_option
@pass_app
def revoke(app: App, key: str, as_json: bool) -> None:
    """Take a key away; a server that runs refuses it from its next request on.

    \b
    Example:
      edge-copilot keys revoke 3f2a9c1b
    """
    entry = _keys(app).revoke(key)
    if as_json:
        write_json({"revoked": entry.id, "name": entry.name})
    else:
        click.echo(f"Revoked {entry.id}, {printable(entry.name)}.")


def _keys(app: App) -> KeyFile:
    from copilot.http.security.keys import KeyFile

    return KeyFile.of(app.settings.data_dir)


def _named(name: str) -> str:
    cleaned = " ".join(name.split())
    if not cleaned or len(cleaned) > 100:
        raise click.BadParameter("must have 1 to 100 characters.", param_hint="NAME")
    return cleaned


def _when(text: str) -> datetime:
    now = datetime.now(UTC)
    if span := _SPAN.match(text):
        count = int(span[1])
        try:
            return now.replace(microsecond=0) + (timedelta(days=count) if span[2] == "d" else timedelta(hours=count))
        except OverflowError as error:
            raise click.BadParameter(f"{text} is too far away.", param_hint="--expires") from error
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(
            f"{text} is neither a day such as 2027-03-31 nor a span such as 90d.", param_hint="--expires"
        ) from error
    at = at if at.tzinfo is not None else at.astimezone()
    if at <= now:
        raise click.BadParameter(f"{text} is over.", param_hint="--expires")
    return at


def _as_dict(entry: KeyEntry) -> dict[str, object]:
    return {
        "id": entry.id,
        "name": entry.name,
        "roles": list(entry.roles),
        "collections": None if entry.collections is None else list(entry.collections),
        "created_at": entry.created_at.isoformat(),
        "expires_at": None if entry.expires_at is None else entry.expires_at.isoformat(),
    }
