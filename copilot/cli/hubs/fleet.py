"""`edge-copilot hub fleet`, and judging rollouts: which device runs what, and whether a candidate may move on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from copilot.cli.app import json_option
from copilot.cli.hubs.parts import hub_argument
from copilot.cli.hubs.storage import ago, opened, storage_options
from copilot.cli.output import printable, stdout_console, write_json

if TYPE_CHECKING:
    from sync.hub.fleet import Fleet, Member, RolloutState
    from sync.hub.health import Figures, Verdict
    from sync.hub.moving import Moved


@click.command("fleet")
@hub_argument
@storage_options
@json_option
def fleet(hub_dir: Path, database: str | None, key_env: str | None, as_json: bool) -> None:
    """List the devices with what they run, how old that is, what waits on them, and the state of each rollout.

    \b
    Examples:
      edge-copilot hub fleet HUB_DIR
      edge-copilot hub fleet HUB_DIR --json
    """
    from sync.hub.fleet import look
    from sync.hub.folder import HubFolder, utc_now
    from sync.hub.moving import published
    from sync.hub.rollout import served

    hub = HubFolder(hub_dir)
    publications = [served(hub, name) for name in published(hub)]
    with opened(hub_dir, database, key_env) as storage:
        found = look(storage, publications, utc_now())
    if as_json:
        write_json(
            {
                "devices": [_member_dict(one) for one in found.members],
                "rollouts": [_rollout_dict(one) for one in found.rollouts],
            }
        )
    else:
        _show(found)


def evaluate_rollouts(
    hub_dir: Path,
    collections: Sequence[str],
    database: str | None,
    key_env: str | None,
    as_json: bool,
    dry_run: bool = False,
) -> None:
    """What ``hub rollout --evaluate`` does: judge, and move on or halt; told in sentences or as JSON."""
    from sync.hub.folder import HubFolder
    from sync.hub.moving import evaluate

    with opened(hub_dir, database, key_env) as storage:
        moved = evaluate(HubFolder(hub_dir), storage, collections, dry_run=dry_run)
    if as_json:
        write_json({"rollouts": [_moved_dict(one) for one in moved]})
        return
    for one in moved:
        stage = one.stage if one.stage == one.stage_now else f"{one.stage} → {one.stage_now}"
        click.echo(f"{one.collection}: {stage}. {printable(' '.join(one.verdict.reasons))}")


def _show(found: Fleet) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("device", "tags", "version", "runs", "synced", "seen", "waiting", ""):
        table.add_column(heading)
    for one in found.members:
        runs = ", ".join(f"{at.collection} {at.generation}{' (behind)' if at.behind else ''}" for at in one.running)
        waiting = str(one.outbox.waiting) + (f", {ago(one.lag)}" if one.lag else "")
        table.add_row(
            printable(one.device.name),
            printable(", ".join(one.device.tags)),
            printable(one.versions.get("edge-copilot", "")),
            printable(runs),
            ago(one.stale) + (" ago" if one.stale is not None else ""),
            ago(one.seen_ago) + (" ago" if one.seen_ago is not None else ""),
            waiting if one.reported_at else "",
            _flag(one),
        )
    stdout_console().print(table)
    for state in found.rollouts:
        rollout = state.publication.rollout
        spread = ", ".join(f"{count} on {number}" for number, count in sorted(state.devices.items())) or "no reports"
        candidate = "" if rollout.candidate is None else f", candidate {rollout.candidate} ({rollout.stage})"
        click.echo(f"{state.publication.collection}: stable {rollout.stable}{candidate}; {spread}.")
        if rollout.candidate is not None:
            click.echo(f"  {printable(' '.join(state.verdict.reasons))}")


def _flag(member: Member) -> str:
    if member.device.revoked_at is not None:
        return "revoked"
    if member.device.rival is not None:
        return "two devices use this identity"
    refused = [f"refused {one.collection} {one.refused}" for one in member.running if one.refused]
    return printable("; ".join(refused))


def _member_dict(member: Member) -> dict[str, Any]:
    device = member.device
    return {
        "name": device.name,
        "tags": list(device.tags),
        "versions": dict(member.versions),
        "collections": [
            {
                "collection": one.collection,
                "generation": one.generation,
                "newest": one.newest,
                "behind": one.behind,
                "synced_at": one.synced_at and one.synced_at.isoformat(),
                "refused": one.refused,
            }
            for one in member.running
        ],
        "last_seen_at": device.last_seen_at and device.last_seen_at.isoformat(),
        "reported_at": member.reported_at and member.reported_at.isoformat(),
        "stale_s": _seconds(member.stale),
        "outbox": {
            "waiting": member.outbox.waiting,
            "lag_s": _seconds(member.lag),
            "set_aside": member.outbox.set_aside,
            "dropped": member.outbox.dropped,
        },
        "revoked_at": device.revoked_at and device.revoked_at.isoformat(),
        "rival": device.rival,
    }


def _rollout_dict(state: RolloutState) -> dict[str, Any]:
    rollout = state.publication.rollout
    return {
        "collection": state.publication.collection,
        "stable": rollout.stable,
        "candidate": rollout.candidate,
        "stage": rollout.stage,
        "since": state.since and state.since.isoformat(),
        "devices": {str(number): count for number, count in sorted(state.devices.items())},
        "verdict": _verdict_dict(state.verdict),
    }


def _moved_dict(moved: Moved) -> dict[str, Any]:
    return {
        "collection": moved.collection,
        "candidate": moved.candidate,
        "stage": moved.stage,
        "stage_now": moved.stage_now,
        "verdict": _verdict_dict(moved.verdict),
    }


def _verdict_dict(verdict: Verdict) -> dict[str, Any]:
    return {
        "action": verdict.action,
        "reasons": list(verdict.reasons),
        "candidate": _figures_dict(verdict.candidate),
        "stable": _figures_dict(verdict.stable),
    }


def _figures_dict(figures: Figures) -> dict[str, int]:
    return {
        "devices": figures.devices,
        "refused": figures.refused,
        "canaries_asked": figures.canaries_asked,
        "canaries_passed": figures.canaries_passed,
        "answers": figures.answers,
        "abstentions": figures.abstentions,
        "errors": figures.errors,
    }


def _seconds(time: timedelta | None) -> int | None:
    return None if time is None else round(time.total_seconds())
