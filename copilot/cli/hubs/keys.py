"""`edge-copilot hub keys`."""

from __future__ import annotations

from pathlib import Path

import click

from copilot.cli.app import App, json_option, pass_app
from copilot.cli.hubs.parts import hub_argument, open_hub, root_keys_options
from copilot.cli.output import printable, write_json
from index.errors import UsageError


@click.group("keys")
def keys() -> None:
    """List and rotate keys; take the root keys away.

    Devices follow a rotation by themselves: what names the new keys is signed by the old ones.
    """


@keys.command("list")
@hub_argument
@root_keys_options
@json_option
@pass_app
def list_(app: App, hub_dir: Path, root_keys_dir: Path | None, root_passphrase_env: str | None, as_json: bool) -> None:
    """List who signs what, until when, and which keys are here.

    \b
    Example:
      edge-copilot hub keys list /srv/hub
    """
    hub = open_hub(hub_dir, root_keys_dir, root_passphrase_env)
    signing = hub.signing()
    rows = []
    for role, expires in signing.expiries().items():
        keyids, threshold = signing.keyids(role)
        rows.append(
            {
                "role": role,
                "threshold": threshold,
                "expires": expires.isoformat().replace("+00:00", "Z"),
                "keys": [
                    {"id": keyid, "file": str(path) if (path := hub.keyring.find(keyid)) else None} for keyid in keyids
                ],
            }
        )
    if as_json:
        write_json({"roles": rows})
        return
    for row in rows:
        click.echo(printable(f"{row['role']}: {row['threshold']} must sign, until {str(row['expires'])[:10]}"))
        for key in row["keys"]:  # type: ignore[attr-defined]
            click.echo(printable(f"  {key['id'][:12]}  {key['file'] or 'not here'}"))


@keys.command("rotate-root")
@hub_argument
@click.option("--root-keys", type=int, metavar="N", help="How many new root keys. Default: as many as before.")
@click.option("--threshold", type=int, metavar="M", help="How many must sign a new root. Default: as before.")
@root_keys_options
@json_option
@pass_app
def rotate_root(
    app: App,
    hub_dir: Path,
    root_keys: int | None,
    threshold: int | None,
    root_keys_dir: Path | None,
    root_passphrase_env: str | None,
    as_json: bool,
) -> None:
    """Replace the root keys by new ones. Needs enough of the old ones, which are set aside into retired/.

    \b
    Example:
      edge-copilot hub keys rotate-root /srv/hub --root-keys-dir /media/stick/keys
    """
    hub = open_hub(hub_dir, root_keys_dir, root_passphrase_env)
    with hub.lock():
        root = hub.signing().rotate_root(root_keys, threshold)
    if as_json:
        write_json({"root": root})
        return
    click.echo(printable(f"The new root is {root}. Enrolled devices follow by themselves; enrol new ones with it."))


@keys.command("rotate")
@hub_argument
@click.argument("role", metavar="ROLE")
@root_keys_options
@json_option
@pass_app
def rotate(
    app: App, hub_dir: Path, role: str, root_keys_dir: Path | None, root_passphrase_env: str | None, as_json: bool
) -> None:
    """Replace the key of ROLE: timestamp, snapshot, targets, or the name of a collection.

    \b
    Examples:
      edge-copilot hub keys rotate /srv/hub timestamp
      edge-copilot hub keys rotate /srv/hub presses --root-keys-dir /media/stick/keys
    """
    hub = open_hub(hub_dir, root_keys_dir, root_passphrase_env)
    with hub.lock():
        signing = hub.signing()
        if role in ("timestamp", "snapshot", "targets"):
            signing.rotate(role)
        elif role == "root":
            raise UsageError(
                "The root keys have a command of their own.", "See: edge-copilot hub keys rotate-root --help"
            )
        elif role in signing.delegated():
            signing.publish({}, rotate=[role])
        else:
            known = ", ".join(["timestamp", "snapshot", "targets", *signing.delegated()])
            raise UsageError(f"There is no role or collection “{role}”.", f"There are: {known}.")
    if as_json:
        write_json({"rotated": role})
    else:
        click.echo(printable(f"{role} has a new key. The old one is set aside into retired/ beside it."))


@keys.command("export-root")
@hub_argument
@click.argument("target", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--keep", is_flag=True, help="Leave the keys in the hub's folder too.")
@json_option
@pass_app
def export_root(app: App, hub_dir: Path, target: Path, keep: bool, as_json: bool) -> None:
    """Move the root keys to DIR, on a stick for instance, and check the copy before the hub's own are deleted.

    Publishing works without them. A new collection, a rotation and a yearly renewal take --root-keys-dir DIR.

    \b
    Example:
      edge-copilot hub keys export-root /srv/hub /media/stick/keys
    """
    from sync.hub.moving_keys import export_root_keys

    hub = open_hub(hub_dir)
    hub.settings()
    with hub.lock():
        moved = export_root_keys(hub.keyring.folders.root, target, keep=keep)
    if as_json:
        write_json({"keys": moved, "kept": keep})
        return
    click.echo(printable(f"{len(moved)} keys are in {target}{', and in the hub' if keep else ''}. Keep a second copy."))
