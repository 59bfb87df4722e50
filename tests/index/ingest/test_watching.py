"""What changes on the disk changes in the index, until told to stop."""

from __future__ import annotations

import queue
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from index.errors import StoreBusy, UnreadableFile
from index.ingest import Ingestor, IngestReport
from index.ingest.watching import follow
from index.store import Store
from tests.index.ingest.helpers import manual, names, texts, write

PATIENCE_S = 30  # for a change to be noticed; only a failing test waits that long


@contextmanager
def watching(ingestor: Ingestor, *paths: Path) -> Iterator[queue.Queue[IngestReport | StoreBusy]]:
    reports: queue.Queue[IngestReport | StoreBusy] = queue.Queue()
    stop = threading.Event()

    def run() -> None:
        for report in follow(paths, lambda: ingestor.run(paths, prune=True), stop):
            reports.put(report)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield reports
    finally:
        stop.set()
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


def next_change(reports: queue.Queue[IngestReport | StoreBusy]) -> IngestReport:
    """The next pass that did something; a change may be noticed in pieces."""
    while True:
        report = reports.get(timeout=PATIENCE_S)
        assert isinstance(report, IngestReport)
        if report.documents or report.removed:
            return report


def test_files_that_come_change_and_go_are_followed(docs: Path, store: Store, ingestor: Ingestor) -> None:
    first = write(docs / "a.md", manual("pump"))
    with watching(ingestor, docs) as reports:
        assert next_change(reports).documents == 1

        write(docs / "sub" / "b.md", manual("valve"))
        next_change(reports)
        assert sorted(names(store)) == ["a.md", "b.md"]

        fresh = write(docs / ".saving", manual("motor", sections=1))
        fresh.replace(first)  # how editors save
        next_change(reports)
        assert "motor" in texts(store)[str(first)]

        shutil.rmtree(docs / "sub")
        assert next_change(reports).removed == 1
        assert names(store) == ["a.md"]


def test_a_single_file_is_followed_though_it_is_replaced(docs: Path, store: Store, ingestor: Ingestor) -> None:
    file = write(docs / "a.md", manual("pump"))
    write(docs / "beside.md", manual("belt"))
    with watching(ingestor, file) as reports:
        next_change(reports)
        write(docs / ".saving", manual("motor", sections=1)).replace(file)
        next_change(reports)

    assert names(store) == ["a.md"]
    assert "motor" in texts(store)[str(file)]


def test_while_another_writes_it_waits_and_tries_again(docs: Path) -> None:
    write(docs / "a.md", manual("pump"))
    stop = threading.Event()
    outcomes: list[IngestReport | StoreBusy] = [
        StoreBusy("Someone is writing."),
        IngestReport(1, 1, 0, 0, (), 0.1),
    ]

    def ingest() -> IngestReport:
        outcome = outcomes.pop(0)
        if isinstance(outcome, StoreBusy):
            raise outcome
        return outcome

    seen = []
    for outcome in follow([docs], ingest, stop, retry_s=0.01):
        seen.append(type(outcome))
        if not outcomes:
            stop.set()

    assert seen == [StoreBusy, IngestReport]


def test_watching_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="None of the folders"):
        list(follow([tmp_path / "no" / "thing"], lambda: pytest.fail("ingested"), threading.Event()))
