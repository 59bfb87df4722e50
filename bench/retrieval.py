"""Retrieval: how often the right place is found, beside what it must be better than, over the same chunks in one run.

    python -m bench.retrieval FOLDER… [--index FILE] [--json]

A folder holds documents and a `questions.jsonl` (docs/evaluation.md); it becomes one collection, and its questions are
asked of that collection. Compared are: the search of Edge Copilot with and without vectors, the vectors alone (exact
cosine), BM25 alone (SQLite's, all words of the question, all columns alike) and plain reciprocal-rank fusion of those
two (k = 60; Cormack, Clarke and Büttcher, 2009). A passage is right as `edge-copilot eval` says; "strictly" counts a
PDF's passage only by the page on which it begins.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import cast

import apsw

from bench.ingest import embedder as load_embedder
from copilot.evaluation.metrics import Estimate, estimate, percentiles
from copilot.evaluation.questions import Question, meets, read_questions
from copilot.evaluation.runner import stands_right
from index.documents import AccessLabel
from index.embedding.base import Embedder
from index.embedding.quantize import from_int8
from index.ingest import Ingestor
from index.passages import Passage, SearchFilter
from index.search import Searcher
from index.search.query import words_of
from index.store import Store, reading

DEPTH = 10
RRF_K = 60
POOL = 100

Retriever = Callable[[str, str], Sequence[Passage]]  # question, collection


@dataclass(frozen=True)
class Figures:
    """One way of searching over one set of questions.

    Attributes:
        first, five: Share of questions with a right passage first, and among the first five.
        strictly: As ``first``, a PDF's passage counted by the page on which it begins only.
        mrr: Mean reciprocal rank of the first right passage among ten.
        facts: Share of questions all of whose facts stand in the first one, three, five passages; of those with facts.
        p50_ms, p95_ms: Wall time of a search.
    """

    way: str
    questions: str
    n: int
    first: Estimate
    five: Estimate
    strictly: Estimate
    mrr: Estimate
    facts: tuple[Estimate, Estimate, Estimate]
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True)
class Outcome:
    rank: int | None
    strict_rank: int | None
    facts: tuple[bool, bool, bool] | None
    took_ms: float


def measure(sets: dict[str, list[Question]], store: Store, embedder: Embedder) -> list[Figures]:
    ours, words_only, plain = Searcher(store, embedder), Searcher(store, None), Plain(store, embedder)
    ours.warm()
    ways: dict[str, Retriever] = {
        "Edge Copilot": lambda question, name: _passages(ours, question, name),
        "Edge Copilot without vectors": lambda question, name: _passages(words_only, question, name),
        "reciprocal-rank fusion": plain.fused,
        "vectors alone": plain.vectors,
        "BM25 alone": plain.words,
    }
    figures = []
    for way, retrieve in ways.items():
        outcomes = {name: [outcome(question, name, retrieve) for question in asked] for name, asked in sets.items()}
        figures += [summary(way, name, found) for name, found in outcomes.items()]
        if len(sets) > 1:
            figures.append(summary(way, "all", [one for found in outcomes.values() for one in found]))
    return figures


def _passages(searcher: Searcher, question: str, collection: str) -> Sequence[Passage]:
    return searcher.search(question, DEPTH, SearchFilter(collections=(collection,))).passages


def outcome(question: Question, collection: str, retrieve: Retriever) -> Outcome:
    begun = perf_counter()
    found = retrieve(question.question, collection)
    took_ms = (perf_counter() - begun) * 1000
    right = [stands_right(question, passage) for passage in found]
    strict = [stands_right(question, replace(passage, page_end=passage.page)) for passage in found]
    facts = None
    if question.must:
        shown = ["\n".join((passage.title, *passage.section, passage.text)) for passage in found]
        one, three, five = (meets(question.must, "\n".join(shown[:count])) for count in (1, 3, 5))
        facts = (one, three, five)
    return Outcome(_rank(right), _rank(strict), facts, took_ms)


def _rank(right: Sequence[bool]) -> int | None:
    return next((rank for rank, one in enumerate(right, start=1) if one), None)


def summary(way: str, questions: str, outcomes: Sequence[Outcome]) -> Figures:
    facts = [one.facts for one in outcomes if one.facts is not None]
    p50, p95 = percentiles([one.took_ms for one in outcomes])
    return Figures(
        way=way,
        questions=questions,
        n=len(outcomes),
        first=estimate([float(one.rank == 1) for one in outcomes]),
        five=estimate([float(one.rank is not None and one.rank <= 5) for one in outcomes]),
        strictly=estimate([float(one.strict_rank == 1) for one in outcomes]),
        mrr=estimate([1 / one.rank if one.rank else 0.0 for one in outcomes]),
        facts=tuple(estimate([float(one[place]) for one in facts]) for place in range(3)),  # type: ignore[arg-type]
        p50_ms=round(p50, 1),
        p95_ms=round(p95, 1),
    )


class Plain:
    """The usual ways, over the same chunks."""

    def __init__(self, store: Store, embedder: Embedder) -> None:
        self._store = store
        self._embedder = embedder

    def vectors(self, question: str, collection: str) -> Sequence[Passage]:
        with self._store.reader() as connection:
            return self._shown(connection, self._by_vector(connection, question, collection)[:DEPTH])

    def words(self, question: str, collection: str) -> Sequence[Passage]:
        with self._store.reader() as connection:
            return self._shown(connection, self._by_words(connection, question, collection)[:DEPTH])

    def fused(self, question: str, collection: str) -> Sequence[Passage]:
        with self._store.reader() as connection:
            scores: dict[int, float] = {}
            for ranked in (
                self._by_vector(connection, question, collection),
                self._by_words(connection, question, collection),
            ):
                for rank, id_ in enumerate(ranked[:POOL], start=1):
                    scores[id_] = scores.get(id_, 0.0) + 1 / (RRF_K + rank)
            best = sorted(scores, key=lambda id_: (-scores[id_], id_))[:DEPTH]
            return self._shown(connection, best)

    def _by_vector(self, connection: apsw.Connection, question: str, collection: str) -> list[int]:
        query = self._embedder.embed_query(question)
        rows = connection.execute(
            "SELECT v.chunk_id, v.whole FROM chunk_vectors v JOIN chunks k ON k.id = v.chunk_id"
            " JOIN documents d ON d.id = k.document_id JOIN collections c ON c.id = d.collection_id WHERE c.name = ?",
            (collection,),
        ).fetchall()
        ids, blobs = zip(*cast("list[tuple[int, bytes]]", rows), strict=True)
        order = (from_int8(b"".join(blobs), self._embedder.dimensions) @ query).argsort()[::-1]
        return [ids[at] for at in order]

    def _by_words(self, connection: apsw.Connection, question: str, collection: str) -> list[int]:
        words = dict.fromkeys(term.word for term in words_of(connection, question))
        rows = connection.execute(
            "SELECT f.rowid FROM chunks_fts f WHERE chunks_fts MATCH ? AND +f.rowid IN (SELECT k.id FROM chunks k"
            " JOIN documents d ON d.id = k.document_id JOIN collections c ON c.id = d.collection_id WHERE c.name = ?)"
            " ORDER BY bm25(chunks_fts) LIMIT ?",
            (" OR ".join(f'"{word}"' for word in words), collection, POOL),
        )
        return [row[0] for row in rows]

    def _shown(self, connection: apsw.Connection, ids: Sequence[int]) -> list[Passage]:
        documents = {one.id: one for one in reading.documents(connection)}
        passages = []
        for rank, chunk in enumerate(reading.chunks_by_id(connection, ids), start=1):
            document = documents[chunk.document_id]
            passages.append(
                Passage(
                    rank, -float(rank), document.path, document.title, chunk.section, chunk.page, chunk.text, chunk.id,
                    (chunk.id,), document.collection, AccessLabel(document.access), document.language, chunk.start,
                    chunk.end, page_end=chunk.page_end,
                )
            )  # fmt: skip
        return passages


@contextmanager
def indexed(folders: Sequence[Path], embedder: Embedder, kept: Path | None) -> Iterator[Store]:
    """An index of the folders; a temporary one, unless it is kept in a file, where it is then made only once."""
    with tempfile.TemporaryDirectory() as temporary, Store.open(kept or Path(temporary) / "index.db") as store:
        for folder in folders:
            print(f"ingesting {folder} …", file=sys.stderr, flush=True)
            paths = [path for path in sorted(folder.iterdir()) if path.name != "questions.jsonl"]
            report = Ingestor(store, embedder).run(paths, collection=folder.name)
            for skipped in report.skipped:
                print(f"left out: {skipped.path}: {skipped.reason}", file=sys.stderr)
        yield store


def table(figures: Sequence[Figures]) -> str:
    def cell(found: Estimate) -> str:
        return "—" if math.isnan(found.value) else f"{found.value:.2f} ({found.low:.2f}–{found.high:.2f})"

    lines = [
        "| questions | way | n | first | in five | strictly first | MRR@10 | facts in 1 | in 3 | in 5 | p50 / p95 ms |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for one in sorted(figures, key=lambda one: (one.questions == "all", one.questions)):
        cells = map(cell, (one.first, one.five, one.strictly, one.mrr, *one.facts))
        lines.append(
            f"| {one.questions} | {one.way} | {one.n} | {' | '.join(cells)} | {one.p50_ms:.0f} / {one.p95_ms:.0f} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER", help="documents with a questions.jsonl")
    parser.add_argument("--index", type=Path, metavar="FILE", help="keep the index here and use it again")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    given = parser.parse_args()
    folders = [folder.resolve() for folder in given.folders]
    sets = {
        folder.name: [question for question in read_questions(folder / "questions.jsonl") if question.located]
        for folder in folders
    }
    embedder = load_embedder("onnx")
    with indexed(folders, embedder, given.index) as store:
        figures = measure(sets, store, embedder)
    print(json.dumps([asdict(one) for one in figures], indent=2) if given.json else table(figures))


if __name__ == "__main__":
    main()
