"""How the generations on this device fare, gathered from the index and from the last sync."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from index.documents import AccessLabel
from index.store import generations, reading
from sync.device.places import Places
from sync.device.state import SyncState
from sync.outbox.wire import CollectionHealth

if TYPE_CHECKING:
    from copilot.settings import Settings
    from index.store import Store


def collections_now(settings: Settings, store: Store) -> tuple[list[CollectionHealth], dict[str, AccessLabel]]:
    """What came from the hub: the live generations, and those that were tried and refused; with their labels.

    Collections of this device's own are not among them: they are nobody else's business.

    Raises:
        StoreError: The index can't be read.
    """
    state = SyncState.read(Places.of(settings.data_dir))
    with store.reader() as connection:
        live = [one for one in generations.generations(connection) if one.state == "live"]
        access = {one.name: one.access for one in reading.collections(connection)}
    found = []
    for one in live:
        trial = state.trials.get(one.collection)
        tested = trial if trial is not None and trial.generation == one.number else None
        synced_at = state.collection_synced_at.get(one.collection) or _time(one.synced_at)
        found.append(
            CollectionHealth(
                collection=one.collection,
                generation=one.number,
                synced_at=synced_at,
                canaries_asked=tested.asked if tested else 0,
                canaries_passed=tested.passed if tested else 0,
            )
        )
    found += [
        CollectionHealth(
            collection=name,
            generation=trial.generation,
            canaries_asked=trial.asked,
            canaries_passed=trial.passed,
            refused=trial.refused,
        )
        for name, trial in sorted(state.trials.items())
        if trial.refused is not None
    ]
    return found, access


def live_generations(store: Store) -> dict[str, int]:
    """The number of each synced collection's live generation.

    Raises:
        StoreError: The index can't be read.
    """
    with store.reader() as connection:
        return {one.collection: one.number for one in generations.generations(connection) if one.state == "live"}


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
