"""A loss of power takes back what wasn't on the disk yet: whole transactions, and none that was promised to stay."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from index.store import Store
from sync.device.generations import Generations
from tests.index.hashing_embedder import HashingEmbedder
from tests.sync.device.generations.hub import update
from tests.sync.device.generations.killing import publish, state

CUTS = 40


@pytest.mark.parametrize("key", [None, "a key"], ids=["plain", "encrypted"])
def test_with_any_unsynced_end_of_the_wal_lost_one_whole_generation_is_live(tmp_path: Path, key: str | None) -> None:
    chance = random.Random(3)
    (first, old), (second, new) = publish(tmp_path / "hub", 2)
    store_file = tmp_path / "device" / "index.db"
    with Store.open(store_file, key=key) as store:
        update(Generations(store, tmp_path / "files", HashingEmbedder()), first)
    on_disk = store_file.read_bytes()

    with Store.open(store_file, key=key) as store:
        update(Generations(store, tmp_path / "files", HashingEmbedder()), second)
        assert store_file.read_bytes() == on_disk  # nothing was checkpointed: any end of the WAL may be unsynced
        wal = store_file.with_name("index.db-wal").read_bytes()

    found = set()
    for cut in range(CUTS):
        place = tmp_path / f"cut {cut}"
        place.mkdir()
        shutil.copy(store_file.with_name("index.sources.json"), place)
        (place / "index.db").write_bytes(on_disk)
        kept = len(wal) if cut == 0 else chance.randrange(len(wal))
        # The disk may also have written later blocks before earlier ones: what follows a gap is no use.
        torn = bytes(4096) + wal[kept + 4096 :] if cut % 2 else b""
        (place / "index.db-wal").write_bytes(wal[:kept] + torn)

        number, seen, faults = state(place / "index.db", key)

        assert faults == []
        assert seen == (old if number == 1 else new)
        assert number == 2 or cut > 0
        found.add(number)
        shutil.rmtree(place)
    assert found == {1, 2}


def test_a_switch_is_synced_before_it_is_told(tmp_path: Path) -> None:
    with Store.open(tmp_path / "index.db") as store:
        with store.transaction(durable=True) as connection:
            assert connection.pragma("synchronous") == 2  # FULL: the WAL is synced at the commit
        with store.transaction() as connection:
            assert connection.pragma("synchronous") == 1
        with pytest.raises(ZeroDivisionError), store.transaction(durable=True) as connection:
            raise ZeroDivisionError
        with store.transaction() as connection:
            assert connection.pragma("synchronous") == 1
