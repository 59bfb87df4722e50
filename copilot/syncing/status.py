"""What a device has from its hub, how old it is, and how the last sync went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from index.errors import PackError
from index.store import Store, generations, reading
from sync.device.choosing import chosen_release
from sync.device.enrolment import Enrolment
from sync.device.places import Places
from sync.device.state import SyncState
from sync.format import Publication

if TYPE_CHECKING:
    from copilot.settings import Settings


@dataclass(frozen=True, slots=True)
class CollectionStatus:
    """A collection that came from the hub.

    Attributes:
        generation: The one that answers.
        available: The one that the hub means for this device, as of the last sync; None where that isn't known.
        synced_at: When a sync last found it up to date.
        kept: Numbers of those that can be gone back to.
    """

    name: str
    generation: int
    available: int | None
    published_at: str
    synced_at: datetime | None
    access: str
    kind: str | None
    documents: int
    pinned: bool
    kept: tuple[int, ...]
    note: str


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """Everything that `sync status` shows but the outbox.

    Attributes:
        enrolment: None where the device is not enrolled.
    """

    enrolment: Enrolment | None
    state: SyncState
    collections: tuple[CollectionStatus, ...]

    @property
    def generation(self) -> int | None:
        """The number of the one collection; of several, the highest."""
        return max((one.generation for one in self.collections), default=None)


def read_status(settings: Settings) -> SyncStatus:
    """Look at what is here. Asks no network and changes nothing.

    Raises:
        StoreError: The index can't be read.
        SyncError: The enrolment can't be read.
    """
    places = Places.of(settings.data_dir)
    enrolment, state = Enrolment.find(places), SyncState.read(places)
    collections: list[CollectionStatus] = []
    if settings.index_file.exists():
        store = Store.open(settings.index_file, key=settings.index.read_key(), read_only=True)
        with store, store.reader() as connection:
            labels = {one.name: one for one in reading.collections(connection)}
            all_ = generations.generations(connection)
        for live in all_:
            if live.state == "live":
                kept = tuple(one.number for one in all_ if one.collection == live.collection and one.state == "kept")
                collections.append(_collection(places, enrolment, state, live, kept, labels.get(live.collection)))
    return SyncStatus(enrolment, state, tuple(collections))


def _collection(
    places: Places,
    enrolment: Enrolment | None,
    state: SyncState,
    live: generations.Generation,
    kept: tuple[int, ...],
    info: reading.CollectionInfo | None,
) -> CollectionStatus:
    publication = _publication(places, live.collection)
    available = None
    if publication is not None and enrolment is not None:
        available = chosen_release(publication, enrolment.device_id, enrolment.tags).number
    first = datetime.fromisoformat(live.synced_at) if live.synced_at else None
    return CollectionStatus(
        name=live.collection,
        generation=live.number,
        available=available,
        published_at=live.published_at,
        synced_at=state.collection_synced_at.get(live.collection, first),
        access=info.access.value if info else "restricted",
        kind=publication.kind if publication else None,
        documents=live.documents,
        pinned=live.pinned,
        kept=kept,
        note=live.note,
    )


def _publication(places: Places, collection: str) -> Publication | None:
    try:
        return Publication.decode((places.publications / f"{collection}.json").read_bytes())
    except (OSError, PackError):
        return None
