"""Publishing: sources fetched, what changed read and packed, and all of it signed in one step.

Objects are written first, metadata last, and the timestamp very last: whoever looks before that, or after the program
was killed on the way, sees the old publication whole. Work that is done, packs that are written, isn't done again.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from index.embedding.base import Embedder
from index.errors import StoreCorrupt, SyncError, UsageError
from index.loaders import LoadLimits
from index.store import Store
from sync.format import Canary, DocumentEntry, Publication, Release, Rollout
from sync.format.publication import Stage
from sync.hub import building
from sync.hub.canaries import try_canaries
from sync.hub.cleaning import clean
from sync.hub.contents import items_of
from sync.hub.folder import HubFolder
from sync.hub.packing import Packed, Packer
from sync.hub.releases import compose, kept, read_manifest
from sync.hub.report import Left, Published, PublishReport, Tell, tell_nobody
from sync.hub.rollout import with_release
from sync.hub.settings import HubSettings
from sync.hub.state import HubState
from sync.trust.signing import SigningRepository, days_left, role_of

TAKEN_BACK = "taken back"
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


@dataclass(frozen=True, slots=True)
class _Ready:
    """A collection that is to be signed."""

    publication: Publication
    published: Published


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
                ready: dict[str, _Ready] = {}
                results: list[Published] = []
                for name in names:
                    one = self._prepare(settings, state, signing, store, name, canaries.get(name, ()), order, left)
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

    def revert(self, name: str, number: int | None = None, note: str = "") -> Published:
        """Publish an older generation's content again, as a new generation for everybody.

        The sources still hold what was taken back; it isn't published again until they change. Its test questions go
        with it: devices would otherwise refuse the older content for not answering them.

        Args:
            name: Of the collection.
            number: Of the generation; None takes the one before the newest.
            note: For people; None says what was done.

        Raises:
            UsageError: There is no such generation any more.
            SyncError, PackError: Files of it are missing or damaged, or a key is.
        """
        with self._hub.lock(), HubState(self._hub.state_file) as state:
            settings = self._hub.settings()
            collection = settings.collection(name)
            signing = self._hub.signing(settings)
            content = signing.publication(name)
            if content is None:
                raise UsageError(f"“{name}” was not published yet.", "Publish it: edge-copilot hub publish HUB_DIR")
            served = Publication.decode(content)
            older = [release for release in served.releases[:-1] if number in (None, release.number)]
            if not older:
                have = ", ".join(str(release.number) for release in served.releases[:-1]) or "none"
                raise UsageError(
                    f"“{name}” has no older generation {'' if number is None else number}".rstrip() + ".",
                    f"There are: {have}. How many are kept is keep_releases in hub.toml.",
                )
            manifest, bad = read_manifest(self._hub, older[-1]), read_manifest(self._hub, served.releases[-1])
            packer = Packer(self._hub, state, name, served, settings.pack_mb << 20)
            packed = packer.again(manifest.documents, manifest.packs)
            publication, delta_bytes = self._released(
                settings, state, served, name, packed, (), Order(note=note or f"as {older[-1].number}")
            )
            rollout = Rollout(
                stable=publication.releases[-1].number, cohorts=collection.cohorts, gates=collection.gates
            )
            publication = publication.model_copy(update={"rollout": rollout})
            signing.publish({name: publication.encode()})
            state.write_note(name, TAKEN_BACK, _contents(bad.documents))
            self._clean(settings, state, signing, [name])
            return _published(publication, packed, packer.latest, delta_bytes, is_new=True)

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

    def _prepare(
        self,
        settings: HubSettings,
        state: HubState,
        signing: SigningRepository,
        store: Store,
        name: str,
        canaries: Sequence[Canary],
        order: Order,
        left: list[Left],
    ) -> _Ready | None:
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
        taken_back = state.note(name, TAKEN_BACK)
        if served is not None and taken_back == _contents(packed.documents):
            left.append(
                Left(name, name, "Its sources still hold what was taken back; it is published once they change.")
            )
            return self._unchanged(settings, served, packed, packer, canaries)
        if served is not None and _alike(packer.latest.values(), packed.documents):
            return self._unchanged(settings, served, packed, packer, canaries)
        publication, delta_bytes = self._released(settings, state, served, name, packed, canaries, order)
        if taken_back is not None:
            state.write_note(name, TAKEN_BACK, None)
        return _Ready(publication, _published(publication, packed, packer.latest, delta_bytes, is_new=True))

    def _unchanged(
        self,
        settings: HubSettings,
        served: Publication,
        packed: Packed,
        packer: Packer,
        canaries: Sequence[Canary],
    ) -> _Ready:
        """Only what is said of the collection may differ: its label, canaries, cohorts, gates."""
        collection = settings.collections[served.collection]
        rollout = Rollout.model_validate(
            served.rollout.model_dump() | {"cohorts": collection.cohorts, "gates": collection.gates}
        )
        publication = served.model_copy(
            update={"access": collection.access, "canaries": tuple(canaries), "rollout": rollout}
        )
        return _Ready(publication, _published(publication, packed, packer.latest, 0, is_new=False))

    def _released(
        self,
        settings: HubSettings,
        state: HubState,
        served: Publication | None,
        name: str,
        packed: Packed,
        canaries: Sequence[Canary],
        order: Order,
    ) -> tuple[Publication, int]:
        collection, embedder = settings.collections[name], None
        if collection.kind == "documents":
            embedder = self._embedder
        last = int(state.note(name, "last number") or 0)
        number = max([last, *(release.number for release in served.releases)] if served else [last]) + 1
        composed = compose(
            self._hub,
            name,
            number,
            packed.documents,
            [use.entry for use in packed.packs],
            packed.dictionary,
            order.note,
            self._hub.now(),
        )
        same = served is not None and (served.embedder, served.kind) == (
            embedder.name if embedder else None,
            collection.kind,
        )
        if served is None or not same:
            # Older generations' vectors can't be compared with the new ones: there is no way back to them.
            releases: tuple[Release, ...] = (composed.release,)
            rollout = Rollout(stable=number, cohorts=collection.cohorts, gates=collection.gates)
        else:
            rollout = with_release(served, composed.release, collection.cohorts, collection.gates, order.cohort)
            releases = kept(served, composed.release, settings.keep_releases, rollout.stable)
        publication = Publication(
            collection=name,
            access=collection.access,
            kind=collection.kind,
            embedder=embedder.name if embedder else None,
            dimensions=embedder.dimensions if embedder else None,
            releases=releases,
            rollout=rollout,
            canaries=tuple(canaries),
        )
        return publication, composed.delta_bytes

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
        for publication in served:
            newest = str(publication.releases[-1].number)
            if state.note(publication.collection, "last number") != newest:
                state.write_note(publication.collection, "last number", newest)
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
                owner = f", whose owner is {source.owner}" if source.owner else ""
                yield f"The review of {source.location}{owner}, was due on {source.review_by}."


def _published(
    publication: Publication, packed: Packed, before: Mapping[str, DocumentEntry], delta_bytes: int, *, is_new: bool
) -> Published:
    old = dict(before)
    newest = publication.releases[-1]
    content = len(publication.encode())
    changed = sum(old.get(entry.path) != entry for entry in packed.documents) if is_new else 0
    removed = len(old.keys() - {entry.path for entry in packed.documents}) if is_new else 0
    total = sum(use.entry.size + use.entry.index_size for use in packed.packs) + newest.manifest.bytes + content
    total += packed.dictionary_bytes
    return Published(
        collection=publication.collection,
        number=newest.number,
        documents=newest.documents,
        changed=changed,
        removed=removed,
        new_bytes=packed.new_bytes + delta_bytes + content if is_new else 0,
        total_bytes=total,
        stage=publication.rollout.stage,
        is_new=is_new,
    )


def _alike(before: Iterable[DocumentEntry], after: Sequence[DocumentEntry]) -> bool:
    return sorted(before, key=lambda entry: entry.path) == sorted(after, key=lambda entry: entry.path)


def _contents(documents: Iterable[DocumentEntry]) -> str:
    digest = hashlib.sha256()
    for entry in sorted(documents, key=lambda entry: entry.path):
        digest.update(f"{entry.path}\0{entry.digest.hex()}\n".encode())
    return digest.hexdigest()
