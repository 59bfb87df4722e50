"""Moving rollouts on, or halting them, by what the receiver has heard. Signed like every change of a publication."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sync.format import Publication
from sync.format.publication import Stage
from sync.hub import rollout
from sync.hub.folder import HubFolder, utc_now
from sync.hub.health import Action, Verdict, judge
from sync.receiver.storage.base import Storage

log = logging.getLogger(__name__)

_CHANGES: Final[dict[Action, rollout.Change]] = {"advance": rollout.advanced, "halt": rollout.halted}


@dataclass(frozen=True, slots=True)
class Moved:
    """What an evaluation did to one collection.

    Attributes:
        stage: Before.
        stage_now: After.
    """

    collection: str
    candidate: int | None
    stage: Stage
    stage_now: Stage
    verdict: Verdict


def evaluate(
    hub: HubFolder,
    storage: Storage,
    collections: Sequence[str] = (),
    *,
    dry_run: bool = False,
    now: Callable[[], datetime] = utc_now,
) -> list[Moved]:
    """Judge the rollouts of these collections, of all where none is named, and do what the verdict says.

    Args:
        dry_run: Only say what would be done.

    Raises:
        UsageError: A collection isn't there.
        StoreBusy: Another process is changing the hub.
        SyncError: A key that must sign is not here.
    """
    moved = []
    for name in collections or published(hub):
        publication = rollout.served(hub, name)
        at = now()
        before = publication.rollout
        since = storage.stage_since(name, before.candidate, before.stage, at)
        verdict = judge(publication, storage.observations(name), since, at)
        after = before
        if verdict.action in _CHANGES and not dry_run:
            after = rollout.change(hub, name, _unless_changed(publication, _CHANGES[verdict.action])).rollout
            storage.stage_since(name, after.candidate, after.stage, at)
            log.info("rollout of %s: %s to %s", name, before.stage, after.stage)
        moved.append(Moved(name, before.candidate, before.stage, after.stage, verdict))
    return moved


def published(hub: HubFolder) -> list[str]:
    """The collections of which something is served."""
    signing = hub.signing()
    return [name for name in signing.delegated() if signing.publication(name) is not None]


def _unless_changed(judged: Publication, change: rollout.Change) -> rollout.Change:
    """The change, but nothing where somebody else has moved the rollout since it was judged."""
    return lambda publication: change(publication) if publication.rollout == judged.rollout else publication
