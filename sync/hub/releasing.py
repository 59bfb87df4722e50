"""From a collection's packed content to the publication that is to be signed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sync.format import Canary, DocumentEntry, Publication, Release, Rollout
from sync.format.publication import Stage
from sync.hub.folder import HubFolder
from sync.hub.packing import Packed
from sync.hub.releases import compose, kept
from sync.hub.report import Published
from sync.hub.rollout import with_release
from sync.hub.settings import HubSettings
from sync.hub.state import HubState

TAKEN_BACK = "taken back"
"""Note of a collection: the `contents` and `origins` of a generation that was reverted."""

_LAST_NUMBER = "last number"


@dataclass(frozen=True, slots=True)
class Vectors:
    """Whose vectors packs hold."""

    embedder: str
    dimensions: int


@dataclass(frozen=True, slots=True)
class Draft:
    """A collection that is to be signed, and what was done to it."""

    publication: Publication
    published: Published


@dataclass(frozen=True, slots=True)
class Drafting:
    """What drafts of one collection are made of.

    Attributes:
        hub: The hub.
        settings: Of the hub.
        state: What the hub remembers.
        name: Of the collection.
        served: What is served of it; None for nothing yet.
        before: The documents of its newest generation, by path.
    """

    hub: HubFolder
    settings: HubSettings
    state: HubState
    name: str
    served: Publication | None
    before: Mapping[str, DocumentEntry]

    def unchanged(self, packed: Packed, canaries: Sequence[Canary]) -> Draft:
        """No new generation; only what is said of the collection may differ: its label, canaries, cohorts, gates."""
        served, collection = self.served, self.settings.collections[self.name]
        assert served is not None, "nothing that is served can't be unchanged"
        rollout = Rollout.model_validate(
            served.rollout.model_dump() | {"cohorts": collection.cohorts, "gates": collection.gates}
        )
        publication = served.model_copy(
            update={"access": collection.access, "canaries": tuple(canaries), "rollout": rollout}
        )
        return Draft(publication, _published(publication, packed, self.before, 0, is_new=False))

    def released(
        self,
        packed: Packed,
        canaries: Sequence[Canary],
        vectors: Vectors | None,
        note: str = "",
        cohort: Stage | None = None,
    ) -> Draft:
        """A new generation, its manifest and patches written.

        Args:
            packed: Its content.
            canaries: That each device asks it.
            vectors: That the packs hold.
            note: What changed, for people.
            cohort: Where its rollout begins; None for the first cohort that there is, ``all`` for everybody.
        """
        served, collection = self.served, self.settings.collections[self.name]
        numbers = [int(self.state.note(self.name, _LAST_NUMBER) or 0)]
        numbers += [release.number for release in served.releases] if served else []
        number = max(numbers) + 1
        composed = compose(
            self.hub,
            self.name,
            number,
            packed.documents,
            [use.entry for use in packed.packs],
            packed.dictionary,
            note,
            self.hub.now(),
        )
        embedder = vectors.embedder if vectors else None
        if served is None or (served.embedder, served.kind) != (embedder, collection.kind):
            # Older generations' vectors can't be compared with the new ones: there is no way back to them.
            releases: tuple[Release, ...] = (composed.release,)
            rollout = Rollout(stable=number, cohorts=collection.cohorts, gates=collection.gates)
        else:
            rollout = with_release(served, composed.release, collection.cohorts, collection.gates, cohort)
            releases = kept(served, composed.release, self.settings.keep_releases, rollout.stable)
        publication = Publication(
            collection=self.name,
            access=collection.access,
            kind=collection.kind,
            embedder=embedder,
            dimensions=vectors.dimensions if vectors else None,
            releases=releases,
            rollout=rollout,
            canaries=tuple(canaries),
        )
        return Draft(publication, _published(publication, packed, self.before, composed.delta_bytes, is_new=True))


def note_numbers(state: HubState, served: Iterable[Publication]) -> None:
    """Remember the newest generations' numbers: they are never given again, even where a publication is lost."""
    for publication in served:
        newest = str(publication.releases[-1].number)
        if state.note(publication.collection, _LAST_NUMBER) != newest:
            state.write_note(publication.collection, _LAST_NUMBER, newest)


def contents(documents: Iterable[DocumentEntry]) -> str:
    """Return a digest of what a generation consists of."""
    return _digest((entry.path, entry.digest.hex()) for entry in documents)


def origins(sources: Iterable[tuple[str, str]]) -> str:
    """Return a digest of the files that a generation was made of, by path and SHA-256, however they were read."""
    return _digest(sources)


def _digest(pairs: Iterable[tuple[str, str]]) -> str:
    digest = hashlib.sha256()
    for path, what in sorted(pairs):
        digest.update(f"{path}\0{what}\n".encode())
    return digest.hexdigest()


def _published(
    publication: Publication, packed: Packed, before: Mapping[str, DocumentEntry], delta_bytes: int, *, is_new: bool
) -> Published:
    newest = publication.releases[-1]
    content = len(publication.encode())
    changed = sum(before.get(entry.path) != entry for entry in packed.documents) if is_new else 0
    removed = len(before.keys() - {entry.path for entry in packed.documents}) if is_new else 0
    packs = sum(use.entry.size + use.entry.index_size for use in packed.packs)
    return Published(
        collection=publication.collection,
        number=newest.number,
        documents=newest.documents,
        changed=changed,
        removed=removed,
        new_bytes=packed.new_bytes + delta_bytes + content if is_new else 0,
        total_bytes=packs + packed.dictionary_bytes + newest.manifest.bytes + content,
        stage=publication.rollout.stage,
        is_new=is_new,
    )
