"""Publishing: sources fetched, what changed read and packed, and all of it signed in one step.

Objects are written first, metadata last, and the timestamp very last: whoever looks before that, or after the program
was killed on the way, sees the old publication whole. Work that is done, packs that are written, isn't done again.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from index.embedding.base import Embedder
from index.errors import StoreCorrupt, SyncError
from index.loaders import LoadLimits
from index.store import Store
from sync.format import Canary, Publication
from sync.format.publication import Stage
from sync.hub import building
from sync.hub.canaries import try_canaries
from sync.hub.cleaning import clean
from sync.hub.contents import items_of
from sync.hub.folder import HubFolder
from sync.hub.packing import Packer
from sync.hub.releasing import TAKEN_BACK, Draft, Drafting, Vectors, contents, note_numbers, origins
from sync.hub.report import Left, Published, PublishReport, Tell, tell_nobody
from sync.hub.settings import HubSettings
from sync.hub.state import HubState
from sync.trust.signing import SigningRepository, days_left, role_of

_WARN_DAYS = 60


@dataclass(frozen=True, slots=True)
class Order:
    """How to publish.

    Attributes:
        note: What changed, for people: "rev. C".
        cohort: Begin the rollout here; None takes the first cohort that there is.
        fetch: Whether to refresh the sources first.
    """

    note: str = ""
    cohort: Stage | None = None
    fetch: bool = True


class Publisher:
    """Publishes a hub's collections.

    Args:
        hub: The hub.
        embedder: Makes the vectors that devices get; None sends none, and devices search by words.
        limits: Bounds for reading one file.
        tell: Told how far it is.
    """

    def __init__(
        self,
        hub: HubFolder,
        embedder: Embedder | None,
        limits: LoadLimits | None = None,
        tell: Tell = tell_nobody,
    ) -> None:
        self._hub, self._embedder, self._tell = hub, embedder, tell
        self._limits = limits or LoadLimits()

    def build(self, *, fetch: bool = True) -> list[Left]:
        """Refresh the sources and bring the hub's index up to date, without publishing; return what was left out.

        Raises:
            As `publish`.
        """
        with self._hub.lock(), HubState(self._hub.state_file) as state:
            settings = self._hub.settings()
            with self._index() as store:
                return self._built(settings, state, store, fetch)

    def publish(self, order: Order | None = None) -> PublishReport:
        """Publish what changed; where nothing did, sign anew only what nears its end.

        Raises:
            UsageError: ``hub.toml`` or a canary file is wrong.
            StoreBusy: Another process is changing the hub.
            SyncError: A canary question doesn't find its document, a key is missing, or a published file is damaged;
                what is served is as it was.
            DiskFull, ReadOnlyData, ModelError, StoreError: The same.
        """
        order, began = order or Order(), time.monotonic()
        with self._hub.lock(), HubState(self._hub.state_file) as state:
            settings = self._hub.settings()
            signing = self._hub.signing(settings)
            signing.root_file()
            for role in ("snapshot", "timestamp"):
                signing.need(role)  # before an hour of work, not after it
            with self._index() as store:
                left = self._built(settings, state, store, order.fetch)
                names = sorted(settings.collections)
                canaries = {
                    name: try_canaries(self._hub, settings, name, store, self._embedder)
                    for name in names
                    if settings.collections[name].kind == "documents"
                }
                ready: dict[str, Draft] = {}
                results: list[Published] = []
                for name in names:
                    one = self._draft(settings, state, signing, store, name, canaries.get(name, ()), order, left)
                    if one is None:
                        continue
                    results.append(one.published)
                    served = signing.publication(name)
                    if served != one.publication.encode():
                        ready[name] = one
            dropped = [name for name in signing.delegated() if name not in settings.collections]
            if dropped and (reason := self._cannot_sign(signing, "")):
                left += [Left(name, name, f"It is not in hub.toml, but served still: {reason}") for name in dropped]
                dropped = []
            signed = signing.publish({name: one.publication.encode() for name, one in ready.items()}, drop=dropped)
            if signing.renew_root():
                signed.append("root")
            self._clean(settings, state, signing, [*names, *dropped])
        return PublishReport(
            tuple(results),
            tuple(left),
            tuple(self._notices(settings, signing)),
            tuple(signed),
            time.monotonic() - began,
        )

    @contextmanager
    def _index(self) -> Iterator[Store]:
        try:
            with Store.open(self._hub.index_file) as store:
                yield store
        except StoreCorrupt as error:
            folder = self._hub.index_file.parent
            raise StoreCorrupt(
                f"The hub's index is damaged ({folder}).",
                "Delete that folder and publish again: it is made anew of the sources' copies.",
            ) from error

    def _built(self, settings: HubSettings, state: HubState, store: Store, fetch: bool) -> list[Left]:
        names = sorted(settings.collections)
        left = building.refresh(self._hub, settings, state, names, self._tell) if fetch else []
        left += building.build(self._hub, settings, store, self._embedder, self._limits, names, self._tell)
        return left

    def _draft(
        self,
        settings: HubSettings,
        state: HubState,
        signing: SigningRepository,
        store: Store,
        name: str,
        canaries: Sequence[Canary],
        order: Order,
        left: list[Left],
    ) -> Draft | None:
        content = signing.publication(name)
        served = Publication.decode(content) if content is not None else None
        packer = Packer(self._hub, state, name, served, settings.pack_mb << 20)
        items = items_of(self._hub, settings, name, store, self._embedder, left)
        if not items and served is None:
            return None  # nothing to offer yet
        if reason := self._cannot_sign(signing, name):
            left.append(Left(name, name, reason))
            return None
        packed = packer.pack(items, left, self._tell)
        drafting = Drafting(self._hub, settings, state, name, served, packer.latest)
        taken_back = (state.note(name, TAKEN_BACK) or "").split()
        now = {contents(packed.documents), origins((item.path, item.sha256) for item in items)}
        if served is not None and now & set(taken_back):
            reason = "Its sources still hold what was taken back; it is published once they change."
            left.append(Left(name, name, reason))
            return drafting.unchanged(packed, served.canaries)
        if served is not None and contents(packer.latest.values()) == contents(packed.documents):
            return drafting.unchanged(packed, canaries)
        vectors = None
        if self._embedder is not None and settings.collections[name].kind == "documents":
            vectors = Vectors(self._embedder.name, self._embedder.dimensions)
        draft = drafting.released(packed, canaries, vectors, order.note, order.cohort)
        if taken_back:
            state.write_note(name, TAKEN_BACK, None)
        return draft

    @staticmethod
    def _cannot_sign(signing: SigningRepository, name: str) -> str:
        role = role_of(name) if name in signing.delegated() else "targets"  # makes the role of a new collection
        try:
            signing.need(role)
        except SyncError as error:
            return str(error)
        return ""

    def _clean(
        self, settings: HubSettings, state: HubState, signing: SigningRepository, finished: Collection[str]
    ) -> None:
        served = [Publication.decode(content) for name in signing.delegated() if (content := signing.publication(name))]
        note_numbers(state, served)
        done = {publication.collection for publication in served} | {
            name for name in finished if name not in settings.collections
        }
        clean(self._hub, state, served, done & set(finished))
        signing.clean()

    def _notices(self, settings: HubSettings, signing: SigningRepository) -> Iterable[str]:
        now = self._hub.now()
        for role, expires in signing.expiries().items():
            days = days_left(expires, now)
            if role in ("root", "targets") and days < _WARN_DAYS:
                yield (
                    f"The signature of {role} ends in {days} days. Connect the root keys and publish with "
                    "--root-keys-dir."
                )
        for source in settings.sources:
            if source.review_by is not None and source.review_by < now.date():
                owner = f", whose owner is {source.owner}," if source.owner else ""
                yield f"The review of {source.location}{owner} was due on {source.review_by}."
