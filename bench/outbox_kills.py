"""Kill a device while it writes and delivers notes, and the hub while it takes them; then count what is there.

    .venv/bin/python -m bench.outbox_kills [--kills 300] [--seed 20]

Real processes, killed with SIGKILL at random moments: a device that leaves notes and delivers them at the same time,
and the hub's receiver, both with encrypted stores. Every fifth kill is the hub's. At the end every note of which the
device was told that it is kept must be at the hub, once, in its order, and both stores must be whole. Loopback only.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import random
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

from bench.outbox_workers import KEY, TOKEN, device, hub, started
from index.store.connection import connect_writer
from sync.outbox import Outbox, OutboxPolicy, Preparer
from sync.outbox.channel import Credentials, HttpChannel
from sync.outbox.delivery import Delivery
from sync.receiver.storage import Device, Storage, StoredItem, open_storage
from sync.receiver.tokens import token_hash

HUB_KILL_EVERY = 5


class Heard:
    """What the killed devices said."""

    def __init__(self) -> None:
        self.kept: dict[str, int] = {}
        self.duplicates = 0

    def listen(self, pipe: Connection) -> None:
        """Take in what a killed process said; its last word may have been cut."""
        with contextlib.suppress(EOFError, OSError):
            while pipe.poll():
                said = pipe.recv()
                if isinstance(said, tuple):
                    self.kept[said[0]] = said[1]
                else:
                    self.duplicates += said


def whole(database: Path) -> bool:
    connection = connect_writer(database, KEY)
    try:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        connection.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=20)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        return run(Path(folder), options.kills, chance)


def run(folder: Path, kills: int, chance: random.Random) -> int:
    begun = time.monotonic()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    storage = open_storage(folder, key=KEY)
    storage.add_device(Device("press-1"), token_hash(TOKEN))
    storage.close()
    heard = Heard()
    corrupt = device_kills = hub_kills = 0
    while device_kills + hub_kills < kills:
        with started(hub, folder, port) as (hub_process, _):
            for _ in range(HUB_KILL_EVERY - 1):
                with started(device, folder, url, len(heard.kept)) as (process, told):
                    time.sleep(chance.uniform(0, 0.25))
                    process.kill()
                    process.join()
                    device_kills += process.exitcode == -signal.SIGKILL
                    heard.listen(told)
                corrupt += not whole(folder / "outbox.db")
            with started(device, folder, url, len(heard.kept)) as (process, told):
                time.sleep(chance.uniform(0, 0.25))
                hub_process.kill()
                hub_process.join()
                hub_kills += hub_process.exitcode == -signal.SIGKILL
                time.sleep(0.03)
                process.kill()
                process.join()
                heard.listen(told)
        corrupt += not whole(folder / "receiver.db")
        corrupt += not whole(folder / "outbox.db")
    with started(hub, folder, port), Outbox(folder / "outbox.db", KEY) as outbox:
        waited = outbox.health().waiting
        with HttpChannel(url, Credentials(TOKEN)) as channel:
            last = Delivery(outbox, channel, Preparer(OutboxPolicy.load(None))).run()
        left = outbox.health().waiting
    storage = open_storage(folder, key=KEY)
    there = [one for page in pages(storage) for one in page]
    storage.close()
    ids = [one.item.id for one in there]
    numbers = [one.item.seq for one in there]
    lost = heard.kept.keys() - set(ids)
    print(f"{device_kills} kills of the device and {hub_kills} of the hub, in {time.monotonic() - begun:.0f} s")
    print(f"{len(heard.kept)} notes were said to be kept; {len(ids)} are at the hub; {waited} waited at the end")
    print(f"lost notes       {len(lost)}")
    print(f"duplicates       {len(ids) - len(set(ids))}")
    print(f"out of order     {sum(a > b for a, b in itertools.pairwise(numbers))}")
    print(f"corrupt stores   {corrupt}")
    print(f"sent again       {heard.duplicates + last.duplicates} notes that the hub had already, and knew")
    return int(bool(lost or left or corrupt or len(ids) != len(set(ids))))


def pages(storage: Storage) -> Iterator[list[StoredItem]]:
    after = 0
    while page := storage.items(after=after, limit=1000):
        yield page
        after = page[-1].number


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
