"""Which generation of a collection a device should have: decided from the publication, without files or network."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

from sync.format import Cohort, Publication, Release

_INCLUDED: Final = {"canary": ("canary",), "early": ("canary", "early"), "all": (), "halted": ()}
_SHARES: Final = 10_000


def chosen_release(publication: Publication, device_id: str, tags: Iterable[str]) -> Release:
    """Return the release that the publication means for a device.

    Args:
        publication: Verified.
        device_id: Of the device.
        tags: Of the device.
    """
    rollout = publication.rollout
    number = rollout.candidate if takes_candidate(publication, device_id, tags) else rollout.stable
    assert number is not None
    release = publication.release(number)
    assert release is not None, "the publication names releases that it has"
    return release


def takes_candidate(publication: Publication, device_id: str, tags: Iterable[str]) -> bool:
    """Whether a device belongs to a cohort that the stage of the rollout includes."""
    rollout = publication.rollout
    if rollout.candidate is None or rollout.stage == "halted":
        return False
    if rollout.stage == "all":
        return True
    own = frozenset(tags)
    return any(
        cohort is not None and in_cohort(cohort, device_id, own, publication.collection, rollout.candidate)
        for cohort in (rollout.cohorts.get(name) for name in _INCLUDED[rollout.stage])
    )


def in_cohort(cohort: Cohort, device_id: str, tags: Iterable[str], collection: str, candidate: int) -> bool:
    """Whether a device belongs to a cohort, by a tag or by its share.

    The share is drawn for each candidate anew, so that it isn't always the same devices that go first; a device that
    is within a small share is within every larger one.
    """
    if not frozenset(tags).isdisjoint(cohort.tags):
        return True
    return share_of(device_id, collection, candidate) < cohort.percent * (_SHARES / 100)


def share_of(device_id: str, collection: str, candidate: int) -> int:
    """Return a device's place in the order of a rollout, from 0 to 9,999."""
    digest = hashlib.sha256(f"{device_id}\0{collection}\0{candidate}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % _SHARES
