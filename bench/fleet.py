"""What a fleet asks of a hub: requests and bytes per device and day, measured with simulated devices.

    .venv/bin/python -m bench.fleet [--devices 2000] [--documents 100] [--seconds 470] [--folder /dev/shm]

Each device has a data directory, an index, an outbox and a token of its own, and runs the product's own code: enrol,
sync, report its health, deliver. One static file server and one receiver, each a process on this machine; nothing
leaves loopback, at most four devices are at work at a time, and it stops by itself after ``--seconds``: a round that
the machine doesn't finish in its share of that time goes on with the devices that it reached, and says so. Devices may
lie in memory (``--folder``), the hub's storage always lies on the disk.

Three rounds: some devices fetch the collection for the first time, and the others start from a copy of what one of
them has, with an identity of their own; all ask when nothing has changed; 1% of the documents change and all fetch
that, handing in three notes and a health report. A day is one round of the third kind and 23 of the second (the default
of one sync an hour). Then as many more devices hand in a note at once, over 32 connections: what one receiver takes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import httpx

from bench.fleet_servers import running, serve_receiver, serve_static
from copilot.settings import Settings
from copilot.syncing.parts import Syncing
from copilot.uploading import Uploading
from sync.device.enrolment import enrol
from sync.device.places import Places
from sync.hub.folder import HubFolder
from sync.hub.publishing import Order, Publisher
from sync.hub.settings import CollectionSettings, SourceSettings
from sync.outbox import Draft
from sync.outbox.ids import new_id
from sync.outbox.wire import OUTBOX_PATH
from sync.receiver.storage import Device, open_storage
from sync.receiver.tokens import token_hash
from tests.index.hashing_embedder import HashingEmbedder

WORKERS = 4
FETCHING = 20
"""Devices that fetch everything; the others copy what the first one has."""
DAY = 24


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, default=2000)
    parser.add_argument("--documents", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=470, help="stop after so long, however far it is")
    parser.add_argument("--folder", type=Path, help="where the devices' data directories are made")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as hub, tempfile.TemporaryDirectory(dir=options.folder) as folder:
        fleet = Fleet(Path(folder), make_hub(Path(hub), options.documents), time.monotonic() + options.seconds)
        fleet.run(min(options.devices, 5000), options.documents)


class Fleet:
    """The devices and the servers that they ask."""

    def __init__(self, folder: Path, hub: HubFolder, until: float) -> None:
        self.folder, self.hub, self.until = folder, hub, until
        self.rounds_left = 4

    def run(self, devices: int, documents: int) -> None:
        storage = open_storage(self.hub.path)
        for number in range(devices):
            for name in (f"{number}", f"storm_{number}"):
                storage.add_device(Device(name, created_at=datetime.now(UTC)), token_hash(f"ecd_{name}"))
        storage.close()
        with running(serve_static, self.hub.public) as self.static, running(serve_receiver, self.hub.path) as receiver:
            self.receiver = receiver
            addresses = [self.static.url, receiver.url, str(self.hub.public)]
            (self.folder / "hub.json").write_text(json.dumps(addresses))
            numbers, first = self.round("first", first_sync, range(min(devices, FETCHING)))
            others, _ = self.round("copied", copied, range(FETCHING, devices))
            numbers, idle = self.round("idle", idle_sync, [*numbers, *others])
            change(self.hub.path.parent, documents, 2)
            publish(self.hub)
            _, update = self.round("update", update_sync, numbers)
            rate = asyncio.run(storm(receiver.url, devices, time.monotonic() + 60))
        day = {name: update[name] + (DAY - 1) * idle[name] for name in {*idle, *update}}
        show("a day: one update and 23 times nothing", day)
        print(f"\none receiver took {rate:,.0f} batches a second, each on the disk before it was answered")
        print(f"first sync: {first['static bytes out'] / 1e3:,.1f} kB a device")

    def round(
        self, name: str, task: Callable[[Path, int], None], numbers: Sequence[int]
    ) -> tuple[list[int], Counter[str]]:
        """Let devices do ``task`` for a share of the time that is left; who did, and what it came to for each."""
        self.static.take(), self.receiver.take()
        begun = time.monotonic()
        until = begun + (self.until - begun) / self.rounds_left if len(numbers) > FETCHING else self.until
        self.rounds_left -= 1
        done: list[int] = []
        with ProcessPoolExecutor(WORKERS, mp_context=get_context("forkserver")) as pool:
            chunks = [numbers[start : start + 20] for start in range(0, len(numbers), 20)]
            futures = [pool.submit(several, task, self.folder, chunk, until) for chunk in chunks]
            for future in as_completed(futures):
                done += future.result()
        took_s = time.monotonic() - begun
        counts: Counter[str] = Counter()
        for server, taken in (("static", self.static.take()), ("receiver", self.receiver.take())):
            counts.update({f"{server} {what}": count / max(1, len(done)) for what, count in taken.items()})
        short = "" if len(done) == len(numbers) else f" of {len(numbers)}, then the time was up"
        show(f"{name}: {len(done)} devices{short}, in {took_s:.0f} s, {len(done) / took_s:.0f} a second", counts)
        return done, counts


def make_hub(folder: Path, documents: int) -> HubFolder:
    hub = HubFolder(folder / "hub")
    hub.init()
    change(folder, documents, 1)
    settings = hub.settings().with_collection("presses", CollectionSettings())
    source = SourceSettings(id="presses", collection="presses", type="folder", location=str(folder / "docs"))
    settings.with_source(source).write(hub.settings_file)
    publish(hub)
    return hub


def publish(hub: HubFolder) -> None:
    report = Publisher(hub, HashingEmbedder()).publish(Order())  # type: ignore[arg-type]
    print(f"\npublished: {[(one.collection, one.number, one.documents) for one in report.collections]}")


def change(folder: Path, documents: int, revision: int) -> None:
    """Write the documents; later revisions change 1% of them."""
    (folder / "docs").mkdir(exist_ok=True)
    for number in range(documents if revision == 1 else max(1, documents // 100)):
        sections = [
            f"## Fault F{number:03}{section}\n\nIn machine {number}, section {section}, revision {revision}: the brake "
            f"did not release within {100 + number + section} ms. Check the coil (24 V) and the gap of 0.{section} mm, "
            f"then acknowledge at the panel and restart unit {number * 7 + section}.\n"
            for section in range(5)
        ]
        text = f"# Machine {number}\n\n" + "\n".join(sections)
        (folder / "docs" / f"machine-{number:04}.md").write_text(text)


def several(task: Callable[[Path, int], None], folder: Path, numbers: Sequence[int], until: float) -> list[int]:
    done = []
    for number in numbers:
        if time.monotonic() > until:
            break
        task(folder, number)
        done.append(number)
    return done


def settings_of(folder: Path, number: int) -> Settings:
    return Settings.load(None, folder / "devices" / str(number))


def first_sync(folder: Path, number: int) -> None:
    enrolled(folder, number)
    sync(settings_of(folder, number))


def copied(folder: Path, number: int) -> None:
    ignore = shutil.ignore_patterns("outbox*", "device.json", "logs")
    shutil.copytree(folder / "devices" / "0", folder / "devices" / str(number), ignore=ignore)
    enrolled(folder, number)
    sync(settings_of(folder, number))


def enrolled(folder: Path, number: int) -> None:
    static, receiver, public = json.loads((folder / "hub.json").read_text())
    data = folder / "devices" / str(number)
    data.mkdir(parents=True, exist_ok=True)
    (data / "token").write_text(f"ecd_{number}\n")
    (data / "copilot.toml").write_text(f'[outbox]\nurl = "{receiver}"\ntoken_file = "token"\n')
    root = Path(public) / "metadata" / "1.root.json"
    enrol(Places.of(data), static, root, datetime.now(UTC), name=f"device-{number}")


def idle_sync(folder: Path, number: int) -> None:
    sync(settings_of(folder, number))


def update_sync(folder: Path, number: int) -> None:
    settings = settings_of(folder, number)
    with Uploading(settings) as uploading:
        for one in range(3):
            text = f"Note {one} of device {number}: the gap at unit {number * 3 + one} was 0.4 mm, set to 0.3 mm."
            uploading.put(Draft("note", {"text": text, "machine": f"machine {number}"}))
    sync(settings)


async def storm(url: str, devices: int, until: float) -> float:
    """Let ``devices`` others hand in one note each, as fast as the receiver takes them; batches a second."""
    waiting = list(range(devices))

    async def deliver(client: httpx.AsyncClient) -> None:
        while waiting and time.monotonic() < until:
            number = waiting.pop()
            note = {"id": new_id(), "seq": 1, "kind": "note", "created_at": datetime.now(UTC).isoformat()}
            fields = {"text": f"Note of device {number}: the gap at unit {number} was 0.4 mm, set to 0.3 mm."}
            batch = {"format": 1, "instance": f"{number:032x}", "items": [note | {"fields": fields}]}
            headers = {"Authorization": f"Bearer ecd_storm_{number}"}
            answer = await client.post(OUTBOX_PATH, json=batch, headers=headers)
            assert answer.status_code == 200, answer.text

    begun = time.monotonic()
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        await asyncio.gather(*(deliver(client) for _ in range(32)))
    return (devices - len(waiting)) / (time.monotonic() - begun)


def sync(settings: Settings) -> None:
    Syncing(settings, unused, unused).sync()
    with Uploading(settings) as uploading:
        told = uploading.after_sync()
        assert "not handed in" not in told, told


def unused() -> None:  # type: ignore[return]
    raise AssertionError("there are no models among what is published")


def show(title: str, counts: Counter[str] | dict[str, float]) -> None:
    print(f"\n{title}; for each device:")
    for name in sorted(counts):
        print(f"  {name:40} {counts[name]:12,.2f}")


if __name__ == "__main__":
    main()
