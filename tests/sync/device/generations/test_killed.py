"""Killed at any moment of an update, a device has the old generation or the new one, whole."""

from __future__ import annotations

import multiprocessing
import random
import signal
import time
from pathlib import Path

import pytest

from index.store import Store
from sync.device.generations import Generations
from tests.index.hashing_embedder import HashingEmbedder
from tests.sync.device.generations.hub import update
from tests.sync.device.generations.killing import change_generations, possible, publish, state

KILLS = 20

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.sync.device.generations.killing"])


@pytest.mark.parametrize("key", [None, "a key"], ids=["plain", "encrypted"])
def test_killed_at_random_moments_one_whole_generation_is_live(tmp_path: Path, key: str | None) -> None:
    chance = random.Random(7)
    made = publish(tmp_path / "hub", 4)
    published = [one for one, _ in made]
    texts = {0: {}} | {one.release.number: text for one, text in made}
    store_file = tmp_path / "device" / "index.db"
    number, killed = 0, 0
    whole: set[int] = set()
    for _ in range(KILLS if key is None else KILLS // 4):
        pipe, other = PROCESSES.Pipe(duplex=False)
        child = PROCESSES.Process(target=change_generations, args=(store_file, key, published, other))
        child.start()
        other.close()
        assert pipe.recv() == ("ready", 0)
        time.sleep(chance.uniform(0, 0.4))
        child.kill()
        child.join()
        killed += child.exitcode == -signal.SIGKILL
        expected = possible(pipe, number)

        number, seen, faults = state(store_file, key)
        assert faults == []
        assert seen == texts[number]
        assert number in expected
        whole.add(number)

    assert killed == (KILLS if key is None else KILLS // 4)
    assert len(whole) > 1
    with Store.open(store_file, key=key) as store:
        generations = Generations(store, tmp_path / "files", HashingEmbedder())
        update(generations, published[-1])
        generations.collect(keep=0)
        assert store.check() == []
        with store.reader() as connection:
            assert connection.execute("SELECT count(*) FROM documents WHERE hidden").get == 0
    assert state(store_file, key)[1] == texts[len(published)]
