"""`edge-copilot hub rollout` and `revert`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from copilot.cli.app import App, json_option, pass_app
from copilot.cli.hubs.parts import hub_argument, open_hub
from copilot.cli.hubs.storage import storage_options
from copilot.cli.output import printable, write_json
from index.errors import UsageError

if TYPE_CHECKING:
    from sync.format import Publication, Rollout
    from sync.hub.folder import HubFolder


@click.command()
@hub_argument
@click.argument("collection", metavar="COLLECTION")
@click.option(
    "--start",
    type=click.Choice(["canary", "early"]),
    help="Define this cohort by --percent and --tag; a candidate that was halted is offered to it again.",
)
@click.option("--percent", type=click.FloatRange(0, 100), help="With --start: share of the devices.")
@click.option("--tag", "tags", multiple=True, help="With --start: devices with this tag too. May be repeated.")
@click.option("--advance", is_flag=True, help="Offer the candidate to the next cohort, after the last one to all.")
@click.option("--halt", is_flag=True, help="Take the candidate back: devices that have it return to the stable one.")
@click.option("--evaluate", is_flag=True, help="Judge it by what devices reported: move it on, halt it, or wait.")
@click.option("--dry-run", is_flag=True, help="With --evaluate: only say what would be done.")
@click.option("--status", "only_status", is_flag=True, help="Show where the rollout is; changes nothing.")
@storage_options
@json_option
@pass_app
def rollout(
    app: App,
    hub_dir: Path,
    collection: str,
    start: str | None,
    percent: float | None,
    tags: tuple[str, ...],
    advance: bool,
    halt: bool,
    evaluate: bool,
    dry_run: bool,
    only_status: bool,
    database: str | None,
    key_env: str | None,
    as_json: bool,
) -> None:
    """Say which devices get a new generation first, move it on, or halt it. Signed, like everything else.

    Once a collection has cohorts, each publication is a candidate for the first of them; the others keep the stable
    generation until it is advanced.

    \b
    Examples:
      edge-copilot hub rollout /srv/hub presses --start canary --percent 5 --tag pilot
      edge-copilot hub rollout /srv/hub presses --advance
      edge-copilot hub rollout /srv/hub presses --halt
      edge-copilot hub rollout /srv/hub presses --evaluate
    """
    from sync.hub import rollout as rollouts

    asked = [bool(start), advance, halt, evaluate, only_status]
    if sum(asked) > 1:
        raise UsageError("Give one of --start, --advance, --halt, --evaluate and --status.")
    if dry_run and not evaluate:
        raise UsageError("--dry-run goes with --evaluate.")
    if (percent is not None or tags) and not start:
        raise UsageError("--percent and --tag define a cohort.", "Add --start canary or --start early.")
    hub = open_hub(hub_dir)
    hub.settings().collection(collection)
    if evaluate:
        from copilot.cli.hubs.fleet import evaluate_rollouts

        evaluate_rollouts(hub_dir, [collection], database, key_env, as_json, dry_run)
        return
    if start:
        publication = _start(hub, collection, start, percent, tags)
    elif advance or halt:
        publication = rollouts.change(hub, collection, rollouts.advanced if advance else rollouts.halted)
    else:
        publication = rollouts.served(hub, collection)
    _show(collection, publication, hub, as_json)


@click.command()
@hub_argument
@click.argument("collection", metavar="COLLECTION")
@click.argument("number", metavar="[NUMBER]", required=False, type=int)
@click.option("--note", default="", metavar="TEXT", help="Why, for people.")
@json_option
@pass_app
def revert(app: App, hub_dir: Path, collection: str, number: int | None, note: str, as_json: bool) -> None:
    """Take a change back for everybody: publish an older generation's content again, at once.

    Without NUMBER the one before the newest. What was taken back isn't published again until its sources change.

    \b
    Examples:
      edge-copilot hub revert /srv/hub presses
      edge-copilot hub revert /srv/hub presses 4 --note "the torques of rev. C are wrong"
    """
    from sync.hub.reverting import revert as take_back

    hub = open_hub(hub_dir)
    hub.settings().collection(collection)
    done = take_back(hub, collection, number, note)
    if as_json:
        write_json(
            {
                "collection": collection,
                "number": done.number,
                "documents": done.documents,
                "changed": done.changed,
                "removed": done.removed,
            }
        )
        return
    click.echo(
        printable(
            f"{collection}: generation {done.number} for everybody, {done.changed} documents as before, "
            f"{done.removed} removed."
        )
    )


def _start(
    hub: HubFolder, collection: str, stage: str, percent: float | None, tags: tuple[str, ...]
) -> Publication | None:
    from sync.format import Cohort
    from sync.format.publication import Stage
    from sync.hub import rollout as rollouts

    which: Stage = "canary" if stage == "canary" else "early"
    with hub.lock():
        settings = hub.settings()
        known = settings.collection(collection)
        cohorts = dict(known.cohorts)
        if percent is not None or tags:
            cohorts[which] = Cohort(percent=percent or 0.0, tags=tags)
        elif which not in cohorts:
            raise UsageError(f"“{collection}” has no cohort {which} yet.", "Say who is in it: --percent 5 --tag pilot")
        known = known.model_copy(update={"cohorts": cohorts})
        settings.with_collection(collection, known).write(hub.settings_file)
    if hub.signing().publication(collection) is None:
        return None
    rollouts.change(hub, collection, rollouts.with_cohorts(known.cohorts, known.gates))
    return rollouts.change(hub, collection, rollouts.started(which))


def _show(collection: str, publication: Publication | None, hub: HubFolder, as_json: bool) -> None:
    cohorts = hub.settings().collection(collection).cohorts
    now = publication.rollout if publication else None
    if as_json:
        shown: dict[str, object] = {"collection": collection, "stable": None, "candidate": None, "stage": None}
        said = now.model_dump(mode="json") if now else {}
        write_json(shown | {"cohorts": {name: one.model_dump() for name, one in cohorts.items()}} | said)
        return
    for name, cohort in cohorts.items():
        tagged = f", and those tagged {', '.join(cohort.tags)}" if cohort.tags else ""
        click.echo(printable(f"{name}: {cohort.percent:g}% of the devices{tagged}"))
    click.echo(printable(f"{collection}: {_words(now) if now else 'not published yet'}."))


def _words(rollout: Rollout) -> str:
    if rollout.candidate is None:
        return f"generation {rollout.stable} for everybody"
    if rollout.stage == "halted":
        return f"generation {rollout.candidate} halted, {rollout.stable} for everybody"
    return f"generation {rollout.candidate} for {rollout.stage} devices, {rollout.stable} for the others"
