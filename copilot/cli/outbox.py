"""`edge-copilot sync outbox`: what waits to go up to the hub, exactly as it would leave."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from copilot.cli.app import App, json_option, pass_app
from copilot.cli.output import printable, stdout_console, write_json

if TYPE_CHECKING:
    from copilot.uploading import Uploading
    from index.documents import AccessLabel
    from sync.outbox import File, Kept
    from sync.outbox.batching import Batch

_SHOWN_CHARACTERS: Final = 60


@click.group("outbox", invoke_without_command=True)
@click.option("--preview", is_flag=True, help="Print the exact bytes that would leave; nothing does.")
@json_option
@click.pass_context
def command(ctx: click.Context, preview: bool, as_json: bool) -> None:
    """Show what waits to go up to the hub, preview what would leave, deliver it.

    What may leave stands in the outbox policy: which kinds, which fields, what is blanked. Nothing of a restricted
    collection ever leaves.

    \b
    Examples:
      edge-copilot sync outbox
      edge-copilot sync outbox --preview
      edge-copilot sync outbox note "The coil of press 3 hums" --machine "press 3"
      edge-copilot sync outbox flush
    """
    if preview and ctx.invoked_subcommand is not None:
        raise click.UsageError("--preview stands alone.", ctx)
    if preview:
        ctx.invoke(preview_, as_json=as_json)
    elif ctx.invoked_subcommand is None:
        ctx.invoke(list_, as_json=as_json)


@contextmanager
def _uploading(app: App) -> Iterator[Uploading]:
    from copilot.uploading import Uploading

    with Uploading(app.settings) as uploading:
        yield uploading


@command.command("list")
@json_option
@pass_app
def list_(app: App, as_json: bool) -> None:
    """List what waits, what was held back and what the hub refused.

    \b
    Example:
      edge-copilot sync outbox list --json
    """
    from sync.outbox import HeldBack, Preparer

    with _uploading(app) as uploading:
        prepare = Preparer(uploading.policy).prepare
        rows = []
        for kept in uploading.outbox.items():
            item = prepare(kept)
            held = item.reason if isinstance(item, HeldBack) else ""
            state, reason = ("set aside", kept.reason) if kept.state == "set_aside" else ("waits", "")
            if held and kept.state == "waiting":
                state, reason = "held back", held
            rows.append((kept, state, reason))
    if as_json:
        write_json({"items": [_as_dict(*row) for row in rows]})
        return
    if not rows:
        click.echo("The outbox is empty.", err=True)
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("id", no_wrap=True, min_width=36)
    for heading in ("kind", "since", "state", "what"):
        table.add_column(heading)
    for kept, state, reason in rows:
        since = kept.created_at.astimezone().strftime("%Y-%m-%d %H:%M")
        said = f"{state}: {reason}" if reason else state
        table.add_row(kept.id, kept.draft.kind, since, printable(said), printable(_summary(kept)))
    stdout_console().print(table)


@command.command("preview", hidden=True)
@json_option
@pass_app
def preview_(app: App, as_json: bool) -> None:
    """Print the exact bytes that would leave; the same as --preview."""
    from sync.outbox.wire import OUTBOX_PATH

    with _uploading(app) as uploading:
        url = uploading.settings.outbox.url
        found = list(uploading.preview())
    if as_json:
        write_json(
            {
                "url": url and url.rstrip("/") + OUTBOX_PATH,
                "batches": [_batch_dict(batch) for batch in found if batch.ids],
                "held": [{"id": one.id, "reason": one.reason} for batch in found for one in batch.held],
            }
        )
        return
    sent = [batch for batch in found if batch.ids]
    for batch in sent:
        click.echo(
            f"POST {OUTBOX_PATH} to {url or 'nobody: outbox.url is not set'}: {len(batch.ids)} items, "
            f"{len(batch.body):,} bytes, {len(batch.compressed()):,} compressed",
            err=True,
        )
        click.echo(batch.body)
    for one in (one for batch in found for one in batch.held):
        click.echo(f"Stays here: {one.id}: {printable(one.reason)}", err=True)
    if not found:
        click.echo("Nothing would leave: the outbox is empty.", err=True)
    elif not sent:
        click.echo("Nothing would leave.", err=True)


@command.command("flush")
@json_option
@pass_app
def flush(app: App, as_json: bool) -> None:
    """Deliver now what waits and may leave.

    What the hub has is taken out of the outbox; what can't be delivered stays there.

    \b
    Example:
      edge-copilot sync outbox flush --json
    """
    from sync.outbox.delivery import Report

    with _uploading(app) as uploading:
        report = uploading.deliver() or Report()
        waiting = uploading.outbox.health().waiting
    if as_json:
        write_json(
            {
                "delivered": report.delivered,
                "duplicates": report.duplicates,
                "set_aside": report.set_aside,
                "held": len(report.held),
                "waiting": waiting,
                "bytes_sent": report.bytes_sent,
            }
        )
        return
    click.echo(f"{report.delivered} handed in, {waiting} still here.")
    for one, reason in report.set_aside.items():
        click.echo(f"The hub refused {one}: {printable(reason)} It is set aside.", err=True)
    if report.held:
        click.echo(f"{len(report.held)} held back, as the policy says. See: edge-copilot sync outbox", err=True)


@command.command("note")
@click.argument("text")
@click.option("--machine", metavar="NAME", help="The machine that it is about.")
@click.option("--collection", metavar="NAME", help="The collection that it is about; its label holds for the note.")
@click.option(
    "--attach", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A file, such as a photograph."
)
@json_option
@pass_app
def note(app: App, text: str, machine: str | None, collection: str | None, attach: Path | None, as_json: bool) -> None:
    """Leave a note for whoever keeps the manuals; it waits here until the hub has it.

    \b
    Example:
      edge-copilot sync outbox note "Page 12: the torque is 40 Nm, not 4" --collection presses
    """
    from index.errors import UsageError
    from sync.outbox import Draft

    if not text.strip():
        raise UsageError("The note is empty.", "Say something in it.")
    fields: dict[str, Any] = {"text": text}
    if machine:
        fields["machine"] = machine
    labels: frozenset[AccessLabel] = frozenset()
    if collection:
        fields["collection"] = collection
        labels = frozenset({_label(app, collection)})
    with _uploading(app) as uploading:
        receipt = uploading.put(Draft("note", fields, labels, attachment=_file(attach) if attach else None))
    if as_json:
        write_json({"id": receipt.id, "notice": receipt.notice})
        return
    click.echo(f"Kept as {receipt.id}. It is handed in at the next sync.")
    if receipt.notice:
        click.echo(receipt.notice, err=True)


@command.command("drop")
@click.argument("id")
@click.option("--yes", is_flag=True, help="Don't ask.")
@json_option
@pass_app
def drop(app: App, id: str, yes: bool, as_json: bool) -> None:
    """Take an item out of the outbox; nobody will get it.

    \b
    Example:
      edge-copilot sync outbox drop 01a20f9f-3ad1-736e-95cb-ad8ab6682864
    """
    from index.errors import UsageError

    if not yes:
        click.confirm(f"Take {printable(id)} out of the outbox for good?", abort=True, err=True)
    with _uploading(app) as uploading:
        if not uploading.outbox.remove([id]):
            raise UsageError(f"There is no item {id} in the outbox.", "See: edge-copilot sync outbox")
    if as_json:
        write_json({"dropped": id})
    else:
        click.echo(f"Dropped {printable(id)}.")


@command.command("retry")
@json_option
@pass_app
def retry(app: App, as_json: bool) -> None:
    """Let what the hub refused wait again, once it was mended there.

    \b
    Example:
      edge-copilot sync outbox retry
    """
    with _uploading(app) as uploading:
        count = uploading.outbox.retry()
    if as_json:
        write_json({"waiting_again": count})
    else:
        click.echo(f"{count} items wait again.")


def _label(app: App, collection: str) -> AccessLabel:
    from copilot.library import Shelf
    from index.errors import UsageError

    for one in Shelf(app.settings).collections():
        if one.name == collection:
            return one.access
    raise UsageError(f"There is no collection {collection}.", "See: edge-copilot collections")


def _file(path: Path) -> File:
    from sync.outbox import File
    from sync.outbox.items import MAX_ATTACHMENT_BYTES

    size = path.stat().st_size
    content = path.read_bytes() if size <= MAX_ATTACHMENT_BYTES else b""
    return File(path.name, mimetypes.guess_type(path.name)[0] or "application/octet-stream", content, size)


def _summary(kept: Kept) -> str:
    values = [str(value) for value in kept.draft.fields.values() if isinstance(value, str) and value.strip()]
    text = " ".join(values[0].split()) if values else ", ".join(kept.draft.fields)
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"


def _as_dict(kept: Kept, state: str, reason: str) -> dict[str, Any]:
    return {
        "id": kept.id,
        "seq": kept.seq,
        "kind": kept.draft.kind,
        "created_at": kept.created_at.isoformat(),
        "bytes": kept.bytes,
        "state": state,
        "reason": reason,
    }


def _batch_dict(batch: Batch) -> dict[str, Any]:
    return {
        "ids": list(batch.ids),
        "body": batch.body.decode(),
        "bytes": len(batch.body),
        "compressed_bytes": len(batch.compressed()),
    }
