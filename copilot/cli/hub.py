"""`edge-copilot hub`: for whoever keeps the fleet. Each command's module is imported when it is called."""

from __future__ import annotations

from typing import Final

import click

from copilot.cli.lazy import LazyCommand, LazyGroup

COMMANDS: Final[dict[str, LazyCommand]] = {
    "init": LazyCommand("copilot.cli.hubs.setup:init", "Make a hub: its folder, its keys, its index."),
    "add-source": LazyCommand("copilot.cli.hubs.sources:add_source", "Say where a collection's documents come from."),
    "remove-source": LazyCommand("copilot.cli.hubs.sources:remove_source", "Take a source out."),
    "build": LazyCommand("copilot.cli.hubs.publish:build", "Fetch and read what changed, without publishing."),
    "publish": LazyCommand("copilot.cli.hubs.publish:publish", "Fetch, read, pack and sign what changed."),
    "status": LazyCommand("copilot.cli.hubs.status:status", "Show collections, sources, generations and signatures."),
    "keys": LazyCommand("copilot.cli.hubs.keys:keys", "List and rotate keys; take the root keys away."),
    "rollout": LazyCommand("copilot.cli.hubs.rollout:rollout", "Move a new generation on, or halt it."),
    "revert": LazyCommand("copilot.cli.hubs.rollout:revert", "Take a change back for everybody."),
    "devices": LazyCommand("copilot.cli.hubs.devices:command", "Add, list and revoke the devices that may hand in."),
    "receive": LazyCommand("copilot.cli.hubs.receive:receive", "Take what devices hand in, until it is stopped."),
    "inbox": LazyCommand("copilot.cli.hubs.receive:inbox", "Read what devices have handed in."),
    "hard-questions": LazyCommand("copilot.cli.hubs.hard:hard_questions", "Hard cases of devices as a question file."),
    "prune": LazyCommand("copilot.cli.hubs.receive:prune", "Delete old items from what devices have handed in."),
    "fleet": LazyCommand("copilot.cli.hubs.fleet:fleet", "List devices, what they run, and how rollouts stand."),
    "export-usb": LazyCommand("copilot.cli.hubs.carry:export_usb", "Copy what is served onto a stick."),
}


@click.group(
    "hub",
    cls=LazyGroup,
    lazy=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""\b
Examples:
  edge-copilot hub init /srv/hub
  edge-copilot hub add-source /srv/hub /srv/manuals/presses --collection presses
  edge-copilot hub publish /srv/hub --note "rev. C"
  edge-copilot hub status /srv/hub""",
)
def command() -> None:
    """Publish collections of documents, models and settings to a fleet of devices.

    What a hub publishes lies in HUB_DIR/public: serve that folder with any web server, or carry it on a stick.
    """
