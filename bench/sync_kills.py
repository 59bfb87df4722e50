"""A device killed again and again while it updates: is its index ever corrupt, is ever half a generation seen?

    python -m bench.sync_kills [--kills 300] [--encrypted]

A process goes from generation to generation (build, check, switch, now and then roll back, clear away) until it is
killed with SIGKILL at a random moment. Each time the whole index is looked at, and every text that is seen is compared
with what the hub published. A generation that was told to be live before the kill must be live after it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import tempfile
import time
from collections import Counter
from pathlib import Path

from bench.sync_collection import table
from tests.sync.device.generations.killing import change_generations, possible, publish, state

PROCESSES = multiprocessing.get_context("forkserver")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--longest-s", type=float, default=1.0, help="a kill comes within this time")
    parser.add_argument("--encrypted", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        print(run(Path(temporary), asked.kills, asked.longest_s, "a key" if asked.encrypted else None))


def run(folder: Path, kills: int, longest_s: float, key: str | None) -> str:
    PROCESSES.set_forkserver_preload(["tests.sync.device.generations.killing"])
    chance = random.Random(11)
    made = publish(folder / "hub", 5)
    published = [one for one, _ in made]
    texts = {0: {}} | {one.release.number: text for one, text in made}
    store_file = folder / "device" / "index.db"
    live, counts = 0, Counter[str]()
    for _ in range(kills):
        pipe, other = PROCESSES.Pipe(duplex=False)
        child = PROCESSES.Process(target=change_generations, args=(store_file, key, published, other))
        child.start()
        other.close()
        assert pipe.recv() == ("ready", 0)
        time.sleep(chance.uniform(0, longest_s))
        child.kill()
        child.join()
        expected = possible(pipe, live)
        before = live
        live, seen, faults = state(store_file, key)
        counts["corrupt"] += bool(faults)
        counts["not one whole generation"] += seen != texts.get(live)
        counts["behind what was told"] += live not in expected
        counts["another generation than before"] += live != before
        counts["within a change of generations"] += len(expected) > 1
    counts["kills"] = kills
    names = (
        "kills", "within a change of generations", "another generation than before", "corrupt",
        "not one whole generation", "behind what was told",
    )  # fmt: skip
    return table([("", "count"), *((name, str(counts[name])) for name in names)])


if __name__ == "__main__":
    main()
