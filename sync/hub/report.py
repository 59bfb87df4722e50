"""What a hub says while it works and when it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Phase = Literal["fetching", "reading", "packing", "writing"]


@dataclass(frozen=True, slots=True)
class HubProgress:
    """How far a hub is.

    Attributes:
        phase: ``fetching`` from a source, ``reading`` documents, ``packing`` a collection, ``writing`` a copy.
        name: Of the source or collection.
        done, total: Files, documents, or bytes of a copy; total is 0 where it isn't known.
        text: The file at hand.
    """

    phase: Phase
    name: str
    done: int = 0
    total: int = 0
    text: str = ""


Tell = Callable[[HubProgress], None]


def tell_nobody(_: HubProgress) -> None:
    """For who doesn't want to know."""


@dataclass(frozen=True, slots=True)
class Left:
    """Something that was left out, and why, in a sentence for whoever keeps the hub.

    Attributes:
        collection: Where it belongs.
        path: A document, or the location of a source.
    """

    collection: str
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Published:
    """What a publication did to a collection.

    Attributes:
        number: Of the newest generation, new or not.
        documents: How many it has.
        changed: New or changed ones.
        removed: Those that are gone.
        new_bytes: What a device with the generation before fetches at most: new packs with indexes, the manifest's
            patch, and the publication.
        total_bytes: What a device with nothing fetches.
        stage: Of the rollout.
        is_new: Whether there is a new generation.
    """

    collection: str
    number: int
    documents: int
    changed: int
    removed: int
    new_bytes: int
    total_bytes: int
    stage: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class PublishReport:
    """What a publication did.

    Attributes:
        collections: By name.
        skipped: What was left out; its last good state stays published.
        notices: What whoever keeps the hub should know: keys that run out, reviews that are due.
        signed: Roles that were signed.
        took_s: Wall time.
    """

    collections: tuple[Published, ...]
    skipped: tuple[Left, ...]
    notices: tuple[str, ...]
    signed: tuple[str, ...]
    took_s: float
