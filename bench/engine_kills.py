"""Kill the engine's process in the middle of answers and see what the endpoint makes of it.

``python -m bench.engine_kills [--kills 100] [--tier tiny] [--seed 1]``: a real ``edge-copilot serve`` over the example
manuals, in a data directory of its own. Each round begins to stream an answer, and at a random moment of it sends the
engine's process SIGKILL, SIGSEGV or SIGABRT. Then it looks: whether the answer came to its end all the same, whether
the endpoint answers and searches at once, and when the next answer of the model was there. The load time that this is
held against is measured in the same run, from fresh processes.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from copilot.catalogue import Catalogue, ModelStore
from copilot.catalogue.schema import ModelEntry
from copilot.engines.building import ModelFile
from copilot.engines.child import ChildEngine, Load
from copilot.settings.paths import default_data_dir
from copilot.settings.sections import EngineSettings

COMMAND = (sys.executable, "-m", "copilot.cli.main")
MANUALS = Path(__file__).parents[1] / "examples" / "manuals"
QUESTIONS = (
    "What does F0012 mean?",
    "How is the brake replaced?",
    "To what torque are the bolts of the brake tightened?",
    "What has to be done every 5000 hours?",
    "Which fuse protects the brake's supply?",
)
SIGNALS = (signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT)
WAIT_S = 120.0


@dataclass(frozen=True)
class Round:
    """What one kill led to; times in seconds since the kill."""

    signal: str
    delay_s: float
    in_answer: bool
    ended: bool
    target: str
    healthy: bool
    search_s: float
    ready_s: float
    next_s: float
    next_own_s: float


def engine_pid(server: psutil.Process) -> int | None:
    """The engine's process below the server's; None while there is none."""
    for child in server.children(recursive=True):
        try:
            if "copilot.engine_process" in child.cmdline():
                return child.pid
        except psutil.Error:
            continue
    return None


def ready(client: httpx.Client) -> bool:
    """Whether the engine has its model."""
    return client.get("/v1/status").json()["engine"]["state"] == "ready"


def until_ready(client: httpx.Client) -> float:
    """Seconds until the engine has its model."""
    begun = time.monotonic()
    while not ready(client):
        if time.monotonic() - begun > WAIT_S:
            raise SystemExit("the engine does not come back")
        time.sleep(0.01)
    return time.monotonic() - begun


def stream(client: httpx.Client, question: str, begun: threading.Event | None = None) -> tuple[bool, str, float]:
    """Ask, and read to the end.

    Returns:
        Whether an answer came, where it was made in the end, and how long it took from the route on, in seconds.
    """
    start = time.monotonic()
    event, answer = "", None
    with client.stream(
        "POST", "/v1/ask", json={"question": question}, headers={"Accept": "text/event-stream"}
    ) as response:
        for line in response.iter_lines():
            if line.startswith("event:"):
                event = line.partition(":")[2].strip()
                if event == "route":
                    start = time.monotonic()
                    if begun is not None:
                        begun.set()
            elif line.startswith("data:") and event == "answer":
                answer = json.loads(line.partition(":")[2])
    return answer is not None, answer["route"]["target"] if answer else "", time.monotonic() - start


def one_round(client: httpx.Client, server: psutil.Process, usual_s: dict[str, float], dice: random.Random) -> Round:
    """Ask, kill, look."""
    until_ready(client)
    pid = engine_pid(server)
    assert pid is not None, "a ready engine has a process"
    told: list[tuple[bool, str, float]] = []
    begun = threading.Event()
    question = dice.choice(QUESTIONS)
    asking = threading.Thread(target=lambda: told.append(stream(client, question, begun)))
    asking.start()
    begun.wait(WAIT_S)
    delay_s = dice.uniform(0, usual_s[question])
    time.sleep(delay_s)
    which = dice.choice(SIGNALS)
    in_answer = asking.is_alive()
    os.kill(pid, which)
    killed = time.monotonic()
    healthy = client.get("/healthz").status_code == 200
    before = time.monotonic()
    found = client.post("/v1/search", json={"query": "F0012"})
    search_s = time.monotonic() - before
    healthy = healthy and found.status_code == 200 and bool(found.json()["passages"])
    asking.join(WAIT_S)
    while engine_pid(server) in (pid, None):
        time.sleep(0.002)
    until_ready(client)
    ready_s = time.monotonic() - killed
    ended, target, own_s = stream(client, dice.choice(QUESTIONS))
    if not ended or target != "local":
        raise SystemExit(f"the next answer came from {target or 'nowhere'}")
    return Round(
        which.name, delay_s, in_answer, told[0][0], told[0][1], healthy, search_s, ready_s,
        time.monotonic() - killed, own_s,
    )  # fmt: skip


def load_times(model: ModelFile, runs: int) -> list[float]:
    """How long a fresh process takes to have the model."""
    import asyncio

    times = []
    for _ in range(runs):
        begun = time.monotonic()
        engine = ChildEngine.load(Load(file=model, engine=EngineSettings()))
        times.append(time.monotonic() - begun)
        asyncio.run(engine.close())
    return times


def serve(folder: Path, tier: str) -> tuple[subprocess.Popen[str], str]:
    """Ingest the manuals and start the server; return it with its address."""
    environment = os.environ | {"EDGE_COPILOT_DATA_DIR": str(folder)}
    subprocess.run([*COMMAND, "ingest", str(MANUALS)], env=environment, capture_output=True, check=True)
    (folder / "calibration").mkdir(exist_ok=True)  # whatever is found counts as an answer: this is no test of quality
    (folder / "calibration" / f"{tier}.json").write_text(json.dumps({"tier": tier, "bias": 5.0}), encoding="utf-8")
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0", "--tier", tier], env=environment, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("Listening on "):
            address = line.split()[2].rstrip(".")
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return process, address
    raise SystemExit("the server does not start")


def model_of(tier: str) -> ModelFile:
    """The model of a tier, as it lies in this user's data directory."""
    entry: ModelEntry = Catalogue.load().default("chat", tier)
    path = ModelStore(default_data_dir()).path(entry)
    return ModelFile(path=path, model_id=entry.id, identity=str(entry.files[0].sha256), tier=tier, family=entry.family)


