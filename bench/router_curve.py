"""Quality against share of calls: the small tier as the device, the standard tier behind a server as "the cloud".

    python -m bench.router_curve FOLDER FOLDER [--rows FILE] [--minutes M] [--documents NAME,NAME]

Each folder holds ``questions.jsonl`` and documents. Every question is answered on the "device" and by the larger model,
which is asked over HTTP like any endpoint: with what the wall lets out, grounded by the same code. The router is
trained on one folder and measured on the other, both ways round; random routing is the straight line between no calls
and all. With ``--rows`` a run that was broken off goes on where it ended; ``--minutes`` ends it early, with the folders
by turns so that both have as many questions. ``--in-process`` lets the larger model answer in this process instead, by
reading passage by passage as it would on a larger device. ``--keep FILE`` writes the router trained on all of it,
``--picture FILE`` draws the curve.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from itertools import zip_longest
from pathlib import Path

from copilot.answering.flow import AskOptions, Copilot
from copilot.assembly import Assembly
from copilot.catalogue import open_catalogue, open_store
from copilot.evaluation.questions import Question, read_questions
from copilot.routing.learned import CurvePoint, LearnedRouter
from copilot.routing.training import Example, calls_needed, compare, curve, train
from copilot.settings import Settings
from index.documents import AccessLabel
from index.errors import UsageError
from index.ingest import Ingestor
from index.store import Store
from tests.copilot.engines.cloud.llama_server import llama_server
from tests.copilot.engines.cloud.servers import Answerer, answering

NOBODY = "http://127.0.0.1:9/v1"
SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--rows", type=Path, help="keep what was measured, and go on from it")
    parser.add_argument("--work", type=Path, help="keep the index of the documents here")
    parser.add_argument("--documents", default="", help="only these file names of a folder, comma-separated")
    parser.add_argument("--minutes", type=float, default=1e9)
    parser.add_argument("--device", default="small")
    parser.add_argument("--cloud", default="standard")
    parser.add_argument("--in-process", action="store_true", help="no server: the larger tier in this process")
    parser.add_argument("--keep", type=Path, help="write the router that is trained on everything")
    parser.add_argument("--picture", type=Path, help="draw the curve over all folders into this SVG")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        rows_file = asked.rows or Path(temporary) / "rows.jsonl"
        work = asked.work or Path(temporary) / "work"
        documents = {name for name in asked.documents.split(",") if name}
        tiers = (asked.device, asked.cloud)
        asyncio.run(measure(asked.folders, documents, work, rows_file, asked.minutes, tiers, asked.in_process))
        report(read(rows_file), asked.keep, asked.picture)


async def measure(
    folders: Sequence[Path],
    documents: set[str],
    work: Path,
    rows_file: Path,
    minutes: float,
    tiers: tuple[str, str],
    in_process: bool,
) -> None:
    done = {(row["set"], row["id"]) for row in read(rows_file)}
    shuffled = {folder.name: read_questions(folder / "questions.jsonl") for folder in folders}
    for questions in shuffled.values():
        random.Random(7).shuffle(questions)
    turns = [
        (name, question)
        for together in zip_longest(*([(name, one) for one in questions] for name, questions in shuffled.items()))
        for name, question in filter(None, together)
        if (name, question.id) not in done
    ]
    if not turns or minutes <= 0:
        return
    build(folders, documents, work)
    until = time.monotonic() + minutes * 60
    async with AsyncExitStack() as stack:
        larger = None
        if in_process:
            larger = (await stack.enter_async_context(assembled(work, NOBODY, tiers[1]))).copilot()
        # Somebody must be there for the router to have the local model read; in process it is never asked.
        url = stack.enter_context(answering(Answerer())).url if in_process else stack.enter_context(serving(tiers[1]))
        device = await stack.enter_async_context(assembled(work, url, tiers[0]))
        async for name, row in answered(device.copilot(), larger, turns, until):
            with rows_file.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"set": name, **row}) + "\n")


async def answered(
    copilot: Copilot, elsewhere: Copilot | None, turns: Sequence[tuple[str, Question]], until: float
) -> AsyncIterator[tuple[str, dict[str, object]]]:
    for number, (name, question) in enumerate(turns, 1):
        if time.monotonic() > until:
            return
        options = AskOptions(k=10)
        async for found in compare(copilot, [question], options, elsewhere):
            larger = found.larger
            yield (
                name,
                {
                    "id": question.id,
                    "kind": question.kind,
                    "signals": found.signals,
                    "local_right": found.local.correct,
                    "larger_right": larger.correct if larger is not None else None,
                    "why_not": found.why_not,
                    "local_ms": found.local.answer.timings.total_ms,
                    "larger_ms": larger.answer.timings.total_ms if larger is not None else None,
                    "larger_tokens": larger.answer.timings.prompt_tokens if larger is not None else None,
                },
            )
            told = f"{found.local.correct} / {larger.correct if larger is not None else found.why_not}"
            print(f"{number}/{len(turns)} {name} {question.id}: {told}", file=sys.stderr, flush=True)


def build(folders: Sequence[Path], documents: set[str], work: Path) -> None:
    """The index of all folders, all of it public: what may leave is not what is measured here."""
    settings = Settings(data_dir=work)
    if settings.index_file.exists():
        return
    from copilot.library.embedding import build_embedder

    catalogue = open_catalogue(settings)
    embedder = build_embedder(settings, catalogue, open_store(settings, catalogue))
    work.mkdir(parents=True, exist_ok=True)
    with Store.open(settings.index_file) as store:
        for folder in folders:
            paths = [
                path
                for path in sorted(folder.iterdir())
                if path.name != "questions.jsonl" and (path.is_dir() or not documents or path.name in documents)
            ]
            Ingestor(store, embedder).run(paths, collection=folder.name, access=AccessLabel.PUBLIC)


@asynccontextmanager
async def assembled(work: Path, url: str, device: str) -> AsyncIterator[Assembly]:
    config = work / "copilot.toml"
    config.write_text(
        f'[engine]\ntier = "{device}"\n[route]\nqueue = false\n[cloud]\nattempts = 1\nfirst_word_s = 300\n'
        f"next_word_s = 120\nwhole_s = 600\n[[cloud.endpoints]]\n"
        f'name = "larger"\nbase_url = "{url}"\nmodel = "larger"\ntools = false\nmax_tokens = 96\n',
        "utf-8",
    )
    async with Assembly(Settings.load(config, work)) as assembly:
        await assembly.engine()
        yield assembly


@contextmanager
def serving(tier: str) -> Iterator[str]:
    """`llama_cpp.server` with a tier's model."""
    settings = Settings()
    catalogue = open_catalogue(settings)
    model = open_store(settings, catalogue).path(catalogue.default("chat", tier))  # type: ignore[arg-type]
    with llama_server(model, alias="larger", context=8192) as url:
        yield url


