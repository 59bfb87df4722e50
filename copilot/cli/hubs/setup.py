"""`edge-copilot hub init`."""

from __future__ import annotations

from pathlib import Path

import click

from copilot.cli.app import App, json_option, pass_app
from copilot.cli.hubs.parts import hub_argument, new_passphrase
from copilot.cli.output import printable, write_json


@click.command()
@hub_argument
@click.option("--root-keys", default=1, show_default=True, metavar="N", type=int, help="How many root keys to make.")
@click.option("--threshold", default=1, show_default=True, metavar="M", type=int, help="How many must sign a new root.")
@click.option("--root-passphrase", is_flag=True, help="Ask for a passphrase and encrypt the root keys with it.")
@click.option("--root-passphrase-env", metavar="NAME", help="Take that passphrase from this environment variable.")
@click.option(
    "--root-keys-dir",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Make the root keys here, on a stick for instance, rather than in HUB_DIR/keys/root.",
)
@json_option
@pass_app
def init(
    app: App,
    hub_dir: Path,
    root_keys: int,
    threshold: int,
    root_passphrase: bool,
    root_passphrase_env: str | None,
    root_keys_dir: Path | None,
    as_json: bool,
) -> None:
    """Make a hub in HUB_DIR: its folder, its keys, its index.

    The root keys say who may publish; keep them apart from the hub, and a copy of them. The root file is what devices
    are enrolled with.

    \b
    Examples:
      edge-copilot hub init /srv/hub
      edge-copilot hub init /srv/hub --root-keys 3 --threshold 2 --root-passphrase
    """
    from index.store import Store
    from sync.hub.folder import HubFolder

    secret = new_passphrase(root_passphrase_env, root_passphrase)
    hub = HubFolder(hub_dir, root_keys=root_keys_dir, passphrase=lambda: secret)
    root = hub.init(root_keys, threshold)
    Store.open(hub.index_file).close()
    keys = hub.keyring.folders.root
    if as_json:
        write_json({"hub": hub.path, "root": root, "public": hub.public, "root_keys": keys, "threshold": threshold})
        return
    click.echo(printable(f"The hub is {hub.path}."))
    click.echo(printable(f"Devices are enrolled with {root}."))
    click.echo(printable(f"The root keys are in {keys}. Keep a copy of them elsewhere; publishing works without them."))
    click.echo(printable(f"Next: edge-copilot hub add-source {hub_dir} PATH_OR_URL --collection NAME"))
