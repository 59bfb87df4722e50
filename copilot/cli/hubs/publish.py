"""`edge-copilot hub publish` and `build`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from copilot.cli.app import App, json_option, pass_app
from copilot.cli.hubs.parts import amount, hub_argument, hub_embedder, open_hub, root_keys_options, tell
from copilot.cli.output import printable, write_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.hub.folder import HubFolder
    from sync.hub.report import Left, PublishReport

SOME_SKIPPED: Final = 1
_SHOWN: Final = 20


@click.command()
@hub_argument
@click.option("--note", default="", metavar="TEXT", help="What changed, for people: 'rev. C'.")
@click.option(
    "--cohort",
    type=click.Choice(["canary", "early", "all"]),
    help="Offer what is new to these devices first. Default: the first cohort that the collection has.",
)
@click.option("--no-fetch", is_flag=True, help="Publish what was fetched before; ask no source.")
@click.option("--originals/--no-originals", default=None, help="Send documents' own files too, from now on.")
@click.option("--page-pictures/--no-page-pictures", default=None, help="Send pictures of PDF pages too, from now on.")
@root_keys_options
@json_option
@pass_app
def publish(
    app: App,
    hub_dir: Path,
    note: str,
    cohort: str | None,
    no_fetch: bool,
    originals: bool | None,
    page_pictures: bool | None,
    root_keys_dir: Path | None,
    root_passphrase_env: str | None,
    as_json: bool,
) -> int:
    """Fetch what changed, read it, pack it and sign it. The result to serve lies in HUB_DIR/public.

    What can't be fetched or read is named and keeps its last good state (exit code 1). Where nothing changed there is
    no new generation, only fresh signatures where old ones near their end: run it daily.

    \b
    Examples:
      edge-copilot hub publish /srv/hub --note "rev. C"
      edge-copilot hub publish /srv/hub --cohort canary --json
      edge-copilot hub publish /srv/hub --root-keys-dir /media/stick/keys
    """
    from copilot.cli.hubs.progress import hub_progress
    from copilot.library import load_limits
    from sync.hub.publishing import Order, Publisher

    hub = open_hub(hub_dir, root_keys_dir, root_passphrase_env)
    hub.settings()
    _remember(hub, originals, page_pictures)
    embedder = hub_embedder(app, hub)
    with hub_progress() as progress:
        order = Order(note=note, cohort=cohort, fetch=not no_fetch)  # type: ignore[arg-type]
        report = Publisher(hub, embedder, load_limits(app.settings), progress).publish(order)
    for notice in report.notices:
        tell(notice)
    if as_json:
        write_json(as_dict(report))
    else:
        _show(report, hub)
    return SOME_SKIPPED if report.skipped else 0


@click.command()
@hub_argument
@click.option("--no-fetch", is_flag=True, help="Read what was fetched before; ask no source.")
@json_option
@pass_app
def build(app: App, hub_dir: Path, no_fetch: bool, as_json: bool) -> int:
    """Fetch and read what changed into the hub's own index, without publishing it.

    \b
    Example:
      edge-copilot hub build /srv/hub
    """
    from copilot.cli.hubs.progress import hub_progress
    from copilot.library import load_limits
    from sync.hub.publishing import Publisher

    hub = open_hub(hub_dir)
    hub.settings()
    embedder = hub_embedder(app, hub)
    with hub_progress() as progress:
        left = Publisher(hub, embedder, load_limits(app.settings), progress).build(fetch=not no_fetch)
    if as_json:
        write_json({"skipped": _left(left)})
    else:
        _tell_left(left)
        click.echo("The hub's index is up to date.")
    return SOME_SKIPPED if left else 0


def as_dict(report: PublishReport) -> dict[str, object]:
    """Return what ``--json`` prints."""
    return {
        "collections": [
            {
                "collection": one.collection,
                "number": one.number,
                "documents": one.documents,
                "changed": one.changed,
                "removed": one.removed,
                "new_bytes": one.new_bytes,
                "total_bytes": one.total_bytes,
                "stage": one.stage,
            }
            for one in report.collections
        ],
        "skipped": _left(report.skipped),
        "notices": list(report.notices),
        "signed": list(report.signed),
        "took_s": round(report.took_s, 3),
    }


def _left(left: Sequence[Left]) -> list[dict[str, str]]:
    return [{"collection": one.collection, "path": one.path, "reason": one.reason} for one in left]


def _remember(hub: HubFolder, originals: bool | None, page_pictures: bool | None) -> None:
    wanted = {"originals": originals, "page_pictures": page_pictures}
    said = {key: value for key, value in wanted.items() if value is not None}
    if not said:
        return
    with hub.lock():
        settings = hub.settings()
        for name, collection in settings.collections.items():
            if collection.kind == "documents":
                settings = settings.with_collection(name, collection.model_copy(update=said))
        settings.write(hub.settings_file)


def _show(report: PublishReport, hub: HubFolder) -> None:
    for one in report.collections:
        if not one.is_new:
            click.echo(printable(f"{one.collection}: nothing new, generation {one.number}, {one.documents} documents."))
            continue
        stage = "" if one.stage == "all" else f", offered to {one.stage} devices first"
        click.echo(
            printable(
                f"{one.collection}: generation {one.number}, {one.documents} documents, {one.changed} changed, "
                f"{one.removed} removed; {amount(one.new_bytes)} new of {amount(one.total_bytes)}{stage}."
            )
        )
    _tell_left(report.skipped)
    if not report.collections:
        click.echo("There is nothing to publish yet. Say where documents come from: edge-copilot hub add-source --help")
    elif report.signed:
        click.echo(printable(f"Signed, in {report.took_s:.1f} s. Serve {hub.public}."))
    else:
        click.echo(f"Everything is as it was, in {report.took_s:.1f} s.")


def _tell_left(left: Sequence[Left]) -> None:
    for one in left[:_SHOWN]:
        tell(f"Left out of {one.collection}: {one.path}: {one.reason}")
    if len(left) > _SHOWN:
        tell(f"… and {len(left) - _SHOWN} more; --json has them all.")
