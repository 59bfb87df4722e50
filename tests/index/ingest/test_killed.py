"""Killed at any moment, the index opens, is whole, and holds of each document the old text or the new."""

from __future__ import annotations

import contextlib
import multiprocessing
import random
import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from index.ingest import Ingestor
from index.store import Store
from tests.index.hashing_embedder import HashingEmbedder
from tests.index.ingest.helpers import manual, texts, write

ROUNDS = 30

# A server that has imported everything forks the children: a process each, as killed as any, but begun in 10 ms.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["index.ingest.ingestor", "index.loaders.markdown", "tests.index.ingest.test_killed"])


def ingest(store_file: Path, docs: Path, key: str | None, pipe: Connection) -> None:
    with Store.open(store_file, key=key) as store:
        pipe.send("ready")
        pipe.send(Ingestor(store, HashingEmbedder()).run([docs], prune=True).took_s)


@pytest.mark.parametrize("key", [None, "a key"], ids=["plain", "encrypted"])
def test_killed_at_random_moments_each_document_is_wholly_old_or_wholly_new(
    tmp_path: Path, docs: Path, key: str | None
) -> None:
    chance = random.Random(20)
    store_file = tmp_path / "data" / "index.db"
    rounds = ROUNDS if key is None else ROUNDS // 3
    allowed: dict[str, set[str]] = {}
    took_s, killed = 0.3, 0
    for round_ in range(rounds):
        for number in range(6):
            path = docs / f"{number}.md"
            if round_ and chance.random() < 0.15:
                path.unlink(missing_ok=True)
            else:
                # The last one is large, so that kills also fall inside of one transaction.
                write(path, manual(f"word{number}round{round_}", sections=4 if number < 5 else 40))
        expected = expected_texts(tmp_path / f"model {round_}", docs)
        for path in {str(docs / f"{number}.md") for number in range(6)}:
            allowed.setdefault(path, {""}).add(expected.get(path, ""))

        told, pipe = PROCESSES.Pipe(duplex=False)
        child = PROCESSES.Process(target=ingest, args=(store_file, docs, key, pipe))
        child.start()
        pipe.close()
        assert told.recv() == "ready"
        time.sleep(chance.uniform(0, 1.1 * took_s))
        child.kill()
        child.join()
        killed += child.exitcode == -signal.SIGKILL
        with contextlib.suppress(EOFError):
            took_s = told.recv()
        told.close()

        with Store.open(store_file, key=key) as store:
            assert store.check() == []
            found = texts(store)
        for path, versions in allowed.items():
            assert found.get(path, "") in versions, path
            # What is there now is the oldest that may still be there after the next round.
            allowed[path] = {found.get(path, "")}

    assert killed > rounds // 3
    with Store.open(store_file, key=key) as store:
        Ingestor(store, HashingEmbedder()).run([docs], prune=True)
        assert texts(store) == expected
        assert store.check() == []


def expected_texts(folder: Path, docs: Path) -> dict[str, str]:
    """What an undisturbed ingest gives."""
    with Store.open(folder / "index.db") as store:
        Ingestor(store, None).run([docs])
        return texts(store)
