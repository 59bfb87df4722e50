"""Ingest: pages a second, peak memory, and how near it comes to the bare embedder on the very same texts.

    python -m bench.ingest PATH… [--kind onnx|sentence-transformers] [--json]

Each way runs in a process of its own, one after the other: the bare embedder, the ingest into a new index, the bare
embedder again. The bare embedder gets exactly the texts that the ingest embeds (chunks and their windows of sentences)
in the same batches, with nothing else to do: its time is what no ingest can be faster than. Reading and cutting without
embedding is measured too. A file without pages counts as one page.

Debian's full LinuxCNC documentation is in the package linuxcnc-doc-en.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import chain, islice
from pathlib import Path
from time import perf_counter
from typing import ParamSpec, TypeVar

import psutil

from copilot.assembly import Assembly
from copilot.library.embedding import build_embedder
from copilot.settings import Settings
from index.chunking import chunk
from index.embedding.base import Embedder
from index.errors import InputError
from index.ingest.ingestor import BATCH, Ingestor
from index.ingest.report import IngestProgress
from index.ingest.vectors import Embeddable, embeddable
from index.ingest.walking import walk
from index.loaders import load
from index.store import Store

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Figures:
    """One run.

    Attributes:
        texts: Embedded altogether: chunks and windows.
        read_s: Loading and cutting alone.
        bare_s: Bare embedder, before and after the ingest.
        share_of_bare: Mean of ``bare_s`` over ``ingest_s``.
        rss_idle_mb, rss_first_half_mb, rss_peak_mb: Resident memory with the embedder loaded, the most up to half of
            the chunks, the most in all.
    """

    files: int
    skipped: int
    megabytes: float
    pages: int
    chunks: int
    texts: int
    read_s: float
    bare_s: tuple[float, float]
    ingest_s: float
    pages_per_s: float
    chunks_per_s: float
    share_of_bare: float
    rss_idle_mb: float
    rss_first_half_mb: float
    rss_peak_mb: float


def measure(paths: Sequence[Path], kind: str) -> Figures:
    read_s, counts = alone(reading, paths)
    before = alone(bare, paths, kind)
    ingest_s, samples = alone(ingesting, paths, kind)
    after = alone(bare, paths, kind)
    half = [rss for chunks, rss in samples if chunks <= counts["chunks"] / 2]
    return Figures(
        files=counts["files"],
        skipped=counts["skipped"],
        megabytes=megabytes(counts["bytes"]),
        pages=counts["pages"],
        chunks=counts["chunks"],
        texts=counts["texts"],
        read_s=round(read_s, 2),
        bare_s=(round(before, 2), round(after, 2)),
        ingest_s=round(ingest_s, 2),
        pages_per_s=round(counts["pages"] / ingest_s, 2),
        chunks_per_s=round(counts["chunks"] / ingest_s, 2),
        share_of_bare=round((before + after) / 2 / ingest_s, 3),
        rss_idle_mb=megabytes(samples[0][1]),
        rss_first_half_mb=megabytes(max(half)),
        rss_peak_mb=megabytes(max(rss for _, rss in samples)),
    )


def megabytes(count: int) -> float:
    return round(count / 1e6, 1)


def alone(stage: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
    """Run a stage in a new process, so that neither its memory nor its caches are another's."""
    print(f"{stage.__name__}…", file=sys.stderr, flush=True)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(stage, arguments, named)


def reading(paths: Sequence[Path]) -> tuple[float, Counter[str]]:
    counts: Counter[str] = Counter()
    begun = perf_counter()
    for part in embeddables(paths, counts):
        counts["chunks"] += 1
        counts["texts"] += 1 + len(part.windows)
    return perf_counter() - begun, counts


def bare(paths: Sequence[Path], kind: str) -> float:
    parts = embeddables(paths, Counter())
    batches = []
    while batch := list(islice(parts, BATCH)):
        batches.append([*(part.whole for part in batch), *chain.from_iterable(part.windows for part in batch)])
    model = embedder(kind)
    model.embed(batches[0][:4])
    begun = perf_counter()
    for texts in batches:
        model.embed(texts)
    return perf_counter() - begun


def ingesting(paths: Sequence[Path], kind: str) -> tuple[float, list[tuple[int, int]]]:
    """Seconds, and bytes of resident memory with the chunks written so far."""
    process = psutil.Process()
    model = embedder(kind)
    model.embed(["warm up"])
    samples = [(0, process.memory_info().rss)]

    def sample(progress: IngestProgress) -> None:
        samples.append((progress.chunks, process.memory_info().rss))

    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "index.db") as store:
        begun = perf_counter()
        Ingestor(store, model).run(paths, progress=sample)
        return perf_counter() - begun, samples


def embeddables(paths: Sequence[Path], counts: Counter[str]) -> Iterator[Embeddable]:
    """What the ingest would embed, in its order; counts what it is from."""
    for file in walk(paths, Path("index.db")).files:
        path = Path(file.path)
        try:
            document = load(path)
            for piece in chunk(document.blocks):
                yield embeddable(document.title, piece.section.path, piece.text)
        except InputError as error:
            print(f"left out: {path.name}: {error}", file=sys.stderr)
            counts["skipped"] += 1
            continue
        counts["files"] += 1
        counts["pages"] += document.pages or 1
        counts["bytes"] += file.size


def embedder(kind: str) -> Embedder:
    settings = Settings.load(overrides={"embedding.kind": kind})
    assembly = Assembly(settings)
    found = build_embedder(settings, assembly.catalogue, assembly.models)
    assert found is not None
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", type=Path, nargs="+", metavar="PATH", help="files and folders to ingest together")
    parser.add_argument("--kind", choices=("onnx", "sentence-transformers"), default="onnx", help="embedder")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    given = parser.parse_args()
    figures = measure([path.resolve() for path in given.paths], given.kind)
    if given.json:
        print(json.dumps(asdict(figures), indent=2))
        return
    print("| measure | figure |\n| --- | --- |")
    for name, value in asdict(figures).items():
        shown = " / ".join(map(str, value)) if isinstance(value, tuple) else value
        print(f"| {name} | {shown} |")


if __name__ == "__main__":
    main()
