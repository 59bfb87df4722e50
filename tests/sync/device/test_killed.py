"""A sync killed at any moment: what was live answers on, and the next sync finishes without fetching it all again."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from index.store import Store
from tests.sync.device.conftest import Device
from tests.sync.device.servers import FolderServer
from tests.sync.device.small_hub import SmallHub

ONE_SYNC = """
import sys
from datetime import datetime
from pathlib import Path
from tests.sync.device.conftest import Device
data_dir, hub, root, *largest = sys.argv[1:]
if largest:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(largest[0]), int(largest[0])))
print("begun", flush=True)
Device(Path(data_dir), hub, Path(root)).sync()
"""
ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("seed", range(1))
def test_killed_again_and_again_it_arrives_all_the_same(
    device: Device, hub: SmallHub, server: FolderServer, seed: int
) -> None:
    chance = random.Random(seed)
    device.sync()
    hub.publish(
        "presses",
        {f"{n}.txt": f"Part {n}: " + " ".join(f"word{chance.randrange(10**6)}" for _ in range(800)) for n in range(30)},
    )
    needed = sum(pack.stat().st_size for pack in hub.packs())
    server.behaviour.bytes_per_s = 400_000
    server.sent_bytes = 0
    for _ in range(5):
        running = subprocess.Popen(
            [sys.executable, "-c", ONE_SYNC, str(device.data_dir), device.hub, str(device.root_file)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        assert running.stdout is not None
        running.stdout.readline()
        time.sleep(chance.uniform(0, 0.35))
        running.send_signal(signal.SIGKILL)
        running.wait()
        running.stdout.close()
        with Store.open(device.data_dir / "index.db") as store:
            assert store.check() == []
        assert device.found("valve") == ["b.txt"] or device.live("presses") == 2

    server.behaviour.bytes_per_s = None
    device.sync()

    assert device.live("presses") == 2
    assert device.found("Part 7")[0].endswith(".txt")
    metadata = 8_000 * 6
    assert server.sent_bytes < needed + metadata + 5 * 65_536  # at most what was under way is fetched twice


def test_a_disk_that_fills_up_half_way_leaves_the_live_generation(device: Device, hub: SmallHub) -> None:
    """A limit on the size of files is met like a full disk, and needs no disk of its own."""
    device.sync()
    hub.publish("tuning", {"models/x.bin": random.Random(1).randbytes(4_000_000)}, kind="files")
    needed = max(pack.stat().st_size for pack in hub.packs())

    failed = subprocess.run(
        [sys.executable, "-c", ONE_SYNC, str(device.data_dir), device.hub, str(device.root_file), str(needed // 2)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
    )

    assert "DiskFull" in failed.stderr
    assert device.found("valve") == ["b.txt"]
    device.sync()
    assert device.live("tuning") == 1
