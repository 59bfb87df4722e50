"""One sync: what the hub published is verified, what changed is fetched, built, checked and switched to."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from index.errors import EdgeCopilotError, NetworkError, PackError, ResourceError, SyncError, UsageError
from index.store import Store, reading
from index.store.faults import files_translated
from index.store.files import write_atomically
from sync.device.choosing import chosen_release
from sync.device.enrolment import Enrolment
from sync.device.fetching import Fetcher, PackSource, Progress
from sync.device.fetching.fetcher import Stopped, Watch
from sync.device.fetching.packs import prune_indexes
from sync.device.generations import Building, Checked, Generation, Generations
from sync.device.generations.checking import CanariesMissed
from sync.device.installing import Installer, live_files
from sync.device.link import LineBroken, Link, Missing, Patience
from sync.device.link.folder import FolderLink
from sync.device.lock import syncing_alone
from sync.device.manifests import Manifests
from sync.device.places import Places
from sync.device.state import Failure, SyncState, Trial
from sync.format import Manifest, Publication, Release
from sync.trust.client import TrustedRepository, Verified
from sync.trust.clock import latest_time, trusted_time

_UNPACKED: Final = 4
"""Bytes of index for each byte of pack: text, vectors and words of a section, measured on manuals."""


_MISSED: Final = "test questions did not find what they should"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one collection.

    Attributes:
        generation, previous: Numbers after and before; ``generation`` is None where the collection was removed.
        note: Why nothing was changed although the hub has something else, or that it is gone.
    """

    collection: str
    generation: int | None
    previous: int | None
    changed_documents: int = 0
    removed_documents: int = 0
    fetched_bytes: int = 0
    note: str = ""