def spread(values: list[float], digits: int = 2) -> str:
    """Median, 95th percentile and most."""
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]
    return " / ".join(f"{value:.{digits}f}" for value in (statistics.median(ordered), p95, ordered[-1]))


def main() -> int:
    """Measure, print a table, and say whether the goals are met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--tier", default="tiny", choices=["tiny", "small", "standard"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", default="auto", help="of the model; 1 on a machine that does other work, too")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    dice = random.Random(options.seed)
    os.environ["EDGE_COPILOT_ENGINE__THREADS"] = options.threads
    loads = load_times(model_of(options.tier), 10)
    with tempfile.TemporaryDirectory() as folder:
        process, address = serve(Path(folder), options.tier)
        try:
            with httpx.Client(base_url=address, timeout=WAIT_S, trust_env=False) as client:
                until_ready(client)
                usual_s = {one: min(stream(client, one)[2] for _ in range(2)) for one in QUESTIONS}
                server = psutil.Process(process.pid)
                files = server.num_fds()
                rounds: list[Round] = []
                with contextlib.suppress(KeyboardInterrupt):  # what there is by then is told
                    while sum(one.in_answer for one in rounds) < options.kills:  # some answers are too quick for it
                        rounds.append(one_round(client, server, usual_s, dice))
                        print(f"{len(rounds)} {rounds[-1]}", file=sys.stderr)
                more_files = server.num_fds() - files
                restarts = client.get("/v1/status").json()["engine"]["restarts"]
        finally:
            process.terminate()
            process.wait(WAIT_S)
    return report(rounds, loads, usual_s, restarts, more_files, as_json=options.json)


def report(
    rounds: list[Round], loads: list[float], usual_s: dict[str, float], restarts: int, more_files: int, *, as_json: bool
) -> int:
    """Print what was found; return the exit code."""
    caught = [one for one in rounds if one.in_answer]
    up = sum(one.healthy for one in rounds)
    whole = sum(one.ended for one in rounds)
    slowest_load = max(loads)
    within = sum(one.ready_s <= slowest_load for one in rounds)
    if as_json:
        print(json.dumps({"loads_s": loads, "rounds": [vars(one) for one in rounds]}, indent=2))
    else:
        signals = ", ".join(f"{name} {count}" for name, count in Counter(one.signal for one in rounds).items())
        print(f"| kills ({signals}) | {len(rounds)} | |")
        print(f"| of them in the middle of an answer | {len(caught)} | |")
        print(f"| endpoint up, and searching, right after | {up} | {len(rounds)} |")
        print(f"| answers that came to their end all the same | {whole} | {len(rounds)} |")
        print(f"| of those in the middle: ended in quotes | {sum(one.target == 'quotes' for one in caught)} | |")
        print(f"| engine started again | {restarts} | {len(rounds)} |")
        print(f"| load time of a fresh process, p50 / p95 / most, s | {spread(loads)} | |")
        print(f"| from the kill until the model is there again, s | {spread([one.ready_s for one in rounds])} | |")
        print(f"| of them within the longest load time | {within} | {len(rounds)} |")
        print(f"| from the kill until the next answer of the model, s | {spread([one.next_s for one in rounds])} | |")
        print(f"| that answer by itself, s | {spread([one.next_own_s for one in rounds])} | |")
        print(f"| an answer undisturbed, from the route on, s | {spread(list(usual_s.values()))} | |")
        print(f"| search while there is no engine, ms | {spread([one.search_s * 1000 for one in rounds], 0)} | |")
        print(f"| open files of the endpoint, more than before | {more_files} | 0 |")
    return 0 if up == whole == len(rounds) else 1


if __name__ == "__main__":
    sys.exit(main())
