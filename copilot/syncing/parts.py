"""Builds what a sync needs from the settings; the faces call this."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from copilot.syncing.conditions import conditions_now, rules_of
from copilot.syncing.installers import installers_of
from index.store import Store
from sync.device.enrolment import Enrolment
from sync.device.fetching import Progress
from sync.device.generations import Generations
from sync.device.link import Link, open_link
from sync.device.link.limiting import TokenBucket
from sync.device.link.opening import is_url
from sync.device.places import Places
from sync.device.report import Report
from sync.device.schedule import Interval
from sync.device.syncing import Syncer

if TYPE_CHECKING:
    from copilot.catalogue import Catalogue, ModelStore
    from copilot.settings import Settings
    from index.embedding.base import Embedder

_BITS: int = 1000 // 8  # bytes a second for each kilobit a second


def _unwatched(progress: Progress) -> None:
    pass


class Syncing:
    """Sync on this device.

    Args:
        settings: Of the data directory.
        catalogue, models: Made when a model is to be imported.
        clock: The time.
    """

    def __init__(
        self,
        settings: Settings,
        catalogue: Callable[[], Catalogue],
        models: Callable[[], ModelStore],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.settings = settings
        self.places = Places.of(settings.data_dir)
        self.clock = clock
        self._installers = installers_of(settings, catalogue, models)

    @property
    def interval(self) -> Interval:
        """How often `sync watch` syncs."""
        return Interval(every_s=self.settings.sync.every_minutes * 60, jitter=self.settings.sync.jitter)

    def enrolment(self) -> Enrolment:
        """Return who this device is.

        Raises:
            UsageError: It is not enrolled.
        """
        return Enrolment.read(self.places)

    def check_rules(self) -> None:
        """See whether a sync over a network is allowed now.

        Raises:
            SyncRefused: It is not.
        """
        if is_url(self.enrolment().hub):
            rules_of(self.settings.sync).check(conditions_now(self.settings.sync))

    def link(self, address: str | None = None) -> Link:
        """Open the way to the hub, or to a folder that holds what it published.

        Raises:
            UsageError, NetworkError: It can't be opened.
        """
        enrolment = self.enrolment()
        limit = self.settings.sync.limit_kbit_s
        bucket = TokenBucket(limit * _BITS if limit is not None else None)
        if address is not None:
            return open_link(address)
        return open_link(enrolment.hub, enrolment.token() if is_url(enrolment.hub) else None, bucket)

    @contextmanager
    def generations(self, embedder: Embedder | None = None) -> Iterator[tuple[Store, Generations]]:
        """Open the index for writing, with the generations in it."""
        with Store.open(self.settings.index_file, key=self.settings.index.read_key()) as store:
            yield store, Generations(store, self.places.files, embedder, self.clock)

    @contextmanager
    def syncer(
        self,
        embedder: Embedder | None = None,
        watch: Callable[[Progress], None] = _unwatched,
        cancel: threading.Event | None = None,
        address: str | None = None,
    ) -> Iterator[Syncer]:
        """Build what syncs.

        Args:
            embedder: For canary questions.
            watch: Told of the progress.
            cancel: Set from outside to stop.
            address: In place of the hub's.
        """
        enrolment = self.enrolment()
        with self.generations(embedder) as (store, generations):
            yield Syncer(
                self.places,
                enrolment,
                store,
                generations,
                lambda: self.link(address),
                self._installers,
                self.clock,
                watch=watch,
                cancel=cancel,
            )

    def sync(
        self,
        embedder: Embedder | None = None,
        watch: Callable[[Progress], None] = _unwatched,
        cancel: threading.Event | None = None,
        address: str | None = None,
    ) -> Report:
        """Sync once; see `Syncer.sync`, also for what it raises."""
        with self.syncer(embedder, watch, cancel, address) as syncer:
            return syncer.sync()

    def settle(self, tell: Callable[[str], None]) -> None:
        """Put the files of live generations into place, as after a rollback."""
        from sync.device.installing import live_files

        with self.generations() as (store, generations):
            files = live_files(generations, self.places, store, tell)
        for installer in self._installers:
            installer.install(files, tell)
