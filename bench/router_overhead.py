"""What a decision costs: before retrieval, and after the local reading.

    python -m bench.router_overhead [--questions FILE] [--rounds 20]

Over the example manuals and their questions: `begin` (signals of the question, rules), and after the reading the
signals and the learned part alone, then the whole of it with the budget and the wall's preparation of the payload. The
reading itself is the local answer's and not counted. Nothing is sent: the endpoint is a small server on loopback that
is only asked whether it is there.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.sync_collection import table
from copilot.answering.confidence import Judgement
from copilot.answering.excerpts import Excerpts
from copilot.answering.flow import AskOptions
from copilot.answering.writing import Task
from copilot.assembly import Assembly
from copilot.evaluation.questions import read_questions
from copilot.routing import router, signals
from copilot.routing.escalation import Router
from copilot.routing.learned import LearnedRouter
from copilot.routing.surroundings import RoutePolicy, Surroundings
from copilot.settings import Settings
from index.documents import AccessLabel
from index.ingest import Ingestor
from index.search import Searcher
from index.store import Store
from tests.copilot.engines.cloud.servers import Answerer, answering

NAMES = (
    "before retrieval",
    "after: signals and score",
    "after: with budget and link, the wall asked beside the reading",
    "after: the same, the wall asked then",
)
MANUALS = Path(__file__).resolve().parent.parent / "examples"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=Path, default=MANUALS / "questions.jsonl")
    parser.add_argument("--rounds", type=int, default=20)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, answering(Answerer()) as server:
        print(asyncio.run(measure(Path(folder), server.url, asked.questions, asked.rounds)))


async def measure(folder: Path, url: str, file: Path, rounds: int) -> str:
    (folder / "copilot.toml").write_text(
        '[embedding]\nkind = "none"\n[route]\ntokens_per_day = 1000000000\n[[cloud.endpoints]]\nname = "hq"\n'
        f'base_url = "{url}"\nmodel = "big"\n'
    )
    with Store.open(folder / "index.db") as store:
        Ingestor(store, None).run([MANUALS / "manuals"], access=AccessLabel.PUBLIC)
    times: dict[str, list[float]] = {name: [] for name in NAMES}
    async with Assembly(Settings.load(folder / "copilot.toml", folder)) as assembly:
        # Everything is worth a call, so that the wall is always asked.
        hard = replace(assembly.routing.parts, learned=LearnedRouter(bias=10.0))
        routes = Router(hard)
        excerpts, searcher = Excerpts(assembly.store), Searcher(assembly.store, None)
        questions = [question.question for question in read_questions(file)]
        tasks = []
        for question in questions:
            found = searcher.search(question, 5)
            if found.passages:
                top = found.passages[:3]
                tasks.append(Task(question, "", found, tuple(excerpts.of(top)), top, 64))
        judgement = Judgement(0.6, True, "small", {"yes_logit": 0.4, "coverage": 0.5})
        around = Surroundings(hard.now(), "up")
        for number in range(rounds):
            for task in tasks:
                started = time.perf_counter()
                one = routes.begin(task.question, (), AskOptions())
                begun = time.perf_counter()
                found_signals = (
                    one.signals
                    | signals.of_evidence(task.question, task.result)
                    | signals.of_reading(judgement)
                    | signals.of_tier("small")
                )
                router.after(
                    "auto",
                    found_signals,
                    LearnedRouter(weights=dict.fromkeys(found_signals, 0.1)),
                    RoutePolicy(),
                    around,
                )
                scored = time.perf_counter()
                await one.explain(task, judgement, "small")
                whole = time.perf_counter()
                another = routes.begin(task.question, (), AskOptions())
                another.foresee(task)
                await asyncio.wait([another.foreseen])  # the local model reads meanwhile
                read = time.perf_counter()
                await another.decide(task, judgement, "small")
                ended = time.perf_counter()
                if number:  # the first round opens files
                    for name, took in zip(
                        times, (begun - started, scored - begun, ended - read, whole - scored), strict=True
                    ):
                        times[name].append(took * 1000)
    rows = [
        (name, *(f"{np.percentile(found, at):.2f}" for at in (50, 95, 99)), str(len(found)))
        for name, found in times.items()
    ]
    return table([("ms", "p50", "p95", "p99", "n"), *rows])


if __name__ == "__main__":
    main()