@dataclass(slots=True)
class Report:
    """What a sync came to.

    Attributes:
        fetched_bytes: All that came over the line, metadata included.
        took_s: Wall time.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    fetched_bytes: int = 0
    took_s: float = 0.0


class Syncer:
    """Syncs a device with its hub.

    Args:
        places: Of the data directory.
        enrolment: Of the device.
        store: The index, open for writing.
        generations: Builds, checks and switches.
        installers: Put the files of live generations where the program looks for them.
        open_link: Opens the way to the hub.
        clock: The time, with a time zone.
        patience: When a line counts as dead.
        watch: Told of the progress.
        cancel: Set from outside to stop.
        free_bytes: Asks for the room on a folder's disk; default: the system's answer.
    """

    def __init__(
        self,
        places: Places,
        enrolment: Enrolment,
        store: Store,
        generations: Generations,
        open_link: Callable[[], Link],
        installers: Sequence[Installer] = (),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        patience: Patience | None = None,
        watch: Watch = lambda progress: None,
        cancel: threading.Event | None = None,
        free_bytes: Callable[[Path], int] | None = None,
    ) -> None:
        self._places, self._enrolment, self._store = places, enrolment, store
        self._generations, self._installers = generations, installers
        self._open_link, self._clock, self._watch, self._cancel = open_link, clock, watch, cancel
        self._patience = patience or Patience()
        self._free_bytes = free_bytes
        self._judged = clock()

    def sync(self) -> Report:
        """Bring every collection that the device wants to the generation that the hub means for it.

        A collection that can't be brought up to date doesn't keep the others from it; its error is raised at the end.

        Raises:
            TrustError: What the hub serves is not genuine, has expired, or is older than what was seen.
            PackError: A collection is damaged.
            NetworkError: The hub can't be reached.
            DiskFull: No room; nothing was changed.
            SyncError: Another process syncs, or a generation failed its checks.
        """
        begun = time.monotonic()
        with syncing_alone(self._places):
            report = Report()
            try:
                with files_translated(self._places.state):
                    link = self._open_link()
                    try:
                        self._sync(link, report)
                    finally:
                        link.close()
            except (LineBroken, Missing) as error:
                # Which of the two it was mattered to the link; whoever called wants to know that it is the network.
                told = NetworkError(error.message, error.remedy)
                self._note_failure(told)
                raise told from error
            except EdgeCopilotError as error:
                self._note_failure(error)
                raise
            self._note_success(report)
            report.took_s = round(time.monotonic() - begun, 3)
            return report

    def offers(self) -> list[Publication]:
        """Return what the hub offers, verified; changes nothing on the device but what it believes of the hub.

        Raises:
            TrustError, PackError, NetworkError: As `sync`.
        """
        with syncing_alone(self._places):
            link = self._open_link()
            try:
                with self._verified(link) as found:
                    return [
                        publication
                        for offer in found.offers
                        if (publication := self._publication(found, offer.collection)) is not None
                    ]
            finally:
                link.close()

    def _sync(self, link: Link, report: Report) -> None:
        self._watch(Progress("checking"))
        self._stop_if_asked()
        faults: list[EdgeCopilotError] = []
        publications: list[Publication] = []
        offered: set[str] = set()
        with self._verified(link) as found:
            for offer in found.offers:
                offered.add(offer.collection)
                if not self._enrolment.wants(offer.collection):
                    continue
                try:
                    publication = self._publication(found, offer.collection)
                except Missing as error:
                    if isinstance(link, FolderLink):  # a stick needn't hold everything
                        self._remark(f"{offer.collection} is not in {link.address}: it stays as it is.")
                    else:
                        faults.append(error)
                except (SyncError, UsageError) as error:
                    faults.append(error)
                else:
                    if publication is None:
                        self._remark(f"{offer.collection} has not been published yet.")
                    else:
                        publications.append(publication)
            report.fetched_bytes += found.fetched_bytes
            self._learn_time(found, publications)
        self._complain_about_absent(offered)
        fetcher = self._fetcher(link)
        for publication in publications:
            self._stop_if_asked()
            try:
                outcome = self._collection(publication, fetcher)
            except (SyncError, UsageError, Missing) as error:
                faults.append(error)
                self._remark(f"{publication.collection}: {error.message}")
            else:
                report.outcomes.append(outcome)
                report.fetched_bytes += outcome.fetched_bytes
        self._remove_unwanted(offered, report)
        self._install_files()
        if _changed(report):
            prune_indexes(self._places.indexes, self._kept_manifests(fetcher))
        if not faults:
            fetcher.tidy(())
        else:
            raise faults[0]

    def _verified(self, link: Link) -> AbstractContextManager[Verified]:
        state = SyncState.read(self._places)
        time_ = trusted_time(self._clock(), state.latest_time)
        if time_.warning:
            self._remark(time_.warning)
        self._judged = time_.now
        root = self._enrolment.pinned_root(self._places)
        return TrustedRepository(self._places.trust, root, time_).verified(link, self._patience)

    def _publication(self, found: Verified, collection: str) -> Publication | None:
        kept = self._places.publications / f"{collection}.json"
        cached = kept.read_bytes() if kept.is_file() else b""
        raw = found.publication(collection, cached)
        if raw is None:
            return None
        publication = Publication.decode(raw)
        if publication.collection != collection:
            raise PackError(
                f"The publication of {collection} says that it is that of {publication.collection}.",
                "Tell whoever keeps the hub.",
            )
        if raw != cached:
            self._places.publications.mkdir(parents=True, exist_ok=True)
            write_atomically(kept, raw.decode("utf-8"), durable=False)
        return publication

    def _learn_time(self, found: Verified, publications: Sequence[Publication]) -> None:
        published = [release.published_at for publication in publications for release in publication.releases]
        state = SyncState.read(self._places)
        latest = latest_time(state.latest_time, self._judged, published, found.expires)
        state.with_(latest_time=latest).write(self._places)

    def _collection(self, publication: Publication, fetcher: Fetcher) -> Outcome:
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

    def _remove_unwanted(self, offered: set[str], report: Report) -> None:
        """Remove what the hub took back, and what this device no longer wants."""
        for live in self._generations.all():
            name = live.collection
            if live.state != "live" or (name in offered and self._enrolment.wants(name)):
                continue
            note = "this device doesn't want it any more" if name in offered else "the hub has taken it back"
            removed = self._generations.drop(name)
            (self._places.publications / f"{name}.json").unlink(missing_ok=True)
            self._remark(f"{name} was removed: {note}.")
            report.outcomes.append(Outcome(name, None, live.number, removed_documents=removed, note=note))

    def _complain_about_absent(self, offered: set[str]) -> None:
        for collection in self._enrolment.collections or ():
            if collection not in offered:
                self._remark(f"The hub has no collection “{collection}”.")

    def _install_files(self) -> None:
        """Put files into place; asked at every sync, so that a kill after a switch is mended by the next."""
        files = live_files(self._generations, self._places, self._store, self._remark)
        for installer in self._installers:
            installer.install(files, self._remark)

    def _kept_manifests(self, fetcher: Fetcher) -> Iterator[Manifest]:
        manifests = Manifests(self._places.manifests, fetcher)
        for one in self._generations.all():
            if (manifest := manifests.kept(one.collection, one.manifest)) is not None:
                yield manifest

    def _fetcher(self, link: Link) -> Fetcher:
        free_bytes = self._free_bytes or (lambda folder: shutil.disk_usage(folder).free)
        return Fetcher(link, self._places.partial, self._patience, self._watch, self._cancel, free_bytes)

    def _remark(self, text: str) -> None:
        self._watch(Progress("remark", text=text))

    def _stop_if_asked(self) -> None:
        if self._cancel is not None and self._cancel.is_set():
            raise Stopped("Stopped.", "What has arrived is kept: the next sync goes on from there.")

    def _note_failure(self, error: EdgeCopilotError) -> None:
        state = SyncState.read(self._places)
        failure = Failure(kind=type(error).__name__, message=error.message, remedy=error.remedy)
        if isinstance(error, Stopped):
            return
        try:
            state.with_(tried_at=self._clock(), failures=state.failures + 1, last_error=failure).write(self._places)
        except OSError:
            if not isinstance(error, NetworkError | ResourceError):
                raise

    def _note_success(self, report: Report) -> None:
        state, now = SyncState.read(self._places), self._judged
        times = dict(state.collection_synced_at)
        for outcome in report.outcomes:
            if outcome.generation is None:
                times.pop(outcome.collection, None)
            else:
                times[outcome.collection] = now
        state.with_(
            retake={name: number for name, number in state.retake.items() if name not in _changed(report)},
            synced_at=now,
            tried_at=self._clock(),
            failures=0,
            last_error=None,
            collection_synced_at=times,
        ).write(self._places)


def _needed_bytes(publication: Publication, manifest: Manifest, older: Sequence[Manifest], fresh_bytes: int) -> int:
    """Say about how much room a generation takes while it is built, beyond what is here."""
    if publication.kind == "documents":
        return fresh_bytes * (1 + _UNPACKED)
    here = {entry.digest for one in older for entry in one.documents}
    return fresh_bytes + sum(entry.size for entry in manifest.documents if entry.digest not in here)


def _changed(report: Report) -> set[str]:
    return {outcome.collection for outcome in report.outcomes if outcome.generation != outcome.previous}