def read(rows_file: Path) -> list[dict[str, object]]:
    if not rows_file.exists():
        return []
    return [json.loads(line) for line in rows_file.read_text("utf-8").splitlines()]


def report(rows: Sequence[dict[str, object]], keep: Path | None = None, picture: Path | None = None) -> None:
    sets: dict[str, list[Example]] = {}
    for row in rows:
        if row["larger_right"] is not None and row["local_right"] is not None:
            example = Example(row["signals"], bool(row["local_right"]), bool(row["larger_right"]))  # type: ignore[arg-type]
            sets.setdefault(str(row["set"]), []).append(example)
    for name, examples in sets.items():
        helped, harmed = (sum(example.helped for example in examples), sum(_harmed(example) for example in examples))
        right = (sum(one.local_right for one in examples), sum(one.larger_right for one in examples))
        print(
            f"{name}: {len(examples)} questions, right here {right[0]}, by the larger model {right[1]}; "
            f"it helped {helped} and harmed {harmed}"
        )
    lines = [
        "| measured on | router | n | " + " | ".join(f"{share:.0%}" for share in SHARES) + " | calls for 95% |",
        "| --- | --- | --- |" + " --- |" * (len(SHARES) + 1),
    ]
    pooled: list[Example] = []
    for name, examples in sets.items():
        others = [example for other, found in sets.items() if other != name for example in found]
        try:
            learned = train(others, "others")
        except UsageError as error:
            print(f"{name}: {error}", file=sys.stderr)
            continue
        lines.append(_line(name, "trained on the others", examples, curve(learned, examples)))
        lines.append(_line(name, "random", examples, chance(examples)))
        lines.append(_line(name, "who knows the answers", examples, curve(oracle(), knowing(examples))))
        at = sum(learned.probability(example.signals) >= 0.5 for example in examples) / len(examples)
        print(f"{name}: the threshold 0.5 of a router trained on the others sends {at:.0%} of the questions elsewhere")
        pooled += [
            Example({"worth": learned.probability(one.signals)}, one.local_right, one.larger_right) for one in examples
        ]
    if len(sets) > 1 and pooled:
        lines.append(_line("all", "trained on the others of each", pooled, curve(oracle(), pooled)))
        lines.append(_line("all", "random", pooled, chance(pooled)))
        if picture is not None:
            pictured(picture, pooled, knowing([one for examples in sets.values() for one in examples]))
    print("\n".join(lines))
    if keep is not None:
        everything = [example for examples in sets.values() for example in examples]
        learned = train(everything, " + ".join(sets))
        keep.write_text(json.dumps(learned.model_dump(mode="json"), indent=1) + "\n", "utf-8")


