"""`edge-copilot hub status`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from copilot.cli.app import App, json_option, pass_app
from copilot.cli.hubs.parts import amount, hub_argument, open_hub, tell
from copilot.cli.output import printable, write_json

if TYPE_CHECKING:
    from sync.hub.folder import HubFolder
    from sync.hub.status import CollectionStatus, HubStatus


@click.command()
@hub_argument
@json_option
@pass_app
def status(app: App, hub_dir: Path, as_json: bool) -> None:
    """Show collections with their generations and sources, what could not be fetched, and when signatures end.

    \b
    Examples:
      edge-copilot hub status /srv/hub
      edge-copilot hub status /srv/hub --json
    """
    from sync.hub.status import look

    hub = open_hub(hub_dir)
    found = look(hub)
    if as_json:
        write_json(_as_dict(found))
    else:
        _show(found, hub)


def _as_dict(found: HubStatus) -> dict[str, object]:
    return {
        "collections": [_collection(one) for one in found.collections],
        "signatures": [
            {
                "role": one.role,
                "expires": one.expires.isoformat().replace("+00:00", "Z"),
                "keys": one.keys,
                "keys_here": one.here,
                "threshold": one.threshold,
            }
            for one in found.roles
        ],
        "public_bytes": found.public_bytes,
    }


def _collection(one: CollectionStatus) -> dict[str, object]:
    publication = one.publication
    newest = publication.releases[-1] if publication else None
    rollout = publication.rollout if publication else None
    return {
        "collection": one.name,
        "kind": one.settings.kind,
        "access": one.settings.access,
        "number": newest.number if newest else None,
        "documents": newest.documents if newest else None,
        "published_at": newest.published_at.isoformat().replace("+00:00", "Z") if newest else None,
        "note": newest.note if newest else None,
        "stable": rollout.stable if rollout else None,
        "candidate": rollout.candidate if rollout else None,
        "stage": rollout.stage if rollout else None,
        "releases": [release.number for release in publication.releases] if publication else [],
        "sources": [
            {
                "id": source.settings.id,
                "type": source.settings.type,
                "location": source.settings.location,
                "owner": source.settings.owner,
                "review_by": source.settings.review_by.isoformat() if source.settings.review_by else None,
                "refreshed_at": source.refreshed_at or None,
                "files": source.files,
                "problems": [{"path": problem.path, "reason": problem.reason} for problem in source.problems],
            }
            for source in one.sources
        ],
    }


def _show(found: HubStatus, hub: HubFolder) -> None:
    if not found.collections:
        click.echo("There are no collections yet. Say where documents come from: edge-copilot hub add-source --help")
    for one in found.collections:
        said = _collection(one)
        if one.publication is None:
            click.echo(printable(f"{one.name} ({one.settings.access.value}, {one.settings.kind}): not published yet"))
        else:
            rollout = ""
            if said["candidate"] is not None:
                rollout = f"; candidate {said['candidate']} at {said['stage']}, stable {said['stable']}"
            note = f" “{said['note']}”" if said["note"] else ""
            click.echo(
                printable(
                    f"{one.name} ({one.settings.access.value}, {one.settings.kind}): generation {said['number']}{note} "
                    f"of {str(said['published_at'])[:16]}, {said['documents']} documents{rollout}"
                )
            )
        for source in one.sources:
            last = f"seen {source.refreshed_at[:16]}" if source.refreshed_at else "not fetched yet"
            settings = source.settings
            due = f", review by {settings.review_by}" if settings.review_by else ""
            owner = f", owner {settings.owner}" if settings.owner else ""
            click.echo(
                printable(
                    f"  {settings.id}: {settings.type} {settings.location}, {source.files} files, {last}{owner}{due}"
                )
            )
            for problem in source.problems[:5]:
                tell(f"    {problem.path}: {problem.reason}")
            if len(source.problems) > 5:
                tell(f"    … and {len(source.problems) - 5} more; --json has them all.")
    now = hub.now()
    for role in found.roles:
        missing = "" if role.here >= role.threshold else f", {role.here} of {role.threshold} needed keys are here"
        days = max((role.expires - now).days, 0)
        click.echo(printable(f"{role.role}: signed until {role.expires:%Y-%m-%d} ({days} days){missing}"))
    click.echo(printable(f"{hub.public} holds {amount(found.public_bytes)}."))
