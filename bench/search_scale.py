"""Search over many chunks: time and memory beside numpy's exact search, and how much of it the fast search finds.

    python -m bench.search_scale FOLDER… [--chunks 100000] [--index FILE] [--json]

The folders are ingested once; their chunks are then repeated until there are as many as wanted. Each copy is varied as
another edition of a manual is: some words are replaced by others of the collection, numbers and identifiers change, and
its vectors are turned a little, each by its own noise. So no two chunks are equal, and words keep their frequencies.

Compared in one run: the whole search, its vector channel alone, and numpy's float32 matrix product with its ten best.
Recall is the share of numpy's ten best that the vector channel finds.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Final, ParamSpec, cast

import numpy as np
import psutil

from bench.ingest import embedder as load_embedder
from copilot.evaluation.metrics import percentiles
from copilot.evaluation.questions import read_questions
from index.documents import Chunk, Section
from index.embedding.base import Embedder, Vectors
from index.embedding.quantize import from_int8, to_bits, to_int8
from index.ingest import Ingestor
from index.search import Searcher
from index.search.identifiers import extract
from index.search.scope import Scope
from index.search.vectors import VectorChannel, likeness
from index.store import Store
from index.store.store import generation
from index.store.writing import (
    ChunkVectors,
    DocumentRecord,
    DocumentWriter,
    IndexedChunk,
    ensure_collection,
    set_embedder,
)

P = ParamSpec("P")

NOISE: Final = 0.25  # length of what is added to a unit vector: the copies of a chunk then lie 0.97 from it
REPLACED: Final = 0.12  # of the words
BEST: Final = 10
_WORD: Final = re.compile(r"[A-Za-z]{3,}")
_DIGIT: Final = re.compile(r"\d")


@dataclass(frozen=True)
class Figures:
    """Milliseconds as (p50, p95)."""

    chunks: int
    questions: int
    numpy_ms: tuple[float, float]
    embedding_ms: tuple[float, float]
    vectors_ms: tuple[float, float]
    search_ms: tuple[float, float]
    search_cold_ms: float
    ratio_to_numpy: float
    recall_at_10: float
    index_mb: float
    bits_load_ms: float
    rss_before_mb: float
    rss_after_mb: float


@dataclass(frozen=True)
class Original:
    title: str
    section: tuple[str, ...]
    lead: str
    body: str
    page: int | None
    whole: Vectors
    windows: Vectors


def originals(folders: Sequence[Path], embedder: Embedder) -> list[Original]:
    with tempfile.TemporaryDirectory() as temporary, Store.open(Path(temporary) / "index.db") as store:
        for folder in folders:
            print(f"ingesting {folder} …", file=sys.stderr, flush=True)
            paths = [path for path in sorted(folder.iterdir()) if path.name != "questions.jsonl"]
            Ingestor(store, embedder).run(paths)
        return stored(store, embedder.dimensions)


def stored(store: Store, dimensions: int) -> list[Original]:
    with store.reader() as connection:
        rows = connection.execute(
            "SELECT d.title, s.path, k.lead, k.body, k.page, v.whole, v.windows FROM chunks k"
            " JOIN documents d ON d.id = k.document_id JOIN sections s ON s.id = k.section_id"
            " JOIN chunk_vectors v ON v.chunk_id = k.id ORDER BY k.id"
        ).fetchall()
    found = cast("list[tuple[str, str, str, str, int | None, bytes, bytes]]", rows)
    return [
        Original(title, tuple(json.loads(path)), lead, body, page, from_int8(whole, dimensions)[0],
                 from_int8(windows, dimensions))
        for title, path, lead, body, page, whole, windows in found
    ]  # fmt: skip


def varied(text: str, words: Sequence[str], dice: random.Random) -> str:
    text = _WORD.sub(lambda match: dice.choice(words) if dice.random() < REPLACED else match[0], text)
    return _DIGIT.sub(lambda match: str(dice.randrange(10)) if dice.random() < REPLACED else match[0], text)


def turned(vectors: Vectors, noise: np.random.Generator) -> Vectors:
    added = noise.standard_normal(vectors.shape).astype(np.float32)
    added *= NOISE / np.linalg.norm(added, axis=-1, keepdims=True)
    sum_ = vectors + added
    return cast("Vectors", sum_ / np.linalg.norm(sum_, axis=-1, keepdims=True))


def fill(store: Store, sources: Sequence[Original], wanted: int, embedder: Embedder) -> None:
    dice, noise = random.Random(7), np.random.default_rng(7)
    words = [word for source in sources for word in _WORD.findall(source.body)]
    per_document, written, edition = 500, 0, 0
    with store.transaction() as connection:
        set_embedder(connection, embedder.name, embedder.dimensions)
        collection, _ = ensure_collection(connection, "default", None)
    while written < wanted:
        for begin in range(0, len(sources), per_document):
            part = sources[begin : begin + min(per_document, wanted - written)]
            if not part:
                break
            name = f"/editions/{edition}/{begin}.txt"
            with store.transaction() as connection:
                record = DocumentRecord(name, part[0].title, "text/plain", None, 1, 0, 0, f"{edition}-{begin}", "bench")
                writer = DocumentWriter(connection, collection, record)
                writer.add(list(copies(part, edition, words, dice, noise)))
                writer.finish("en", ())
            written += len(part)
        edition += 1
        print(f"{written} chunks", file=sys.stderr, flush=True)


def copies(
    part: Sequence[Original], edition: int, words: Sequence[str], dice: random.Random, noise: np.random.Generator
) -> Iterator[IndexedChunk]:
    at = 0
    for ordinal, source in enumerate(part):
        body = varied(source.body, words, dice) if edition else source.body
        whole = turned(source.whole, noise) if edition else source.whole
        windows = turned(source.windows, noise) if edition and len(source.windows) else source.windows
        chunk = Chunk(Section(ordinal, source.section), ordinal, body, at, at + len(body), source.page, source.page,
                      source.lead)  # fmt: skip
        at += len(body)
        vectors = ChunkVectors(to_int8(whole), to_bits(whole[None, :])[0].tobytes(), to_int8(windows))
        yield IndexedChunk(chunk, frozenset(extract("\n".join((*source.section, chunk.text)))), vectors)


def timed(run: Callable[P, object], *arguments: P.args, **named: P.kwargs) -> float:
    begun = perf_counter()
    run(*arguments, **named)
    return (perf_counter() - begun) * 1000


def measure(store: Store, embedder: Embedder, questions: Sequence[str]) -> Figures:
    process = psutil.Process()
    vectors = [embedder.embed_query(question) for question in questions]
    rss_before = process.memory_info().rss
    searcher = Searcher(store, embedder)
    cold_ms = timed(searcher.search, questions[0])
    channel = VectorChannel()
    with store.reader() as connection:
        bits_load_ms = timed(channel.ready, connection, generation(connection))
    searcher.warm()
    for question in questions:  # pages of the file that are read now are in memory from then on
        searcher.search(question)
    rss_after = process.memory_info().rss
    ids, matrix = exact_matrix(store, embedder.dimensions)
    # One way after the other: numpy's threads go on spinning for a while and would slow down what comes next.
    times = {
        "search": [timed(searcher.search, question) for question in questions],
        "embedding": [timed(embedder.embed_query, question) for question in questions],
        "numpy": [timed(exact_best, ids, matrix, vector) for vector in vectors],
    }
    with store.reader() as connection:
        version = generation(connection)
        times["vectors"] = [timed(nearest, connection, channel, version, vector) for vector in vectors]
        found = sum(
            len(exact_best(ids, matrix, vector) & nearest(connection, channel, version, vector)) for vector in vectors
        )
    p = {name: rounded(percentiles(values)) for name, values in times.items()}
    return Figures(
        chunks=len(ids),
        questions=len(questions),
        numpy_ms=p["numpy"],
        embedding_ms=p["embedding"],
        vectors_ms=p["vectors"],
        search_ms=p["search"],
        search_cold_ms=round(cold_ms, 1),
        ratio_to_numpy=round(p["search"][0] / p["numpy"][0], 2),
        recall_at_10=round(found / (BEST * len(questions)), 4),
        index_mb=round(store.path.stat().st_size / 1e6, 1),
        bits_load_ms=round(bits_load_ms, 1),
        rss_before_mb=round(rss_before / 1e6, 1),
        rss_after_mb=round(rss_after / 1e6, 1),
    )


def rounded(values: tuple[float, ...]) -> tuple[float, float]:
    return round(values[0], 1), round(values[1], 1)


def exact_matrix(store: Store, dimensions: int) -> tuple[np.ndarray, Vectors]:
    with store.reader() as connection:
        rows = connection.execute("SELECT chunk_id, whole FROM chunk_vectors ORDER BY chunk_id").fetchall()
    ids, blobs = zip(*cast("list[tuple[int, bytes]]", rows), strict=True)
    return np.array(ids), from_int8(b"".join(blobs), dimensions)


def exact_best(ids: np.ndarray, matrix: Vectors, vector: Vectors) -> set[int]:
    products = matrix @ vector
    return set(ids[np.argpartition(-products, BEST)[:BEST]].tolist())


def nearest(connection: object, channel: VectorChannel, version: int, vector: Vectors) -> set[int]:
    """The ten best of the vector channel: found by bits, ranked by the whole chunk's int8 vector."""
    near = channel.nearest(connection, version, vector, Scope())  # type: ignore[arg-type]
    found = likeness(connection, vector, near.tolist())  # type: ignore[arg-type]
    return set(sorted(found, key=lambda id_: -found[id_].whole)[:BEST])


@contextmanager
def index_of(given: argparse.Namespace, embedder: Embedder) -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as temporary:
        path = given.index or Path(temporary) / "index.db"
        made = path.exists()
        with Store.open(path) as store:
            if not made:
                fill(store, originals([folder.resolve() for folder in given.folders], embedder), given.chunks, embedder)
            yield store


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER", help="documents with a questions.jsonl")
    parser.add_argument("--chunks", type=int, default=100_000, help="how many (default: 100000)")
    parser.add_argument("--index", type=Path, metavar="FILE", help="keep the index here and use it again")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    given = parser.parse_args()
    questions = [one.question for folder in given.folders for one in read_questions(folder / "questions.jsonl")]
    embedder = load_embedder("onnx")
    with index_of(given, embedder) as store:
        figures = measure(store, embedder, questions)
    if given.json:
        print(json.dumps(asdict(figures), indent=2))
        return
    print("| measure | figure |\n| --- | --- |")
    for name, value in asdict(figures).items():
        print(f"| {name} | {' / '.join(map(str, value)) if isinstance(value, tuple) else value} |")


if __name__ == "__main__":
    main()
