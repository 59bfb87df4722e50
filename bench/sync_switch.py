"""Questions while generations change, at 100,000 chunks: does any fail, see two generations, or wait for long?

    python -m bench.sync_switch [--documents 10000] [--questions 1000] [--switches 20] [--folder DOCUMENTS]

Two generations that differ in 1% of the sections are on the device; it goes to the newer and back again and again, the
way back by rollback, while one thread asks. Questions are the beginnings of sections that differ, so that both editions
of a section compete for the first places. An answer is a mix where no one generation has all of its passages.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, sleep

from bench.sync_collection import COLLECTION, Publisher, Writer, device, some, table, update
from copilot.evaluation.metrics import percentiles
from index.search import Searcher
from index.store import Store
from index.store import generations as rows
from sync.device.generations import Generations
from sync.format import decode_section
from tests.index.hashing_embedder import HashingEmbedder


@dataclass
class Asked:
    """What the questions came to; times in seconds.

    Attributes:
        spans: Begin and end of each.
        failed: What went wrong.
        mixed: How many answers no one generation can have given.
        editions: How many answers only the older, only the newer, either generation can have given.
    """

    spans: list[tuple[float, float]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    mixed: int = 0
    editions: dict[str, int] = field(default_factory=lambda: {"older": 0, "newer": 0, "either": 0})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--questions", type=int, default=1_000)
    parser.add_argument("--switches", type=int, default=20)
    parser.add_argument("--folder", type=Path, default=Path("examples/manuals"), help="whose sentences are used")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        print(run(Path(temporary), asked.documents, asked.questions, asked.switches, asked.folder))


def run(folder: Path, documents: int, questions: int, switches: int, source: Path) -> str:
    publisher = Publisher(Writer(source), documents)
    older = publisher.publish(lambda document, number: 0)
    newer = publisher.publish(some(0.01, documents, 1))
    bodies = [chunk.body for data in newer.changed for chunk in decode_section(data).chunks]
    with device(folder) as store:
        generations = Generations(store, folder / "files")
        generations.switch(update(generations, older, publisher.packs))
        searcher = Searcher(store, HashingEmbedder())
        searcher.warm()
        alone = Asked()
        for measured in (Asked(), alone):
            ask(store, searcher, bodies, questions // 8, measured)
        began = perf_counter()
        checked = update(generations, newer, publisher.packs)
        built_s = perf_counter() - began
        generations.switch(checked)
        store.checkpoint()
        quiet = Asked()
        for measured in (Asked(), quiet):
            ask(store, searcher, bodies, questions // 8, measured)

        busy, pauses = Asked(), list[tuple[str, float, float]]()
        asker = threading.Thread(target=ask, args=(store, searcher, bodies, questions, busy))
        asker.start()
        every_s = 0.8 * questions * sum(end - begin for begin, end in quiet.spans) / len(quiet.spans) / switches
        for turn in range(switches):
            sleep(every_s)
            begin = perf_counter()
            if turn % 2 == 0:
                generations.rollback(COLLECTION)
            else:
                generations.switch(checked)
            pauses.append(("rollback" if turn % 2 == 0 else "switch", begin, perf_counter()))
        asker.join()
        with store.reader() as connection:
            chunks = connection.execute("SELECT count(*) FROM chunks").get
            (live, kept) = rows.generations(connection, COLLECTION)
        assert {live.state, kept.state} == {"live", "kept"}
        return report(documents, int(chunks), built_s, alone, quiet, busy, pauses)


def ask(store: Store, searcher: Searcher, bodies: list[str], questions: int, asked: Asked) -> None:
    dice = random.Random(4)
    holders: dict[int, set[int]] = {}
    for _ in range(questions):
        question = dice.choice(bodies)[:80]
        begin = perf_counter()
        try:
            passages = searcher.search(question, 5).passages
        except Exception as error:
            asked.failed.append(repr(error))
            continue
        asked.spans.append((begin, perf_counter()))
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


def report(
    documents: int,
    chunks: int,
    built_s: float,
    alone: Asked,
    quiet: Asked,
    busy: Asked,
    pauses: list[tuple[str, float, float]],
) -> str:
    def times(spans: list[tuple[float, float]]) -> list[float]:
        return [1000 * (end - begin) for begin, end in spans]

    # What a switch can delay: questions that overlap with it, and the first that begins after it.
    touched = []
    for _, begin, end in pauses:
        touched += [span for span in busy.spans if span[0] <= end and span[1] >= begin]
        touched += [span for span in busy.spans if span[0] > end][:1]
    others = [span for span in busy.spans if span not in touched]
    calm, hit = times(others), times(touched)
    median = percentiles(calm)[0]
    rollbacks = [1000 * (end - begin) for kind, begin, end in pauses if kind == "rollback"]
    switches = [1000 * (end - begin) for kind, begin, end in pauses if kind == "switch"]
    rows_ = [
        ("", "count", "median ms", "p95 ms", "most ms"),
        *(
            (name, str(len(values)), *(f"{value:.0f}" for value in (*percentiles(values), max(values))))
            for name, values in (
                ("questions, one generation on the device", times(alone.spans)),
                ("questions, both there, nothing changing", times(quiet.spans)),
                ("questions between switches", calm),
                ("questions during a switch, and the first after it", hit),
                ("switch to the newer generation", switches),
                ("rollback", rollbacks),
            )
        ),
    ]
    extra = [value - median for value in hit]
    return (
        f"{documents:,} documents, {chunks:,} chunks with both generations; the newer one built in {built_s:.1f} s."
        f" {len(busy.spans) + len(busy.failed):,} questions during {len(pauses)} switches:"
        f" {len(busy.failed)} failed, {busy.mixed} mixed ({busy.editions}). Pause, over the median of the others:"
        f" median {percentiles(extra)[0]:.0f} ms, most {max(extra):.0f} ms.\n\n{table(rows_)}"
    )


if __name__ == "__main__":
    sys.exit(main())
