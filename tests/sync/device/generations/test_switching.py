"""Questions that are asked while generations change: none fails, none sees two generations."""

from __future__ import annotations

import threading
from pathlib import Path

from index.search import Searcher
from index.store import Store
from sync.device.generations import Generations
from tests.index.hashing_embedder import HashingEmbedder
from tests.sync.device.generations.hub import Hub, update

SWITCHES = 12


def test_no_question_fails_or_sees_a_mix_while_generations_change(tmp_path: Path) -> None:
    hub = Hub(tmp_path / "hub")
    published = []
    for number in (1, 2):
        for name in ("valve", "pump", "brake", "crane"):
            parts = "\n".join(f"## Part {n}\n\nEdition{number} of {name} {n} has code QX-{n}00.\n" for n in range(6))
            hub.write(**{name: f"# Manual\n\n{parts}"})
        published.append(hub.publish())
    hub.store.close()
    asked: list[set[str]] = []
    faults: list[BaseException] = []
    done = threading.Event()
    with Store.open(tmp_path / "device" / "index.db") as store:
        generations = Generations(store, tmp_path / "files", HashingEmbedder())
        searcher = Searcher(store, HashingEmbedder())
        update(generations, published[0])

        def ask(question: str) -> None:
            try:
                while not done.is_set():
                    passages = searcher.search(question, 8).passages
                    asked.append({word for p in passages for word in ("Edition1", "Edition2") if word in p.text})
            except BaseException as fault:
                faults.append(fault)

        questions = ("QX-300", "edition of the valve", "which code has the pump")
        askers = [threading.Thread(target=ask, args=(question,)) for question in questions]
        for asker in askers:
            asker.start()
        for turn in range(SWITCHES):
            update(generations, published[(turn + 1) % 2])
            if turn % 4 == 3:
                generations.collect(keep=0)
        done.set()
        for asker in askers:
            asker.join()

    assert faults == []
    assert all(len(editions) == 1 for editions in asked)
    assert {"Edition1"} in asked
    assert {"Edition2"} in asked
