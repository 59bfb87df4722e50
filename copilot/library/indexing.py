"""Putting documents into the index of these settings, whatever state it is in."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from copilot.settings import Settings
from index.documents import AccessLabel
from index.embedding.base import Embedder
from index.errors import StoreBusy, StoreCorrupt
from index.ingest import Ingestor, IngestReport
from index.ingest.ingestor import ProgressCallback
from index.ingest.rebuilding import rebuild
from index.ingest.watching import follow
from index.loaders import LoadLimits
from index.store import Store


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be ingested, and how; the fields mean what the arguments of `Ingestor.run` do."""

    paths: tuple[Path, ...]
    collection: str = "default"
    access: AccessLabel | None = None
    prune: bool = False


class Indexing:
    """Ingests, and rebuilds an index that is found to be damaged.

    Args:
        settings: Say where the index is and what may go in.
        embedder: Makes the vectors; None leaves them to a later ingest.

    Attributes:
        notices: What a person should know beside the reports.
    """

    def __init__(self, settings: Settings, embedder: Embedder | None) -> None:
        self._path = settings.index_file
        self._key = settings.index.read_key()
        self._limits = load_limits(settings)
        self._embedder = embedder
        self.notices: list[str] = []

    def run(self, order: Order, progress: ProgressCallback | None = None) -> IngestReport:
        """Ingest; a damaged index is set aside and made anew from all of its sources first.

        Raises:
            EdgeCopilotError: As `Ingestor.run` and `Store.open`.
        """
        try:
            return self._ingest(order, progress)
        except StoreCorrupt:
            first = self.rebuild(progress)
            second = self._ingest(order, progress)
        return replace(
            second,
            documents=first.documents + second.documents,
            chunks=first.chunks + second.chunks,
            unchanged=max(0, second.unchanged - first.documents),
            skipped=tuple(dict.fromkeys(first.skipped + second.skipped)),
            notices=first.notices + second.notices,
            took_s=first.took_s + second.took_s,
        )

    def rebuild(self, progress: ProgressCallback | None = None) -> IngestReport:
        """Make a damaged index anew; one that is whole only gets what it lacks of its sources.

        Raises:
            StoreError: Nothing says what it was made of.
        """
        aside, report = rebuild(self._path, self._key, self._ingestor, progress)
        if aside is not None:
            self.notices.append(
                f"The index was damaged. It is kept as {aside}, and the documents that are still there were read again."
            )
        return report

    def watch(
        self, order: Order, stop: threading.Event, progress: ProgressCallback | None = None
    ) -> Iterator[IngestReport | StoreBusy]:
        """Ingest now and after each change, until ``stop`` is set; see `index.ingest.watching.follow`."""
        yield from follow(order.paths, lambda: self.run(order, progress), stop)

    def _ingest(self, order: Order, progress: ProgressCallback | None) -> IngestReport:
        with Store.open(self._path, key=self._key) as store:
            return self._ingestor(store).run(order.paths, order.collection, order.access, order.prune, progress)

    def _ingestor(self, store: Store) -> Ingestor:
        return Ingestor(store, self._embedder, self._limits)


def load_limits(settings: Settings) -> LoadLimits:
    """Return the bounds for reading one file that the settings ask for."""
    index = settings.index
    return LoadLimits(
        file_bytes=index.max_file_mb << 20,
        unpacked_bytes=index.max_unpacked_mb << 20,
        pages=index.max_pages,
        ocr=index.ocr,
    )


def order_of(
    paths: Sequence[Path], collection: str = "default", access: str | None = None, prune: bool = False
) -> Order:
    """Make an order of what a person typed."""
    return Order(tuple(paths), collection, AccessLabel(access) if access is not None else None, prune)
