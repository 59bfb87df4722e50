"""Killed at any moment of a publication, the hub serves the old one or the new one, whole; and goes on."""

from __future__ import annotations

import multiprocessing
import random
import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from tests.index.hashing_embedder import HashingEmbedder
from tests.sync.hub.published import Hub, manual, write

ROUNDS = 10

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["sync.hub.publishing", "index.loaders.markdown", "tests.sync.hub.published"])


def publish(hub: Path, pipe: Connection) -> None:
    from sync.hub.folder import HubFolder
    from sync.hub.publishing import Publisher

    pipe.send("ready")
    Publisher(HubFolder(hub), HashingEmbedder()).publish()
    pipe.send("done")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills with SIGKILL")
def test_what_is_served_is_always_whole(tmp_path: Path) -> None:
    chance = random.Random(5)
    hub = Hub(tmp_path / "hub", tmp_path / "docs")
    docs = hub.add()
    for number in range(8):
        write(docs / f"{number}.md", manual(f"m{number}", words="state 0"))
    began = time.monotonic()
    hub.publish()
    took_s, killed, last = time.monotonic() - began, 0, 1
    for round_ in range(1, ROUNDS + 1):
        for number in range(8):
            write(docs / f"{number}.md", manual(f"m{number}", words=f"state {round_}"))
        told, pipe = PROCESSES.Pipe(duplex=False)
        child = PROCESSES.Process(target=publish, args=(hub.path, pipe))
        child.start()
        pipe.close()
        assert told.recv() == "ready"
        time.sleep(chance.uniform(0, 1.2 * took_s))
        child.kill()
        child.join()
        killed += child.exitcode == -signal.SIGKILL

        generation = hub.generation()
        states = {text.rpartition("state ")[2].strip(" .\n") for text in map(generation.text, generation.documents)}
        assert len(generation.documents) == 8
        assert len(states) == 1
        assert generation.manifest.number >= last
        last = generation.manifest.number

    assert killed
    hub.publish()
    assert all(f"state {ROUNDS}" in hub.generation().text(path) for path in hub.generation().documents)
