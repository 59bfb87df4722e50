"""`edge-copilot sync watch`."""

from __future__ import annotations

import signal
import threading
from datetime import datetime
from types import FrameType

import click

from copilot.cli.app import App, pass_app
from copilot.cli.output import printable


@click.command("watch")
@pass_app
def command(app: App) -> None:
    """Sync again and again, as the settings under [sync] say, until it is stopped with Ctrl-C or SIGTERM.

    It waits in quiet hours, on a metered network and on a low battery, and ever longer while it fails. When the next
    sync is due is kept, so that it can be restarted at any time.

    \b
    Example:
      edge-copilot sync watch
    """
    import random

    from copilot.assembly import send_waiting
    from copilot.cli.syncing.parts import assembled, report_lines
    from copilot.syncing.conditions import rules_of
    from sync.device.fetching import Progress
    from sync.device.schedule import Watch

    assembly, syncing = assembled(app)
    syncing.enrolment()
    stop = threading.Event()
    embedder = assembly.embedder

    def leave(number: int, frame: FrameType | None) -> None:
        stop.set()

    def tell(text: str) -> None:
        click.echo(f"{datetime.now().astimezone():%Y-%m-%d %H:%M} {printable(text)}")

    def watch(progress: Progress) -> None:
        if progress.stage == "remark":
            tell(progress.text)

    def sync() -> None:
        syncing.check_rules()
        try:
            for line in report_lines(syncing.sync(embedder, watch, stop)):
                tell(line)
        finally:
            if not stop.is_set() and (said := assembly.uploading.after_sync()):
                tell(said)
            if not stop.is_set() and (said := send_waiting(app.settings)):
                tell(said)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)
    quiet = rules_of(app.settings.sync).quiet_hours
    draw = random.SystemRandom().random
    Watch(
        syncing.places, sync, syncing.interval, quiet, lambda: datetime.now().astimezone(), draw, tell
    ).run(stop)  # fmt: skip
