"""The two processes that `bench.outbox_kills` kills: a device that writes and delivers notes, and the hub."""

from __future__ import annotations

import contextlib
import multiprocessing
import random
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import uvicorn

from index.errors import EdgeCopilotError
from sync.outbox import Draft, Outbox, OutboxPolicy, Preparer
from sync.outbox.channel import Credentials, HttpChannel
from sync.outbox.delivery import Delivery, Patience
from sync.receiver.app import Limits, create_app
from sync.receiver.serving import Address, server
from sync.receiver.storage import open_storage

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["bench.outbox_workers"])

KEY, TOKEN = "a key", "ecd_bench"


def device(told: Connection, folder: Path, url: str, first: int) -> None:
    """Leave notes in one thread and deliver in another until killed; tell each note that is kept for sure."""
    outbox = Outbox(folder / "outbox.db", KEY)

    def write() -> None:
        number = first
        while True:
            receipt = outbox.put(Draft("note", {"text": f"note {number} " + "x" * random.randrange(400)}))
            told.send((receipt.id, receipt.seq))
            number += 1

    threading.Thread(target=write, daemon=True).start()
    told.send("ready")
    preparer = Preparer(OutboxPolicy.load(None))
    patience = Patience(attempts=2, first_s=0.05, longest_s=0.1)
    while True:
        with contextlib.suppress(EdgeCopilotError), HttpChannel(url, Credentials(TOKEN), timeout_s=5) as channel:
            report = Delivery(outbox, channel, preparer, patience, batch_bytes=3000).run()
            told.send(report.duplicates)


def hub(told: Connection, folder: Path, port: int) -> None:
    """The receiver, until killed."""
    storage = open_storage(folder, key=KEY)
    serving = server(create_app(storage, Limits(requests_per_minute=1e6, burst=10**6)), Address(port=port))
    threading.Thread(target=_tell_when_started, args=(serving, told), daemon=True).start()
    serving.run()


def _tell_when_started(serving: uvicorn.Server, told: Connection) -> None:
    while not serving.started:
        time.sleep(0.002)
    told.send("ready")


@contextlib.contextmanager
def started(target: Callable[..., None], *arguments: object) -> Iterator[tuple[ForkServerProcess, Connection]]:
    """A process that is ready, and what it tells; killed at the end, if it wasn't before."""
    hears, tells = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=target, args=(tells, *arguments), daemon=True)
    process.start()
    tells.close()
    assert hears.recv() == "ready"
    try:
        yield process, hears
    finally:
        process.kill()
        process.join()
