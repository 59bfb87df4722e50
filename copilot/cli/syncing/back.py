"""`edge-copilot sync rollback`, `pin` and `unpin`."""

from __future__ import annotations

import time

import click

from copilot.cli.app import App, json_option, pass_app
from copilot.cli.output import printable, write_json


@click.command("rollback")
@click.argument("collection", required=False)
@json_option
@pass_app
def rollback(app: App, collection: str | None, as_json: bool) -> None:
    """Go back to the generation before the one that answers now: at once, without a network.

    Without COLLECTION, the one that is there; with several, it has to be named. The next sync doesn't take what was
    gone back from again, but waits for a later generation.

    \b
    Examples:
      edge-copilot sync rollback
      edge-copilot sync rollback presses --json
    """
    from copilot.cli.syncing.parts import assembled
    from sync.device.lock import syncing_alone

    _, syncing = assembled(app)
    begun = time.monotonic()
    with syncing_alone(syncing.places):
        with syncing.generations() as (_, generations):
            name = collection or _only([one.collection for one in generations.all() if one.state == "live"])
            before, after = generations.rollback(name)
        syncing.settle(lambda text: click.echo(printable(text), err=True))
    took_s = round(time.monotonic() - begun, 3)
    if as_json:
        write_json(
            {"collection": name, "generation": after.number, "previous": before.number, "took_s": took_s}
        )  # fmt: skip
        return
    click.echo(
        f"{printable(name)} is back at generation {after.number}, published {after.published_at} (before: "
        f"{before.number})."
    )


@click.command("pin")
@click.argument("collection", required=False)
@json_option
@pass_app
def pin(app: App, collection: str | None, as_json: bool) -> None:
    """Keep a collection at the generation that it has, whatever the hub publishes. Its access label still follows.

    \b
    Example:
      edge-copilot sync pin presses
    """
    _pin(app, collection, True, as_json)


@click.command("unpin")
@click.argument("collection", required=False)
@json_option
@pass_app
def unpin(app: App, collection: str | None, as_json: bool) -> None:
    """Let a collection follow the hub again, also to a generation from which this device went back.

    \b
    Example:
      edge-copilot sync unpin presses
    """
    _pin(app, collection, False, as_json)


def _pin(app: App, collection: str | None, pinned: bool, as_json: bool) -> None:
    from copilot.cli.syncing.parts import assembled
    from sync.device.lock import syncing_alone
    from sync.device.state import SyncState

    _, syncing = assembled(app)
    with syncing_alone(syncing.places), syncing.generations() as (_, generations):
        name = collection or _only([one.collection for one in generations.all() if one.state == "live"])
        if pinned:
            generations.pin(name)
        else:
            generations.unpin(name)
            highest = max(one.number for one in generations.all(name))
            state = SyncState.read(syncing.places)
            state.with_(retake={**state.retake, name: highest}).write(syncing.places)
        live = generations.live(name)
    assert live is not None
    if as_json:
        write_json({"collection": name, "generation": live.number, "pinned": pinned})
    elif pinned:
        click.echo(f"{printable(name)} stays at generation {live.number}.")
    else:
        click.echo(f"{printable(name)} follows the hub again at the next sync.")


def _only(names: list[str]) -> str:
    from index.errors import UsageError

    if len(names) == 1:
        return names[0]
    if not names:
        raise UsageError("No hub has sent this device anything yet.", "Fetch it: edge-copilot sync now")
    raise UsageError("There are several collections: name one.", f"They are: {', '.join(sorted(names))}")
