"""Cuts of the link at random moments of an answer: is a question ever lost, and how soon does this device go on?

    python -m bench.router_cuts [--cuts 500] [--timed 30] [--tier tiny]

A real endpoint streams its answers on loopback through a proxy that cuts each connection after a random number of
bytes, some before the first. Each question must end in one whole answer: the larger model's, or this device's and the
question in the queue. Then the queue is sent over a link that holds, and each question that waited must have exactly
one answer. For these, the device answers by quoting, so that five hundred take a minute.

``--timed`` questions are asked besides of a device with a model: the time from the last word of the larger model (from
the decision, where none came) to the first word of this device, less the time that the same question takes to its first
word where nobody else is asked.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np

from bench.sync_collection import table
from copilot.answering.escalating import TAKEN_OVER
from copilot.answering.events import Answer, Route, Token
from copilot.answering.flow import AskOptions
from copilot.assembly import Assembly
from copilot.evaluation.questions import read_questions
from copilot.routing.learned import LearnedRouter
from copilot.routing.training import write_router
from copilot.settings import Settings
from index.documents import AccessLabel
from index.ingest import Ingestor
from index.store import Store
from tests.copilot.engines.cloud.servers import Answerer, Fault, Proxy, answering

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
LONGEST_REPLY = 6000  # bytes of a streamed answer; some cuts come after its end


class Cutting(Proxy):
    """Cuts each question's connection, and remembers when."""

    def __init__(self, target: str, chance: random.Random) -> None:
        super().__init__(target, lambda _: self._fault())
        self._chance = chance
        self.cut_at = 0.0

    def _fault(self) -> Fault:
        if self._chance.random() < 0.1:
            return Fault(refused=True)
        return Fault(cut_after=int(self._chance.expovariate(1 / 900)) % LONGEST_REPLY)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cuts", type=int, default=500)
    parser.add_argument("--timed", type=int, default=30)
    parser.add_argument("--tier", default="tiny", help="of the device that is timed; its answers are not judged")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        with Store.open(Path(folder) / "index.db") as store:
            Ingestor(store, None).run([EXAMPLES / "manuals"], access=AccessLabel.PUBLIC)
        # Every question is worth a call, once this device has read.
        write_router(LearnedRouter(bias=10.0), Path(folder))
        rows = asyncio.run(count_lost(Path(folder), asked.cuts))
        rows += asyncio.run(time_it(Path(folder), asked.timed, asked.tier))
        print(table([("", "count"), *rows]))


def configured(folder: Path, url: str, tier: str | None) -> Settings:
    engine = f'tier = "{tier}"' if tier is not None else 'model = "there-is-none.gguf"'
    (folder / "copilot.toml").write_text(
        f"[engine]\n{engine}\n"
        f'[embedding]\nkind = "none"\n[answer]\npassages = 2\n[route]\nthreshold = 0.5\n'
        f'queue_most = 100000\n[cloud]\nattempts = 1\n[[cloud.endpoints]]\nname = "hq"\nbase_url = "{url}"\n'
        'model = "big"\n'
    )
    return Settings.load(folder / "copilot.toml", folder)


async def count_lost(folder: Path, cuts: int) -> list[tuple[str, str]]:
    questions = [one.question for one in read_questions(EXAMPLES / "questions.jsonl")]
    counts: Counter[str] = Counter()
    with answering(Answerer()) as server:
        async with cutting(server.url) as url, Assembly(configured(folder, url, None)) as assembly:
            copilot = assembly.copilot()
            for number in range(cuts):
                # A breaker that opens would keep the next questions from the link that is to be cut.
                assembly.routing.cloud.breaker("hq").succeeded()
                await one(copilot, f"{questions[number % len(questions)]} ({number})", counts)
            waiting = [one for one in assembly.routing.questions.everything() if one.state == "waiting"]
        counts["waiting in the queue"] = len(waiting)
        counts["lost"] += abs(len(waiting) - counts["answered here, waits"])
        sent_before = len(server.bodies)
        async with Assembly(configured(folder, server.url, None)) as assembly:
            sender = assembly.routing.sender(assembly.copilot(), assembly.conversations)
            done = await sender.send()
            again = await sender.send()
            states = Counter(one.state for one in assembly.routing.questions.everything())
        keys = Counter(headers["idempotency-key"] for headers in server.headers[sent_before:])
    counts["answered later"] = states["answered"]
    counts["lost"] += len(waiting) - states["answered"] - len(done.waiting)
    counts["answered twice"] = len(again.answered) + sum(times > 1 for times in keys.values())
    counts["still waiting"] = len(done.waiting)
    return [(name, str(count)) for name, count in counts.items()]


async def time_it(folder: Path, timed: int, tier: str) -> list[tuple[str, str]]:
    questions = [one.question for one in read_questions(EXAMPLES / "questions.jsonl")]
    after_cut, here, more = [], [], []
    with answering(Answerer()) as server:
        async with cutting(server.url) as url, Assembly(configured(folder, url, tier)) as assembly:
            await assembly.engine()
            copilot = assembly.copilot()
            for question in questions[:timed]:
                assembly.routing.cloud.breaker("hq").succeeded()
                took = await one(copilot, question, Counter())
                if took is not None:
                    after_cut.append(took)
                    here.append(await first_word(copilot, question))
                    more.append(took - here[-1])
    return [
        (f"ms from the cut to the first word of this device ({tier}), p50 / p95", _spread(after_cut)),
        ("ms to its first word where nobody else is asked, p50 / p95", _spread(here)),
        ("what the cut adds, p50 / p95", _spread(more)),
    ]


@asynccontextmanager
async def cutting(url: str) -> AsyncIterator[str]:
    proxy = Cutting(url, random.Random(17))
    listening = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
    finally:
        listening.close()


async def one(copilot: object, question: str, counts: Counter[str]) -> float | None:
    counts["questions"] += 1
    took, answer, broken, first = None, None, False, 0.0
    routed_at = last_word_at = time.perf_counter()
    async for event in copilot.ask(question, AskOptions()):  # type: ignore[attr-defined]
        now = time.perf_counter()
        if isinstance(event, Route):
            routed_at = last_word_at = now
        elif isinstance(event, Token):
            first = first or now
            if event.text == TAKEN_OVER:
                broken = True
            elif broken:
                took = took or (now - last_word_at) * 1000
            else:
                last_word_at = now
        elif isinstance(event, Answer):
            answer = event
    if answer is None:
        counts["lost"] += 1
    elif answer.route.target == "cloud":
        counts["answered by the larger model"] += 1
    elif answer.route.target == "queue":
        counts["answered here, waits"] += 1
        took = took or (first - routed_at) * 1000
    else:
        counts[f"OTHER: {answer.route.reason}"] += 1
    return took


async def first_word(copilot: object, question: str) -> float:
    routed = time.perf_counter()
    async with _closing(copilot.ask(question, AskOptions(wish="local"))) as events:  # type: ignore[attr-defined]
        async for event in events:
            if isinstance(event, Route):
                routed = time.perf_counter()
            if isinstance(event, Token):
                return (time.perf_counter() - routed) * 1000
    raise AssertionError


def _closing(events: object):  # type: ignore[no-untyped-def]  # noqa: ANN202
    from contextlib import aclosing

    return aclosing(events)  # type: ignore[type-var]


def _spread(values: list[float]) -> str:
    return f"{np.percentile(values, 50):.0f} / {np.percentile(values, 95):.0f}" if values else "–"


if __name__ == "__main__":
    main()
