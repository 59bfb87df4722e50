"""The endpoint under load: many clients that search and ask, for as long as is wanted, and what it costs over a call.

    python -m bench.http_load load [--clients 50] [--minutes 10] [--tier small] [--curve FILE.svg]
    python -m bench.http_load throughput [--seconds 5] [--rounds 4]

`load` starts `edge-copilot serve` in a process of its own, over an index of the example manuals and some 1,500 sections
more. A fifth of the clients ask one question after another, so that the model is writing all the time and most of them
wait; the others search, and look at what they found for `--pause` seconds before the next search, as people do. Every
few seconds the server's memory, its engine's, its open handles and threads are read. A soak is the same for an hour or
more, with `--curve`.

`throughput` compares searches a second over HTTP with the same searches called in process, by as many threads as the
endpoint has, in turns within one run, without a model.

The clients are written on bare sockets: they share the processors with the server that is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import psutil

from copilot.evaluation.questions import read_questions
from copilot.library.embedding import build_embedder
from index.embedding.base import Embedder
from index.ingest import Ingestor
from index.store import Store

EXAMPLES: Final = Path(__file__).resolve().parent.parent / "examples"
SECTIONS: Final = 1500
SAMPLE_EVERY_S: Final = 5.0
GOAL_P95_MS: Final = 60.0
GOAL_SHARE: Final = 0.7

_PARTS = (
    "brake",
    "spindle",
    "gripper",
    "conveyor",
    "pump",
    "valve",
    "encoder",
    "gearbox",
    "coolant filter",
    "door switch",
)
_DOES = ("does not release", "overheats", "loses its reference", "vibrates", "leaks", "reports an open circuit")


def make_index(folder: Path) -> None:
    """Ingest the example manuals and a larger one, with vectors where the embedding model is here."""
    manual = folder / "drives.md"
    rng = random.Random(7)
    manual.write_text(
        "# Drive manual\n\n"
        + "\n\n".join(
            f"## Fault F{number:04d}: {(part := rng.choice(_PARTS))} {(does := rng.choice(_DOES))}\n\n"
            f"The drive reports F{number:04d} when the {part} {does} for longer than {rng.randrange(50, 900)} ms. "
            f"Check connector X{number % 40} and tighten its screws to {rng.randrange(1, 40)}.5 Nm. Parameter "
            f"P{rng.randrange(1000, 1999)} sets the limit; its default is {rng.randrange(1, 99)} %. If the {part} "
            f"still {does}, replace it as section {rng.randrange(1, 12)} describes, and acknowledge the fault."
            for number in range(1000, 1000 + SECTIONS)
        ),
        encoding="utf-8",
    )
    with Store.open(folder / "index.db") as store:
        Ingestor(store, _embedder()).run([EXAMPLES / "manuals", manual])
        store.checkpoint()


def _embedder() -> Embedder | None:
    from copilot.catalogue import open_catalogue, open_store
    from copilot.settings import Settings

    settings = Settings.load()
    catalogue = open_catalogue(settings)
    return build_embedder(settings, catalogue, open_store(settings, catalogue))


def queries() -> list[str]:
    """What is searched for and asked."""
    rng = random.Random(11)
    known = [question.question for question in read_questions(EXAMPLES / "questions.jsonl")]
    made = [f"{rng.choice(_PARTS)} {rng.choice(_DOES)}" for _ in range(60)]
    codes = [f"F{rng.randrange(1000, 1000 + SECTIONS)}" for _ in range(60)]
    found = known + made + codes
    rng.shuffle(found)
    return found


@contextmanager
def _data(kept: Path | None) -> Iterator[Path]:
    """A data directory with the index; one that is named is made once and used again."""
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        if not (kept / "index.db").exists():
            make_index(kept)
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="http-load-") as folder:
        make_index(Path(folder))
        yield Path(folder)


@contextmanager
def endpoint(data_dir: Path, *arguments: str) -> Iterator[tuple[int, psutil.Process]]:
    """Run ``edge-copilot serve`` on a free port until the block ends; give the port and the process."""
    command = [
        sys.executable,
        "-m",
        "copilot.cli.main",
        "--data-dir",
        str(data_dir),
        "serve",
        "--port",
        "0",
        *arguments,
    ]
    serving = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ.copy())
    assert serving.stderr is not None
    try:
        line = serving.stderr.readline()
        if "Listening on" not in line:
            raise SystemExit(line + serving.stderr.read())
        yield int(line.rpartition(":")[2].partition(".")[0]), psutil.Process(serving.pid)
    finally:
        serving.terminate()
        serving.wait(60)
        serving.stderr.close()


class Client:
    """One connection that is kept open, as a browser or an HMI keeps it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, body: dict[str, object]) -> tuple[int, dict[str, str]]:
        """Send a request and read the whole answer; returns its status and headers."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 22)
        reader, writer = self._streams
        data = json.dumps(body).encode()
        writer.write(
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(data)}\r\n\r\n".encode()
            + data
        )
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        await reader.readexactly(int(headers["content-length"]))
        if headers.get("connection", "").lower() == "close":
            self.close()
        return int(head[0].split()[1]), headers

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


@dataclass(frozen=True)
class Sample:
    """How the server was at a moment; ``at_s`` since the load began."""

    at_s: float
    server_mb: float
    engine_mb: float
    handles: int
    threads: int


@dataclass
class Seen:
    """What the clients met."""

    search_ms: list[float] = field(default_factory=list)
    ask_ms: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)


async def _searches(
    client: Client, asked: Sequence[str], rng: random.Random, pause_s: float, until: float, seen: Seen
) -> None:
    await asyncio.sleep(rng.random() * pause_s)
    while time.monotonic() < until:
        began = time.perf_counter()
        await _one(client, "/v1/search", {"query": rng.choice(asked)}, seen)
        seen.search_ms.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(pause_s * rng.uniform(0.5, 1.5))


async def _asks(client: Client, asked: Sequence[str], rng: random.Random, until: float, seen: Seen) -> None:
    while time.monotonic() < until:
        began = time.perf_counter()
        status, wait_s = await _one(client, "/v1/ask", {"question": rng.choice(asked)}, seen)
        if status == 200:
            seen.ask_ms.append((time.perf_counter() - began) * 1000)
        elif wait_s:
            await asyncio.sleep(min(wait_s, max(0.0, until - time.monotonic())))


async def _one(client: Client, path: str, body: dict[str, object], seen: Seen) -> tuple[int, float]:
    try:
        status, headers = await client.post(path, body)
    except (OSError, asyncio.IncompleteReadError, KeyError, ValueError) as error:
        client.close()
        seen.broken[f"{path}: {type(error).__name__}"] += 1
        await asyncio.sleep(0.5)
        return 0, 0.0
    seen.statuses[f"{path} {status}"] += 1
    return status, float(headers.get("retry-after", 0))


def _sample(process: psutil.Process, began: float) -> Sample:
    children = process.children(recursive=True)
    return Sample(
        round(time.monotonic() - began, 1),
        round(process.memory_info().rss / 1e6, 1),
        round(sum(child.memory_info().rss for child in children if child.is_running()) / 1e6, 1),
        process.num_fds(),
        process.num_threads(),
    )


async def _watched(process: psutil.Process, began: float, until: float) -> list[Sample]:
    samples = []
    while time.monotonic() < until:
        with_children = await asyncio.to_thread(_sample, process, began)
        samples.append(with_children)
        await asyncio.sleep(SAMPLE_EVERY_S)
    return samples


async def _load(
    port: int, process: psutil.Process, clients: int, seconds: float, pause_s: float
) -> tuple[Seen, list[Sample]]:
    asked, seen = queries(), Seen()
    connections = [Client(port) for _ in range(clients)]
    # The model is loaded and has written once before anything is measured.
    await connections[0].post("/v1/ask", {"question": asked[0]})
    began = time.monotonic()
    until = began + seconds
    work = [
        _asks(client, asked, random.Random(number), until, seen)
        if number % 5 == 0
        else _searches(client, asked, random.Random(number), pause_s, until, seen)
        for number, client in enumerate(connections)
    ]
    tasks = [asyncio.create_task(one) for one in work]
    samples = await _watched(process, began, until)
    for task in tasks:
        task.cancel()  # whoever still waits goes away, as people do
    for ended in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(ended, Exception):
            raise ended
    for client in connections:
        client.close()
    return seen, samples


def _percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1) if ordered else float("nan")


def _growth(samples: Sequence[Sample]) -> dict[str, float]:
    """Medians of the last quarter over those of the second: the first one is when caches fill."""
    quarter = max(1, len(samples) // 4)
    early, late = samples[quarter : 2 * quarter] or samples, samples[-quarter:]

    def median(part: Sequence[Sample], name: str) -> float:
        return statistics.median(getattr(sample, name) for sample in part)

    return {
        name: round(median(late, name) / max(1, median(early, name)), 3)
        for name in ("server_mb", "engine_mb", "handles", "threads")
    }


def load(options: argparse.Namespace) -> dict[str, Any]:
    """Run the load and return its figures."""
    with _data(options.data) as data_dir:
        arguments = ("--no-llm",) if options.tier == "none" else ("--tier", options.tier)
        with endpoint(data_dir, *arguments) as (port, process):
            seen, samples = asyncio.run(_load(port, process, options.clients, options.minutes * 60, options.pause))
    polite = sum(count for status, count in seen.statuses.items() if status.endswith(" 429"))
    fine = sum(count for status, count in seen.statuses.items() if status.endswith(" 200"))
    figures = {
        "clients": options.clients,
        "minutes": options.minutes,
        "tier": options.tier,
        "pause_s": options.pause,
        "searches": len(seen.search_ms),
        "search_ms": {
            "p50": _percentile(seen.search_ms, 0.5),
            "p95": _percentile(seen.search_ms, 0.95),
            "p99": _percentile(seen.search_ms, 0.99),
        },
        "answers": len(seen.ask_ms),
        "answer_s": {
            "p50": round(_percentile(seen.ask_ms, 0.5) / 1000, 1),
            "p95": round(_percentile(seen.ask_ms, 0.95) / 1000, 1),
        },
        "polite_429": polite,
        "errors": sum(seen.statuses.values()) - fine - polite + sum(seen.broken.values()),
        "statuses": dict(seen.statuses) | dict(seen.broken),
        "server_mb": {
            "first": samples[0].server_mb,
            "last": samples[-1].server_mb,
            "most": max(one.server_mb for one in samples),
        },
        "engine_mb": {"first": samples[0].engine_mb, "last": samples[-1].engine_mb},
        "handles": {
            "first": samples[0].handles,
            "last": samples[-1].handles,
            "most": max(one.handles for one in samples),
        },
        "threads": {"first": samples[0].threads, "last": samples[-1].threads},
        "growth_second_to_last_quarter": _growth(samples),
    }
    if options.curve is not None:
        _draw(options.curve, samples)
        options.curve.with_suffix(".json").write_text(json.dumps([asdict(one) for one in samples]) + "\n", "utf-8")
    return figures


def _draw(target: Path, samples: Sequence[Sample]) -> None:
    from bench.drawing import Line, draw

    def points(name: str) -> list[tuple[float, float]]:
        return [(sample.at_s / 60, getattr(sample, name)) for sample in samples]

    draw(
        target,
        "The endpoint under load: memory and handles",
        "minutes",
        "MB, handles",
        [
            Line("server, MB", points("server_mb")),
            Line("engine's process, MB", points("engine_mb"), "--"),
            Line("open handles", points("handles"), ":"),
        ],
    )


async def _hammer(port: int, connections: int, seconds: float, asked: Sequence[str]) -> float:
    clients = [Client(port) for _ in range(connections)]
    done = 0
    until = time.perf_counter() + seconds

    async def one(number: int, client: Client) -> None:
        nonlocal done
        rng = random.Random(number)
        while time.perf_counter() < until:
            status, _ = await client.post("/v1/search", {"query": rng.choice(asked)})
            assert status == 200, status
            done += 1

    began = time.perf_counter()
    await asyncio.gather(*(one(number, client) for number, client in enumerate(clients)))
    rate = done / (time.perf_counter() - began)
    for client in clients:
        client.close()
    return rate


class _InProcess:
    """The same searches, called."""

    def __init__(self, data_dir: Path, threads: int) -> None:
        from copilot.assembly import Assembly
        from copilot.settings import Settings

        self._assembly = Assembly(Settings.load(data_dir=data_dir))
        self._threads = threads
        self._assembly.searcher.warm()

    def rate(self, seconds: float, asked: Sequence[str]) -> float:
        """Searches a second."""
        searcher = self._assembly.searcher
        until = time.perf_counter() + seconds

        def one(number: int) -> int:
            rng, done = random.Random(number), 0
            while time.perf_counter() < until:
                searcher.search(rng.choice(asked), 5)
                done += 1
            return done

        began = time.perf_counter()
        with ThreadPoolExecutor(self._threads) as pool:
            return sum(pool.map(one, range(self._threads))) / (time.perf_counter() - began)


def throughput(options: argparse.Namespace) -> dict[str, Any]:
    """Compare searches a second, in turns, and return the figures."""
    asked = queries()
    with _data(options.data) as data_dir:
        called = {threads: _InProcess(data_dir, threads) for threads in (1, options.threads)}
        with endpoint(data_dir, "--no-llm") as (port, _):
            asyncio.run(_hammer(port, options.connections, 1, asked))
            for one in called.values():
                one.rate(1, asked)
            rounds = [
                {"http": asyncio.run(_hammer(port, options.connections, options.seconds, asked))}
                | {f"called by {threads}": one.rate(options.seconds, asked) for threads, one in called.items()}
                for _ in range(options.rounds)
            ]
    medians = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
    best = max(rate for name, rate in medians.items() if name != "http")
    return {
        "searches_a_second": {name: round(rate, 1) for name, rate in medians.items()},
        "share_of_the_best_call": round(medians["http"] / best, 3),
        "shares_by_round": [
            round(one["http"] / max(value for name, value in one.items() if name != "http"), 3) for one in rounds
        ],
        "connections": options.connections,
    }


def main() -> None:
    """Measure, print the figures, and say whether the goals are met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("load")
    one.add_argument("--clients", type=int, default=50)
    one.add_argument("--minutes", type=float, default=10.0)
    one.add_argument("--pause", type=float, default=2.0, help="seconds between a client's searches, on average")
    one.add_argument("--tier", default="small", choices=["none", "tiny", "small", "standard"])
    one.add_argument("--curve", type=Path, help="draw memory and handles over time")
    other = commands.add_parser("throughput")
    other.add_argument("--seconds", type=float, default=5.0)
    other.add_argument("--rounds", type=int, default=4)
    other.add_argument("--connections", type=int, default=6)
    other.add_argument("--threads", type=int, default=3)
    for command in (one, other):
        command.add_argument("--data", type=Path, help="a folder in which the index is kept between runs")
    options = parser.parse_args()
    figures = load(options) if options.command == "load" else throughput(options)
    print(json.dumps(figures, indent=2))
    if options.command == "load":
        met = figures["errors"] == 0 and figures["search_ms"]["p95"] <= GOAL_P95_MS
        print(f"no error but 429, search p95 ≤ {GOAL_P95_MS:.0f} ms: {'met' if met else 'missed'}", file=sys.stderr)
    else:
        met = figures["share_of_the_best_call"] >= GOAL_SHARE
        print(f"≥ {GOAL_SHARE:.0%} of the same search called: {'met' if met else 'missed'}", file=sys.stderr)


if __name__ == "__main__":
    main()
