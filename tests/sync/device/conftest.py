"""A device enrolled with a small hub over a real line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from index.embedding.base import Embedder
from index.search import Searcher
from index.store import Store
from sync.device.enrolment import Enrolment, enrol
from sync.device.fetching import Progress
from sync.device.generations import Generations
from sync.device.installing import Installer
from sync.device.link import open_link
from sync.device.places import Places
from sync.device.report import Report
from sync.device.syncing import Syncer
from tests.sync.device.servers import FolderServer, serving
from tests.sync.device.small_hub import SmallHub
from tests.sync.device.waiting import impatient

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@dataclass
class Device:
    """What a person would call a device: a data directory, an identity, an index."""

    data_dir: Path
    hub: str
    root_file: Path
    now: datetime = NOW
    embedder: Embedder | None = None
    installers: list[Installer] = field(default_factory=list)
    seen: list[Progress] = field(default_factory=list)
    free_bytes: Callable[[Path], int] | None = None
    fruitless: int = 4

    @property
    def places(self) -> Places:
        return Places.of(self.data_dir)

    def enrol(self, *collections: str, **options: object) -> Enrolment:
        return enrol(self.places, self.hub, self.root_file, self.now, collections=collections, **options)  # type: ignore[arg-type]

    def store(self) -> Store:
        return Store.open(self.data_dir / "index.db")

    def sync(self, hub: str | None = None) -> Report:
        if not self.places.enrolment.exists():
            self.enrol()
        self.seen.clear()
        with self.store() as store:
            return Syncer(
                self.places,
                Enrolment.read(self.places),
                store,
                Generations(store, self.places.files, self.embedder, lambda: self.now),
                lambda: open_link(hub or self.hub),
                self.installers,
                lambda: self.now,
                impatient(self.fruitless),
                self.seen.append,
                free_bytes=self.free_bytes,
            ).sync()

    def generations(self, store: Store) -> Generations:
        return Generations(store, self.places.files, self.embedder, lambda: self.now)

    def rollback(self, collection: str) -> tuple[int, int]:
        with self.store() as store:
            before, after = self.generations(store).rollback(collection)
        return before.number, after.number

    def found(self, query: str) -> list[str]:
        """Paths of the documents found."""
        with self.store() as store:
            return [passage.document for passage in Searcher(store, None).search(query).passages]

    def live(self, collection: str) -> int | None:
        with self.store() as store:
            live = self.generations(store).live(collection)
        return live.number if live else None

    @property
    def remarks(self) -> list[str]:
        return [progress.text for progress in self.seen if progress.stage == "remark"]


@pytest.fixture
def hub(tmp_path: Path) -> SmallHub:
    hub = SmallHub(tmp_path / "hub" / "public", now=NOW)
    hub.publish("presses", {"a.txt": "Brake: the brake releases at 24 V", "b.txt": "Valve: the valve opens"})
    return hub


@pytest.fixture
def server(hub: SmallHub) -> Iterator[FolderServer]:
    with serving(hub.public) as server:
        yield server


@pytest.fixture
def device(hub: SmallHub, server: FolderServer, tmp_path: Path) -> Device:
    return Device(tmp_path / "device", server.url, hub.root_file)
