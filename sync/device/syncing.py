"""One sync: what the hub published is verified, what changed is fetched, built, checked and switched to."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

from index.errors import EdgeCopilotError, NetworkError, PackError, ResourceError, SyncError, UsageError
from index.store import Store
from index.store.faults import files_translated
from index.store.files import write_atomically
from sync.device.enrolment import Enrolment
from sync.device.fetching import Fetcher, Progress
from sync.device.fetching.fetcher import Stopped, Watch
from sync.device.fetching.packs import prune_indexes
from sync.device.generations import Generations
from sync.device.installing import Installer, live_files
from sync.device.link import LineBroken, Link, Missing, Patience
from sync.device.link.folder import FolderLink
from sync.device.lock import syncing_alone
from sync.device.manifests import Manifests
from sync.device.places import Places
from sync.device.report import Outcome, Report
from sync.device.state import Failure, SyncState
from sync.device.updating import Updating
from sync.format import Manifest, Publication
from sync.trust.client import TrustedRepository, Verified
from sync.trust.clock import latest_time, trusted_time


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
        self._updating = Updating(places, enrolment, store, generations, self._patience, watch, self._stop_if_asked)
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
                outcome = self._updating.update(publication, fetcher)
            except (SyncError, UsageError, Missing) as error:
                faults.append(error)
                self._remark(f"{publication.collection}: {error.message}")
            else:
                report.outcomes.append(outcome)
                report.fetched_bytes += outcome.fetched_bytes
        self._remove_unwanted(offered, report)
        self._install_files()
        if report.changed:
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
            retake={name: number for name, number in state.retake.items() if name not in report.changed},
            synced_at=now,
            tried_at=self._clock(),
            failures=0,
            last_error=None,
            collection_synced_at=times,
        ).write(self._places)
