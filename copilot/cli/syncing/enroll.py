"""`edge-copilot sync enroll`."""

from __future__ import annotations

from pathlib import Path

import click

from copilot.cli.app import App, json_option, pass_app
from copilot.cli.output import printable, write_json


@click.command("enroll")
@click.argument("hub", metavar="URL_OR_PATH")
@click.option(
    "--root",
    "root_file",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The hub's root file, handed over in a way that you trust: everything is believed by it.",
)
@click.option("--collection", "collections", multiple=True, help="Fetch this collection (repeatable); default: all.")
@click.option("--tag", "tags", multiple=True, help="What the hub's cohorts may ask for, such as a site (repeatable).")
@click.option("--name", help="What people call this device.  [default: the machine's name]")
@click.option(
    "--token-env", metavar="VARIABLE", help="Environment variable with this device's token, where the hub wants one."
)
@click.option("--again", is_flag=True, help="Enrol anew; the device keeps its identity.")
@json_option
@pass_app
def command(
    app: App,
    hub: str,
    root_file: Path,
    collections: tuple[str, ...],
    tags: tuple[str, ...],
    name: str | None,
    token_env: str | None,
    again: bool,
    as_json: bool,
) -> None:
    """Make this device one of a hub's devices: give it an identity, and pin the hub's root of trust.

    URL_OR_PATH leads to what the hub published: its folder “public” on a web server, in a share, or on a stick.

    \b
    Examples:
      edge-copilot sync enroll https://hub.example.com/public --root root.json
      edge-copilot sync enroll /mnt/hub/public --root /mnt/hub/public/metadata/1.root.json --collection presses
    """
    from copilot.cli.syncing.parts import assembled
    from index.errors import NetworkError
    from sync.device.enrolment import enrol
    from sync.device.link import Patience
    from sync.device.lock import syncing_alone
    from sync.trust.client import TrustedRepository
    from sync.trust.clock import trusted_time

    _, syncing = assembled(app)
    offers: list[str] | None
    note = ""
    with syncing_alone(syncing.places):
        enrolment = enrol(
            syncing.places,
            hub,
            root_file.expanduser(),
            syncing.clock(),
            collections=collections,
            tags=tags,
            name=name,
            token_env=token_env,
            again=again,
        )
        try:
            link = syncing.link()
            try:
                trusted = TrustedRepository(
                    syncing.places.trust, enrolment.pinned_root(syncing.places), trusted_time(syncing.clock(), None)
                )
                with trusted.verified(link, Patience(fruitless=2)) as found:
                    offers = [offer.collection for offer in found.offers]
            finally:
                link.close()
        except NetworkError as error:
            offers, note = None, f"{error.message} What it publishes will be checked at the first sync."
    if as_json:
        write_json(
            {
                "device": enrolment.device_id,
                "name": enrolment.name,
                "hub": enrolment.hub,
                "root_sha256": enrolment.root_sha256,
                "verified": offers is not None,
                "collections": offers,
            }
        )
        return
    click.echo(f"This device is “{printable(enrolment.name)}” ({enrolment.device_id}).")
    click.echo(f"It believes the root {enrolment.root_sha256[:16]}…")
    if offers is None:
        click.echo(printable(note), err=True)
        return
    for wanted in collections:
        if wanted not in offers:
            click.echo(f"The hub has no collection “{printable(wanted)}” yet.", err=True)
    listed = ", ".join(offers) or "nothing yet"
    click.echo(f"The hub is genuine and offers: {printable(listed)}. Fetch it: edge-copilot sync now")
