"""Questions while generations change, at 100,000 chunks: does any fail, see two generations, or wait for long?

    python -m bench.sync_switch [--documents 10000] [--questions 1000] [--switches 20] [--folder DOCUMENTS] [--work DIR]

Two generations that differ in 1% of the sections are on the device; it goes to the newer and back again and again, the
way back by rollback, while one thread asks. Questions are the beginnings of sections that differ, so that both editions
of a section compete for the first places. An answer is a mix where no one generation has all of its passages.

Times are told twice: as they passed, and as the processor's time of the thread, which other programs on the machine
change less. With ``--work`` the device is kept there, and used again where it is.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, sleep, thread_time

from bench.sync_collection import COLLECTION, Publisher, Writer, chosen, device, some, table, update
from copilot.evaluation.metrics import percentiles
from index.search import Searcher
from index.store import Store
from sync.device.generations import Checked, Generations
from sync.format import decode_section
from tests.index.hashing_embedder import HashingEmbedder

CHANGED = 0.01


@dataclass(frozen=True)
class Span:
    """What one thing took: begin and end in seconds, and the processor's time of its thread."""

    begin: float
    end: float
    cpu_s: float

    @property
    def wall_s(self) -> float:
        return self.end - self.begin


@dataclass
class Asked:
    """What the questions came to.

    Attributes:
        spans: Of each.
        failed: What went wrong.
        mixed: How many answers no one generation can have given.
        editions: How many answers only the older, only the newer, either generation can have given.
    """

    spans: list[Span] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    mixed: int = 0
    editions: dict[str, int] = field(default_factory=lambda: {"older": 0, "newer": 0, "either": 0})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--questions", type=int, default=1_000)
    parser.add_argument("--switches", type=int, default=20)
    parser.add_argument("--folder", type=Path, default=Path("examples/manuals"), help="whose sentences are used")
    parser.add_argument("--work", type=Path, help="keep the device here")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.work or Path(temporary)
        writer = Writer(asked.folder)
        if not (folder / "index.db").exists():
            build(folder, writer, asked.documents)
        bodies = [
            chunk.body
            for document, number in chosen(CHANGED, asked.documents)
            for chunk in decode_section(writer.section(document, number, 1)).chunks
        ]
        print(run(folder, bodies, asked.questions, asked.switches))


def build(folder: Path, writer: Writer, documents: int) -> None:
    """Make a device that has both generations, the newer one live."""
    publisher = Publisher(writer, documents)
    older = publisher.publish(lambda document, number: 0)
    newer = publisher.publish(some(CHANGED, documents))
    with device(folder) as store:
        generations = Generations(store, folder / "files")
        for one in (older, newer):
            generations.switch(update(generations, one, publisher.packs))
        store.checkpoint()


def run(folder: Path, bodies: Sequence[str], questions: int, switches: int) -> str:
    with device(folder) as store:
        generations = Generations(store, folder / "files")
        newer = max(generations.all(COLLECTION), key=lambda one: one.number)
        searcher = Searcher(store, HashingEmbedder())
        searcher.warm()
        quiet = Asked()
        for measured in (Asked(), quiet):
            ask(store, searcher, bodies, questions // 8, measured)

        busy, changes = Asked(), list[tuple[str, Span]]()
        asker = threading.Thread(target=ask, args=(store, searcher, bodies, questions, busy))
        asker.start()
        every_s = 0.8 * questions * sum(span.wall_s for span in quiet.spans) / len(quiet.spans) / switches
        for turn in range(switches):
            sleep(every_s)
            begin, cpu = perf_counter(), thread_time()
            if turn % 2 == 0:
                generations.rollback(COLLECTION)
            else:
                generations.switch(Checked(newer.id, 0, 0))
            changes.append(
                ("rollback" if turn % 2 == 0 else "switch", Span(begin, perf_counter(), thread_time() - cpu))
            )
        asker.join()
        with store.reader() as connection:
            counts = [
                connection.execute(query).get
                for query in (
                    "SELECT count(*) FROM documents WHERE NOT hidden",
                    "SELECT count(*) FROM chunks WHERE document_id IN (SELECT id FROM documents WHERE NOT hidden)",
                    "SELECT count(*) FROM chunks",
                )
            ]
    return report([int(count) for count in counts], quiet, busy, changes)


def ask(store: Store, searcher: Searcher, bodies: Sequence[str], questions: int, asked: Asked) -> None:
    dice = random.Random(4)
    holders: dict[int, set[int]] = {}
    for _ in range(questions):
        question = dice.choice(bodies)[:80]
        begin, cpu = perf_counter(), thread_time()
        try:
            passages = searcher.search(question, 5).passages
        except Exception as error:
            asked.failed.append(repr(error))
            continue
        asked.spans.append(Span(begin, perf_counter(), thread_time() - cpu))
        common = set.intersection(*(generations_of(store, id_, holders) for p in passages for id_ in p.chunk_ids))
        asked.mixed += not common
        asked.editions["either" if len(common) == 2 else "older" if common == {1} else "newer"] += bool(common)


def generations_of(store: Store, chunk_id: int, known: dict[int, set[int]]) -> set[int]:
    """Numbers of the generations that have a chunk."""
    if chunk_id not in known:
        with store.reader() as connection:
            found = connection.execute(
                "SELECT g.number FROM chunks k JOIN generation_documents m ON m.document_id = k.document_id"
                " JOIN generations g ON g.id = m.generation_id WHERE k.id = ?",
                (chunk_id,),
            )
            known[chunk_id] = {int(str(row[0])) for row in found}
    return known[chunk_id]


def report(counts: Sequence[int], quiet: Asked, busy: Asked, changes: Sequence[tuple[str, Span]]) -> str:
    # What a switch can delay: questions that overlap with it, and the first that begins after it.
    touched: list[Span] = []
    for _, change in changes:
        touched += [span for span in busy.spans if span.begin <= change.end and span.end >= change.begin]
        touched += [span for span in busy.spans if span.begin > change.end][:1]
    others = [span for span in busy.spans if span not in touched]
    shown = (
        ("questions, nothing changing", quiet.spans),
        ("questions between switches", others),
        ("questions during a switch, and the first after it", touched),
        ("switch to the newer generation", [span for kind, span in changes if kind == "switch"]),
        ("rollback", [span for kind, span in changes if kind == "rollback"]),
    )
    lines = [
        (name, str(len(spans)), times([span.wall_s for span in spans]), times([span.cpu_s for span in spans]))
        for name, spans in shown
    ]
    calm = percentiles([1000 * span.cpu_s for span in others])[0]
    pauses = [1000 * span.cpu_s - calm for span in touched]
    documents, chunks, stored = counts
    return (
        f"{documents:,} documents, {chunks:,} chunks, {stored:,} with those kept to go back to."
        f" {len(busy.spans) + len(busy.failed):,} questions during {len(changes)} switches: {len(busy.failed)} failed,"
        f" {busy.mixed} mixed ({busy.editions}). Pause, in processor's time over the median of the others: median"
        f" {percentiles(pauses)[0]:.0f} ms, p95 {percentiles(pauses)[1]:.0f} ms.\n\n"
        + table([("", "count", "ms: median / p95 / most", "processor's ms: median / p95 / most"), *lines])
    )


def times(values_s: Sequence[float]) -> str:
    found = [1000 * value for value in values_s]
    return " / ".join(f"{value:.0f}" for value in (*percentiles(found), max(found)))


if __name__ == "__main__":
    sys.exit(main())
