"""`edge-copilot hub devices`: who may hand in to this hub."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from copilot.cli.app import json_option
from copilot.cli.hubs.parts import hub_argument
from copilot.cli.hubs.storage import opened, storage_options
from copilot.cli.output import printable, stdout_console, write_json


@click.group("devices")
def command() -> None:
    """Add, list and revoke the devices that may hand in to this hub.

    \b
    Examples:
      edge-copilot hub devices add HUB_DIR press-1 --tag canary
      edge-copilot hub devices list HUB_DIR
      edge-copilot hub devices revoke HUB_DIR press-1
    """


@command.command("add")
@hub_argument
@click.argument("name")
@click.option(
    "--tag", "tags", multiple=True, metavar="TAG", help="A word about it, such as its plant; may be repeated."
)
@click.option("--subject", metavar="NAME", help="The common name of its certificate: it needs no token then.")
@click.option("--admin", is_flag=True, help="No device, but whoever may read GET /v1/status.")
@storage_options
@json_option
def add(
    hub_dir: Path,
    name: str,
    tags: tuple[str, ...],
    subject: str | None,
    admin: bool,
    database: str | None,
    key_env: str | None,
    as_json: bool,
) -> None:
    """Let a device in, and print its token: once, for the hub keeps only its hash.

    \b
    Example:
      edge-copilot hub devices add HUB_DIR press-1 --tag canary
    """
    from index.errors import UsageError
    from sync.receiver.storage.base import Device
    from sync.receiver.tokens import new_token, token_hash

    if not name.isprintable() or not 1 <= len(name) <= 100:
        raise UsageError("A device's name has 1 to 100 characters that can be printed.")
    token = None if subject is not None and not admin else new_token()
    with opened(hub_dir, database, key_env) as storage:
        device = Device(name, "admin" if admin else "device", subject, tags, datetime.now(UTC))
        storage.add_device(device, token_hash(token) if token is not None else None)
    if as_json:
        write_json({"name": name, "role": device.role, "token": token, "subject": subject, "tags": list(tags)})
    elif token is None:
        click.echo(f"{printable(name)} is let in with its certificate.")
    else:
        click.echo(token)
        click.echo(f"This is the token of {printable(name)}; it is not shown again.", err=True)


@command.command("list")
@hub_argument
@storage_options
@json_option
def list_(hub_dir: Path, database: str | None, key_env: str | None, as_json: bool) -> None:
    """List the devices that may hand in, and those that no longer may.

    \b
    Example:
      edge-copilot hub devices list HUB_DIR --json
    """
    with opened(hub_dir, database, key_env) as storage:
        devices = storage.devices()
    if as_json:
        write_json(
            {
                "devices": [
                    {
                        "name": one.name,
                        "role": one.role,
                        "subject": one.subject,
                        "tags": list(one.tags),
                        "created_at": _iso(one.created_at),
                        "revoked_at": _iso(one.revoked_at),
                        "last_seen_at": _iso(one.last_seen_at),
                        "rival": one.rival,
                    }
                    for one in devices
                ]
            }
        )
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("name", "role", "tags", "state"):
        table.add_column(heading)
    for one in devices:
        state = "revoked" if one.revoked_at else "two devices use it" if one.rival else ""
        table.add_row(printable(one.name), one.role, printable(", ".join(one.tags)), state)
    stdout_console().print(table)


@command.command("revoke")
@hub_argument
@click.argument("name")
@storage_options
@json_option
def revoke(hub_dir: Path, name: str, database: str | None, key_env: str | None, as_json: bool) -> None:
    """Let a device in no more. What it handed in stays.

    \b
    Example:
      edge-copilot hub devices revoke HUB_DIR press-1
    """
    with opened(hub_dir, database, key_env) as storage:
        storage.revoke(name, datetime.now(UTC))
    if as_json:
        write_json({"revoked": name})
    else:
        click.echo(f"{printable(name)} is let in no more.")


@command.command("renew")
@hub_argument
@click.argument("name")
@click.option("--keep-token", is_flag=True, help="Only let the next installation that comes with its token have it.")
@storage_options
@json_option
def renew(hub_dir: Path, name: str, keep_token: bool, database: str | None, key_env: str | None, as_json: bool) -> None:
    """Give a device another token, as after it was set up anew, lost or copied.

    \b
    Example:
      edge-copilot hub devices renew HUB_DIR press-1
    """
    from sync.receiver.tokens import new_token, token_hash

    token = None if keep_token else new_token()
    with opened(hub_dir, database, key_env) as storage:
        storage.renew(name, token_hash(token) if token is not None else None)
    if as_json:
        write_json({"name": name, "token": token})
    elif token is None:
        click.echo(f"The next installation that comes with the token of {printable(name)} is taken for it.")
    else:
        click.echo(token)
        click.echo(f"This is the new token of {printable(name)}; the old one opens nothing any more.", err=True)


def _iso(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()
