"""One collection brought up to date: what is missing fetched, the next generation built, checked and switched to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from index.errors import PackError
from index.store import Store, reading
from sync.device.choosing import chosen_release
from sync.device.enrolment import Enrolment
from sync.device.fetching import Fetcher, PackSource, Progress
from sync.device.fetching.fetcher import Watch
from sync.device.generations import Building, Checked, Generation, Generations
from sync.device.generations.checking import CanariesMissed
from sync.device.link import Patience
from sync.device.manifests import Manifests
from sync.device.places import Places
from sync.device.report import Outcome
from sync.device.state import SyncState, Trial
from sync.format import Manifest, Publication, Release

_UNPACKED: Final = 4
"""Bytes of index for each byte of pack: text, vectors and words of a section, measured on manuals."""

_MISSED: Final = "test questions did not find what they should"


class Updating:
    """Brings collections up to date.

    Args:
        places: Of the data directory.
        enrolment: Of the device.
        store: The index, open for writing.
        generations: Builds, checks and switches.
        patience: When a line counts as dead.
        watch: Told of the progress.
        stop_if_asked: Raises where somebody wants it to stop.
    """

    def __init__(
        self,
        places: Places,
        enrolment: Enrolment,
        store: Store,
        generations: Generations,
        patience: Patience,
        watch: Watch,
        stop_if_asked: Callable[[], None],
    ) -> None:
        self._places, self._enrolment, self._store, self._generations = places, enrolment, store, generations
        self._patience, self._watch, self._stop_if_asked = patience, watch, stop_if_asked

    def update(self, publication: Publication, fetcher: Fetcher) -> Outcome:
        """Bring a collection to the generation that its publication means for this device.

        Raises:
            PackError, UsageError, NetworkError, DiskFull, StoreError: What was live goes on answering.
        """
        name = publication.collection
        release = chosen_release(publication, self._enrolment.device_id, self._enrolment.tags)
        live = self._generations.live(name)
        if live is not None and (reason := self._why_not(live, release)) is not None:
            self._relabel(publication, live)
            if reason:
                self._remark(f"{name}: {reason}")
            return Outcome(name, live.number, live.number, note=reason)
        before = fetcher.fetched_bytes
        fetcher.begin(name)
        manifests = Manifests(self._places.manifests, fetcher)
        manifest = manifests.get(publication, release)
        older = [m for one in self._generations.all(name) if (m := manifests.kept(name, one.manifest)) is not None]
        known = {pack.digest for kept in older if kept != manifest for pack in kept.packs}
        source = PackSource(fetcher, manifest, self._places.indexes, known, self._patience)
        fetcher.require_room(_needed_bytes(publication, manifest, older, source.fresh_bytes))
        building = self._generations.stage(publication, release, manifest, source, self._building(name))
        self._watch(Progress("testing", name))
        # They were written for the newest generation. An older one must stay within reach when that is taken back.
        canaries = publication.canaries if release == publication.releases[-1] else ()
        try:
            checked = self._generations.check(building, manifest, canaries)
        except CanariesMissed as error:
            passed = error.asked - error.missed
            self._note_trial(name, Trial(generation=release.number, asked=error.asked, passed=passed, refused=_MISSED))
            raise PackError(error.message, error.remedy) from error
        for question in checked.untested:
            self._remark(f"{name}: “{question}” could not be tested for want of the embedding model.")
        self._watch(Progress("switching", name))
        switched = self._generations.switch(checked, publication.access)
        tested = checked.canaries - len(checked.untested)
        self._note_trial(name, Trial(generation=release.number, asked=tested, passed=tested))
        source.close()
        self._generations.collect()
        manifests.prune(name, {one.manifest for one in self._generations.all(name)})
        return Outcome(
            name,
            release.number,
            live.number if live else None,
            switched.changed,
            switched.removed,
            fetcher.fetched_bytes - before,
        )

    def _note_trial(self, collection: str, trial: Trial) -> None:
        state = SyncState.read(self._places)
        state.with_(trials={**state.trials, collection: trial}).write(self._places)

    def _building(self, collection: str) -> Callable[[Building], None]:
        def tell(building: Building) -> None:
            self._stop_if_asked()
            self._watch(Progress("building", collection, building.documents_done, building.documents_total))

        return tell

    def _why_not(self, live: Generation, release: Release) -> str | None:
        """Say why the live generation stays; empty where it is the right one, None where it doesn't stay."""
        name = live.collection
        if live.manifest == release.manifest.sha256:
            return ""
        if live.pinned:
            return f"it is pinned at generation {live.number}; the hub has {release.number}."
        back = max((one.number for one in self._generations.all(name) if one.rolled_back_at is not None), default=0)
        if live.number < release.number <= back and SyncState.read(self._places).retake.get(name, 0) < back:
            return (
                f"this device went back from generation {back} and waits for a later one. To take it again: "
                f"edge-copilot sync unpin {name}"
            )
        return None

    def _relabel(self, publication: Publication, live: Generation) -> None:
        """Take over an access label that changed without a new generation; also where the collection is pinned."""
        name = publication.collection
        with self._store.reader() as connection:
            label = next((one.access for one in reading.collections(connection) if one.name == name), None)
        if label != publication.access:
            # To the generation that is live already: nothing but the label changes.
            self._generations.switch(Checked(live.id, 0, 0), publication.access)
            self._remark(f"{name} is {publication.access.value} now.")

    def _remark(self, text: str) -> None:
        self._watch(Progress("remark", text=text))


def _needed_bytes(publication: Publication, manifest: Manifest, older: Sequence[Manifest], fresh_bytes: int) -> int:
    """Say about how much room a generation takes while it is built, beyond what is here."""
    if publication.kind == "documents":
        return fresh_bytes * (1 + _UNPACKED)
    here = {entry.digest for one in older for entry in one.documents}
    return fresh_bytes + sum(entry.size for entry in manifest.documents if entry.digest not in here)
