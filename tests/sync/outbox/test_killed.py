"""Killed at any moment while notes are written and delivered: nothing is lost, nothing is there twice.

`bench/outbox_kills.py` does the same 300 times, and kills the hub too.
"""

from __future__ import annotations

import contextlib
import random
import signal
import time
from pathlib import Path

from bench.outbox_workers import KEY, TOKEN, device, started
from sync.outbox import Outbox, OutboxPolicy, Preparer
from sync.outbox.channel import Credentials, HttpChannel
from sync.outbox.delivery import Delivery
from sync.receiver.app import Limits, create_app
from sync.receiver.storage import Device, open_storage
from sync.receiver.tokens import token_hash
from tests.sync.receiver.people import running

KILLS = 10


def test_killed_while_delivering_every_note_arrives_once_and_in_order(tmp_path: Path) -> None:
    chance = random.Random(7)
    kept: set[str] = set()
    storage = open_storage(tmp_path)
    storage.add_device(Device("press-1"), token_hash(TOKEN))
    with running(create_app(storage, Limits(requests_per_minute=1e6, burst=10**6))) as url:
        killed = 0
        for _ in range(KILLS):
            with started(device, tmp_path, url, len(kept)) as (process, told):
                time.sleep(chance.uniform(0, 0.2))
                process.kill()
                process.join()
                killed += process.exitcode == -signal.SIGKILL
                with contextlib.suppress(EOFError, OSError):
                    while told.poll():
                        said = told.recv()
                        if isinstance(said, tuple):
                            kept.add(said[0])
        with Outbox(tmp_path / "outbox.db", KEY) as outbox, HttpChannel(url, Credentials(TOKEN)) as channel:
            assert outbox.read("PRAGMA integrity_check") == [("ok",)]
            Delivery(outbox, channel, Preparer(OutboxPolicy.load(None))).run()
            assert outbox.health().waiting == 0
    there = [one.item for one in storage.items(limit=100_000)]
    storage.close()

    assert killed == KILLS
    assert kept
    assert kept <= {item.id for item in there}
    assert [item.seq for item in there] == sorted({item.seq for item in there})