def pictured(picture: Path, pooled: Sequence[Example], known: Sequence[Example]) -> None:
    from bench.drawing import Line, draw

    def points(found: Sequence[CurvePoint]) -> list[tuple[float, float]]:
        return [(point.share * 100, point.right * 100) for point in sorted(found, key=lambda one: one.share)]

    draw(
        picture,
        f"Right answers by share of calls ({len(pooled)} questions, trained on the other manuals)",
        "questions asked of the larger model, %",
        "right answers, %",
        [
            Line("router", points(curve(oracle(), pooled)), steps=True),
            Line("random", points(chance(pooled)), "--"),
            Line("who knows the answers", points(curve(oracle(), known)), ":"),
        ],
    )


def _harmed(example: Example) -> bool:
    return example.local_right and not example.larger_right


def oracle() -> LearnedRouter:
    return LearnedRouter(weights={"worth": 1.0})


def knowing(examples: Sequence[Example]) -> list[Example]:
    return [
        Example({"worth": float(one.larger_right) - float(one.local_right)}, one.local_right, one.larger_right)
        for one in examples
    ]


def chance(examples: Sequence[Example]) -> tuple[CurvePoint, ...]:
    """What random routing comes to on average: a straight line."""
    none = sum(one.local_right for one in examples) / len(examples)
    all_ = sum(one.larger_right for one in examples) / len(examples)
    steps = 100
    return tuple(
        CurvePoint(threshold=1 - n / steps, share=n / steps, right=round(none + (all_ - none) * n / steps, 4))
        for n in range(steps + 1)
    )


def _line(name: str, trained: str, examples: Sequence[Example], points: Sequence[CurvePoint]) -> str:
    at = [max((point for point in points if point.share <= share + 1e-9), key=lambda p: p.share) for share in SHARES]
    needed = calls_needed(points)
    told = "no gain" if needed is None else f"{needed:.0%}"
    return (
        f"| {name} | {trained} | {len(examples)} | " + " | ".join(f"{point.right:.2f}" for point in at) + f" | {told} |"
    )


if __name__ == "__main__":
    main()
