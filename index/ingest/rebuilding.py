"""A damaged index: set aside, and made anew from the sources that are still there."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from index.errors import StoreCorrupt, StoreError
from index.ingest.ingestor import Ingestor, ProgressCallback
from index.ingest.report import IngestReport, Notice, Skipped
from index.store import Store, writing
from index.store.faults import files_translated
from index.store.files import sync_folder
from index.store.lock import WriterLock
from index.store.sources import Sources

# The WAL goes first: were the index moved and its WAL left behind, SQLite would take it for the new index's.
_PARTS: Final = ("-wal", "-shm", "-journal", "")


def set_aside(store_file: Path) -> Path | None:
    """Move an index file that can't be used, with its WAL, to ``index.db.corrupt-<time>``; nothing is deleted.

    Returns:
        Where it is now; None where there was none.

    Raises:
        StoreBusy: Another process is writing to it.
        ReadOnlyData, DiskFull: It can't be moved.
    """
    store_file = store_file.absolute()
    with WriterLock(store_file).held("setting the damaged index aside"), files_translated(store_file):
        if not store_file.exists():
            return None
        stem = f"{store_file.name}.corrupt-{datetime.now().astimezone():%Y%m%d-%H%M%S}"
        aside, tries = store_file.with_name(stem), 1
        while aside.exists():
            tries += 1
            aside = store_file.with_name(f"{stem}-{tries}")
        for part in _PARTS:
            moved = store_file.with_name(store_file.name + part)
            if moved.exists():
                moved.replace(aside.with_name(aside.name + part))
        sync_folder(store_file.parent)
        return aside


def ingest_sources(
    store: Store, ingestor: Ingestor, sources: Sources, progress: ProgressCallback | None = None
) -> IngestReport:
    """Ingest what a list of sources names, each into its collection under its label.

    What is no longer there is told as skipped and stays on the list; documents that a person had removed stay out.

    Args:
        store: The one that ``ingestor`` writes to.
        ingestor: Does the work.
        sources: As read before the new index was made.
        progress: As in `Ingestor.run`.

    Raises:
        StoreBusy, DiskFull, ReadOnlyData: As `Ingestor.run`; what was done is kept.
    """
    began = time.monotonic()
    with store.transaction() as connection:
        for name, access in sources.collections.items():
            writing.ensure_collection(connection, name, access)
    reports = []
    for name in dict.fromkeys(source.collection for source in sources.sources):
        roots = [Path(source.path) for source in sources.sources if source.collection == name]
        removed = [gone.path for gone in sources.removed if gone.collection == name]
        reports.append(ingestor.run(roots, name, sources.collections.get(name), progress=progress, exclude=removed))
    return _together(reports, time.monotonic() - began)


def rebuild(
    store_file: Path,
    key: str | None,
    ingestor: Callable[[Store], Ingestor],
    progress: ProgressCallback | None = None,
) -> tuple[Path | None, IngestReport]:
    """Set a damaged index aside, make a new one, and fill it from its sources.

    An index without a fault stays where it is and only gets what it lacks: that is how a rebuild goes on that was
    stopped half-way.

    Args:
        store_file: The index.
        key: Encrypts the new one; the old one's, where that is still wanted.
        ingestor: Makes what fills it.
        progress: As in `Ingestor.run`.

    Returns:
        Where the damaged index is now, None where it was whole; and what was ingested.

    Raises:
        WrongKey, StoreTooNew: It may well be whole, and is left alone.
        StoreError: There is no list of sources, so nothing could be read again; the index is where it was.
    """
    sources = Sources.read(store_file)
    if sources is None:
        raise StoreError(
            "The list of what was ingested is missing beside the index, so it can't be read again by itself.",
            "Move the index file away, then ingest your documents by their paths.",
        )
    aside = None if _is_whole(store_file, key) else set_aside(store_file)
    with Store.open(store_file, key=key) as store:
        return aside, ingest_sources(store, ingestor(store), sources, progress)


def _is_whole(store_file: Path, key: str | None) -> bool:
    try:
        with Store.open(store_file, key=key) as store:
            return not store.check()
    except StoreCorrupt:
        return False


def _together(reports: list[IngestReport], took_s: float) -> IngestReport:
    skipped: list[Skipped] = [entry for report in reports for entry in report.skipped]
    notices: list[Notice] = [notice for report in reports for notice in report.notices]
    return IngestReport(
        documents=sum(report.documents for report in reports),
        chunks=sum(report.chunks for report in reports),
        unchanged=sum(report.unchanged for report in reports),
        removed=0,
        skipped=tuple(skipped),
        took_s=took_s,
        embedded=sum(report.embedded for report in reports),
        ignored=sum(report.ignored for report in reports),
        notices=tuple(notices),
    )
