"""`edge-copilot sync`: the device's side. Each command's module is imported when it is called."""

from __future__ import annotations

from typing import Final

import click

from copilot.cli.lazy import LazyCommand, LazyGroup

COMMANDS: Final[dict[str, LazyCommand]] = {
    "enroll": LazyCommand("copilot.cli.syncing.enroll:command", "Make this device one of a hub's devices."),
    "now": LazyCommand("copilot.cli.syncing.now:now", "Fetch what changed, and hand in what waits."),
    "from": LazyCommand("copilot.cli.syncing.now:from_", "Sync from a folder or stick instead of the network."),
    "watch": LazyCommand("copilot.cli.syncing.watch:command", "Sync again and again, by the rules of this device."),
    "status": LazyCommand("copilot.cli.syncing.status:command", "Show what is here, how old it is, and what waits."),
    "collections": LazyCommand("copilot.cli.syncing.collections:command", "List what the hub offers, and choose."),
    "rollback": LazyCommand("copilot.cli.syncing.back:rollback", "Go back to the generation before, at once."),
    "pin": LazyCommand("copilot.cli.syncing.back:pin", "Keep a collection at the generation that it has."),
    "unpin": LazyCommand("copilot.cli.syncing.back:unpin", "Let a collection follow the hub again."),
    "outbox": LazyCommand("copilot.cli.outbox:command", "Show, preview and hand in what waits to go up."),
}


@click.group(
    "sync",
    cls=LazyGroup,
    lazy=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""\b
Examples:
  edge-copilot sync enroll https://hub.example.com/public --root root.json
  edge-copilot sync now
  edge-copilot sync status
  edge-copilot sync rollback presses
  edge-copilot sync from /media/usb""",
)
def command() -> None:
    """Keep this device's manuals up to date from a hub, and go back when they are wrong.

    Everything is verified before it is used; whatever goes wrong, what was there before goes on answering.
    """
