"""Who takes a new generation when: canaries first, then early devices, then all; and taking it back.

Pure functions from one publication to the next; `change` signs what they make.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from index.errors import SyncError, UsageError
from sync.format import Cohort, Gates, Publication, Release, Rollout
from sync.format.publication import Stage
from sync.hub.folder import HubFolder

_NEXT: Final[Mapping[Stage, tuple[Stage, ...]]] = {"canary": ("early", "all"), "early": ("all",)}

Change = Callable[[Publication], Publication]


def first_stage(cohorts: Mapping[str, Cohort]) -> Stage:
    """Return the stage at which a new generation begins."""
    if "canary" in cohorts:
        return "canary"
    return "early" if "early" in cohorts else "all"


def with_release(
    publication: Publication, release: Release, cohorts: Mapping[str, Cohort], gates: Gates, stage: Stage | None = None
) -> Rollout:
    """Return the rollout once ``release`` is the newest: a candidate where there are cohorts, else for everybody.

    Args:
        publication: What is served until then.
        release: The new generation.
        cohorts: By name.
        gates: What the candidate is held to.
        stage: Begin here; None takes the first one that there is.
    """
    begin = stage or first_stage(cohorts)
    if begin == "all":
        return Rollout(stable=release.number, cohorts=dict(cohorts), gates=gates)
    if begin not in cohorts:
        raise UsageError(
            f"“{publication.collection}” has no cohort {begin}.",
            f"Define it: edge-copilot hub rollout HUB_DIR {publication.collection} --start {begin} --percent 5",
        )
    return Rollout(
        stable=publication.rollout.stable, candidate=release.number, stage=begin, cohorts=dict(cohorts), gates=gates
    )


def advanced(publication: Publication) -> Publication:
    """The same with the candidate offered to the next cohort; after the last one it is stable.

    Raises:
        UsageError: There is no candidate, or it was halted.
    """
    rollout = publication.rollout
    if rollout.candidate is None:
        raise UsageError(
            f"“{publication.collection}” has no candidate: generation {rollout.stable} is for everybody.",
            "A new one is made by publishing a change.",
        )
    if rollout.stage == "halted":
        raise UsageError(
            f"Generation {rollout.candidate} of “{publication.collection}” was halted.",
            "Publish a mended one, or start it again: edge-copilot hub rollout HUB_DIR COLLECTION --start canary",
        )
    following = next(stage for stage in _NEXT[rollout.stage] if stage == "all" or stage in rollout.cohorts)
    if following == "all":
        return _with(publication, stable=rollout.candidate, candidate=None, stage="all")
    return _with(publication, stage=following)


def halted(publication: Publication) -> Publication:
    """The same with the candidate taken back: devices that have it return to the stable generation.

    Raises:
        UsageError: There is no candidate.
    """
    if publication.rollout.candidate is None:
        raise UsageError(
            f"“{publication.collection}” has no candidate that could be halted.",
            "To take back what everybody has: edge-copilot hub revert HUB_DIR COLLECTION",
        )
    return _with(publication, stage="halted")


def started(stage: Stage) -> Change:
    """Return the change that offers the candidate to a cohort again, after it was halted."""

    def change(publication: Publication) -> Publication:
        if publication.rollout.candidate is None:
            return publication
        if stage not in publication.rollout.cohorts:
            raise UsageError(f"“{publication.collection}” has no cohort {stage}.", "Define it with --percent or --tag.")
        return _with(publication, stage=stage)

    return change


def with_cohorts(cohorts: Mapping[str, Cohort], gates: Gates) -> Change:
    """Return the change that defines the cohorts and gates anew."""
    return lambda publication: _with(publication, cohorts=dict(cohorts), gates=gates)


def served(hub: HubFolder, collection: str) -> Publication:
    """Return what is served of a collection.

    Raises:
        UsageError: Nothing is.
    """
    content = hub.signing().publication(collection)
    if content is None:
        raise UsageError(f"“{collection}” was not published yet.", "Publish it: edge-copilot hub publish HUB_DIR")
    return Publication.decode(content)


def change(hub: HubFolder, collection: str, how: Change, *, wait_s: float = 5.0) -> Publication:
    """Change what is served of a collection, sign it, and return it; equal content is not signed again.

    The packs stay as they are. For whoever moves a rollout on, halts it, or takes it back.

    Args:
        hub: The hub.
        collection: Its name.
        how: `advanced`, `halted`, or what `started` and `with_cohorts` return.
        wait_s: How long to wait for another process that changes the hub.

    Raises:
        UsageError: There is nothing to change so.
        StoreBusy: Another process is still changing the hub.
        SyncError: A key is missing.
    """
    with hub.lock(wait_s):
        before = served(hub, collection)
        after = how(before)
        if after != before:
            hub.signing().publish({collection: after.encode()})
        if hub.signing().publication(collection) != after.encode() and after != before:
            raise SyncError("The publication could not be changed.", "Try again.")
        return after


def _with(publication: Publication, **changes: object) -> Publication:
    rollout = Rollout.model_validate(publication.rollout.model_dump() | changes)
    return publication.model_copy(update={"rollout": rollout})
