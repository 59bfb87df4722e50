"""`edge-copilot hub receive` and `hub inbox`: taking what devices hand in, and reading it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from copilot.cli.app import json_option
from copilot.cli.hubs.parts import hub_argument
from copilot.cli.hubs.storage import hub_extra, opened, storage_options
from copilot.cli.output import printable, stdout_console, write_json

if TYPE_CHECKING:
    from sync.receiver.storage import Storage

_KINDS = click.Choice(["note", "feedback", "question", "telemetry", "health"])
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("receive")
@hub_argument
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8450, show_default=True, type=click.IntRange(0, 65535), help="Port to listen on.")
@click.option("--tls-cert", type=_FILE, help="Certificate of the receiver, PEM.")
@click.option("--tls-key", type=_FILE, help="Its private key, PEM.")
@click.option("--client-ca", type=_FILE, help="Devices may show a certificate signed by this one instead of a token.")
@click.option("--behind-proxy", is_flag=True, help="A proxy in front speaks TLS: listen to other machines without.")
@click.option("--requests-per-minute", default=120, show_default=True, type=click.IntRange(1), help="Of one device.")
@click.option(
    "--evaluate-every",
    type=click.FloatRange(min=0.1),
    metavar="MINUTES",
    help="Judge the rollouts so often and move them on or halt them; needs the keys that sign collections.",
)
@storage_options
def receive(
    hub_dir: Path,
    host: str,
    port: int,
    tls_cert: Path | None,
    tls_key: Path | None,
    client_ca: Path | None,
    behind_proxy: bool,
    requests_per_minute: int,
    evaluate_every: float | None,
    database: str | None,
    key_env: str | None,
) -> None:
    """Take what devices hand in, until it is stopped with Ctrl-C or SIGTERM.

    Each item is kept once, in HUB_DIR/receiver.db or in PostgreSQL. Devices need a token or a certificate: see
    “hub devices add”.

    \b
    Examples:
      edge-copilot hub receive HUB_DIR
      edge-copilot hub receive HUB_DIR --host 0.0.0.0 --tls-cert hub.pem --tls-key hub.key --evaluate-every 10
    """
    with hub_extra():
        from sync.receiver.app import Limits, create_app
        from sync.receiver.serving import Address, server
    address = Address(host, port, tls_cert, tls_key, client_ca, behind_proxy)
    with opened(hub_dir, database, key_env) as storage:
        limits = Limits(requests_per_minute=requests_per_minute, burst=max(10, requests_per_minute // 2))
        serving = server(create_app(storage, limits), address)
        with judging(hub_dir, storage, evaluate_every):
            click.echo(f"Receiving on {'https' if tls_cert else 'http'}://{host}:{port}. Ctrl-C stops it.", err=True)
            serving.run()


@contextmanager
def judging(hub_dir: Path, storage: Storage, every_minutes: float | None) -> Iterator[None]:
    """Judge the rollouts every so many minutes while the block runs; None judges nothing. Troubles are only told."""
    if every_minutes is None:
        yield
        return
    from index.errors import EdgeCopilotError
    from sync.hub.folder import HubFolder
    from sync.hub.moving import evaluate

    stop = threading.Event()
    hub = HubFolder(hub_dir)

    def keep_on() -> None:
        while not stop.wait(every_minutes * 60):
            try:
                for moved in evaluate(hub, storage):
                    if moved.stage != moved.stage_now:
                        reasons = printable(" ".join(moved.verdict.reasons))
                        click.echo(f"{moved.collection}: {moved.stage} → {moved.stage_now}. {reasons}", err=True)
            except EdgeCopilotError as error:
                click.echo(f"The rollouts were not judged: {printable(str(error))}", err=True)

    thread = threading.Thread(target=keep_on, name="rollouts")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@click.command("inbox")
@hub_argument
@click.option("--kind", type=_KINDS, help="Only these.")
@click.option("--device", metavar="NAME", help="Only from this device.")
@click.option("--after", default=0, metavar="NUMBER", help="Only what came after the item with this number.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 10_000), help="At most so many.")
@storage_options
@json_option
def inbox(
    hub_dir: Path,
    kind: str | None,
    device: str | None,
    after: int,
    limit: int,
    database: str | None,
    key_env: str | None,
    as_json: bool,
) -> None:
    """Read what devices have handed in, in the order in which it came.

    \b
    Examples:
      edge-copilot hub inbox HUB_DIR --kind note
      edge-copilot hub inbox HUB_DIR --after 1200 --json
    """
    with opened(hub_dir, database, key_env) as storage:
        items = storage.items(device, after, limit, kind)
    if as_json:
        write_json(
            {
                "items": [
                    {"number": one.number, "device": one.device, "received_at": one.received_at.isoformat()}
                    | one.item.model_dump(mode="json", exclude={"attachment"})
                    | {"attachment": one.item.attachment and one.item.attachment.name}
                    for one in items
                ]
            }
        )
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("number", "device", "kind", "since", "what"):
        table.add_column(heading)
    for one in items:
        what = " · ".join(f"{name}: {value}" for name, value in one.item.fields.items())
        since = one.item.created_at.astimezone().strftime("%Y-%m-%d %H:%M")
        table.add_row(str(one.number), printable(one.device), one.item.kind, since, printable(what))
    stdout_console().print(table)


@click.command("prune")
@hub_argument
@click.option("--days", required=True, type=click.IntRange(1), help="Delete what came longer ago than this.")
@click.option(
    "--kind",
    "kinds",
    type=_KINDS,
    multiple=True,
    default=("telemetry", "health"),
    show_default=True,
    help="What to delete; may be repeated. Notes go only where you name them.",
)
@storage_options
@json_option
def prune(
    hub_dir: Path, days: int, kinds: tuple[str, ...], database: str | None, key_env: str | None, as_json: bool
) -> None:
    """Delete old items from what devices have handed in.

    What is reckoned from them stays: the state of the fleet, and how each generation fares.

    \b
    Example:
      edge-copilot hub prune HUB_DIR --days 90
    """
    with opened(hub_dir, database, key_env) as storage:
        deleted = storage.prune(kinds, datetime.now(UTC) - timedelta(days=days))
    if as_json:
        write_json({"deleted": deleted})
    else:
        click.echo(f"{deleted} items deleted.")
