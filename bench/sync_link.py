"""A bad link: 30% of connections cut at a random byte, 200 ms to the first byte, 256 kbit/s. Does a sync finish?

    python -m bench.sync_link [--share 0.3] [--latency-ms 200] [--kbit-s 256] [--documents 400]

A small hub publishes synthetic documents in eight collections; a device enrols, fetches everything over the bad line,
then an update of 5% of the documents. The server is real and on loopback; it sends at the line's rate and resets a
share of connections after a random byte of the body. What such a line holds at that moment, half a round trip's worth
at its rate, was sent and never arrives. "Twice" is what the server sent beyond what a perfect line would have taken:
the same syncs by another device, over the same server unhurt.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from sync.device.report import Report
from tests.sync.device.conftest import Device
from tests.sync.device.servers import Behaviour, FolderServer, cutting, serving
from tests.sync.device.small_hub import SmallHub

COLLECTIONS = 8
# Without digits: every word with one counts as an identifier, and indexing them would take longer than the line.
WORDS = [
    f"{head}{a}{b}{c}" for head in ("brak", "valv", "pump") for a in "aeiou" for b in "lmnrst" for c in "aeioudgkpt"
]


@dataclass(frozen=True)
class Run:
    """One sync.

    Attributes:
        sent: Bytes of bodies that left the server.
    """

    took_s: float
    sent: int
    requests: int
    cuts: int
    report: Report


def documents(count: int, seed: int) -> dict[str, object]:
    chance = random.Random(seed)
    return {
        f"manual-{number:04}.txt": "\n".join(
            f"Section {part}: " + " ".join(chance.choices(WORDS, k=120)) for part in range(6)
        )
        for number in range(count)
    }


def measured(server: FolderServer, device: Device) -> Run:
    server.sent_bytes = server.cuts = 0
    server.requests.clear()
    begun = perf_counter()
    report = device.sync()
    return Run(perf_counter() - begun, server.sent_bytes, len(server.requests), server.cuts, report)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--share", type=float, default=0.3)
    options.add_argument("--latency-ms", type=float, default=200)
    options.add_argument("--kbit-s", type=int, default=256)
    options.add_argument("--documents", type=int, default=800)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        hub = SmallHub(Path(folder) / "public")
        each = given.documents // COLLECTIONS
        first = [documents(each, given.seed + number) for number in range(COLLECTIONS)]
        changed = [docs | documents(max(1, each // 20), given.seed + 99) for docs in first]
        bad = Behaviour(
            cut=cutting(given.share, given.seed),
            reset=True,
            lost_bytes=round(given.kbit_s * 125 * given.latency_ms / 2000),
            latency_s=given.latency_ms / 1000,
            bytes_per_s=given.kbit_s * 125,
        )
        with serving(hub.public) as server:
            perfect = Device(Path(folder) / "perfect", server.url, hub.root_file, hub.now)
            device = Device(Path(folder) / "device", server.url, hub.root_file, hub.now, fruitless=20)
            print("| sync | bytes needed | bytes sent | sent twice | connections | cut | took | at the line's rate |")
            print("| --- | --- | --- | --- | --- | --- | --- | --- |")
            total_needed = total_sent = 0
            for name, content in (("everything", first), ("5% of the documents changed", changed)):
                for number, docs in enumerate(content):
                    hub.publish(f"manuals-{number}", docs, sign=False)
                hub.sign()
                server.behaviour = Behaviour()
                needed = measured(server, perfect)
                server.behaviour = bad
                run = measured(server, device)
                assert [one.generation for one in run.report.outcomes] == [
                    one.generation for one in needed.report.outcomes
                ]
                twice = run.sent / needed.sent - 1
                total_needed, total_sent = total_needed + needed.sent, total_sent + run.sent
                print(
                    f"| {name} | {needed.sent:,} | {run.sent:,} | {twice:.1%} | {run.requests} | {run.cuts} "
                    f"| {run.took_s:.0f} s | {needed.sent / (given.kbit_s * 125):.0f} s |",
                    flush=True,
                )
            print(f"| both | {total_needed:,} | {total_sent:,} | {total_sent / total_needed - 1:.1%} | | | | |")


if __name__ == "__main__":
    main()
