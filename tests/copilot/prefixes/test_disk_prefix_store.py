"""KV kept on disk: a cache in every sense. What is wrong with it costs a recomputation, never an error."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.engines.base import PrefixStore
from copilot.prefixes import DiskPrefixStore
from copilot.prefixes.store import HALF_LIFE_DAYS

DAY_S = 86_400.0


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_000_000_000.0

    def __call__(self) -> float:
        return self.now_s

    def pass_days(self, days: float) -> None:
        self.now_s += days * DAY_S


@pytest.fixture
def clock() -> Clock:
    return Clock()


OpenStore = Callable[..., DiskPrefixStore]


@pytest.fixture
def open_store(tmp_path: Path, clock: Clock) -> Iterator[OpenStore]:
    opened: list[DiskPrefixStore] = []

    def open_store(budget: int = 1 << 20, key: str | None = None) -> DiskPrefixStore:
        opened.append(DiskPrefixStore(tmp_path / "cache" / "prefixes.db", key=key, budget_bytes=budget, now=clock))
        return opened[-1]

    yield open_store
    for store in opened:
        store.close()


def state(seed: int, size: int = 1000) -> bytes:
    return bytes((seed + i) % 256 for i in range(size))


def file_of(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "prefixes.db"


def test_it_is_the_store_that_engines_want(open_store: OpenStore) -> None:
    store: PrefixStore = open_store()

    store.put("a", state(1), 10)
    assert "a" in store
    assert store.get("a") == state(1)
    assert "b" not in store
    assert store.get("b") is None


def test_what_is_kept_outlives_the_process(open_store: OpenStore) -> None:
    first = open_store()
    first.put("a", state(1), 10)
    first.close()

    second = open_store()

    assert second.get("a") == state(1)
    stats = second.stats()
    assert (stats.entries, stats.tokens, stats.bytes, stats.hits, stats.misses) == (1, 10, 1000, 1, 0)
    assert stats.file_bytes > 0


def test_a_closed_store_keeps_and_gives_nothing(open_store: OpenStore) -> None:
    store = open_store()
    store.put("a", state(1), 10)
    store.close()
    store.close()

    store.put("b", state(2), 10)
    assert store.get("a") is None
    assert "a" not in store


@pytest.mark.parametrize("budget", [0, 999])
def test_what_is_larger_than_the_budget_is_not_kept_and_evicts_nothing(budget: int, open_store: OpenStore) -> None:
    store = open_store(budget)
    store.put("small", state(1, budget), 1)

    store.put("large", state(1, budget + 1), 10)

    assert "large" not in store
    assert ("small" in store) is (budget >= 0)


def test_the_least_used_goes_first(open_store: OpenStore) -> None:
    store = open_store(3000)
    for key in "abc":
        store.put(key, state(1), 10)
    for key in "aac":
        store.get(key)

    store.put("d", state(1), 10)

    assert [key for key in "abcd" if key in store] == ["a", "c", "d"]


def test_uses_fade_so_that_yesterday_s_favourite_gives_way(open_store: OpenStore, clock: Clock) -> None:
    store = open_store(2000)
    store.put("old", state(1), 10)
    for _ in range(7):
        store.get("old")
    clock.pass_days(HALF_LIFE_DAYS * 4)
    store.put("new", state(1), 10)

    store.put("newest", state(1), 10)

    assert [key for key in ("old", "new", "newest") if key in store] == ["new", "newest"]


def test_of_equal_ones_the_longest_unused_goes(open_store: OpenStore, clock: Clock) -> None:
    store = open_store(2000)
    for key in "ab":
        store.put(key, state(1), 10)
        clock.pass_days(1e-6)

    store.put("c", state(1), 10)

    assert "a" not in store


def test_pinned_entries_go_last_and_stay_pinned_when_they_are_put_again(open_store: OpenStore, clock: Clock) -> None:
    store = open_store(2000)
    store.put("pinned", state(1), 10)
    store.pin("pinned")
    store.put("pinned", state(2), 10)
    store.put("used", state(1), 10)
    for _ in range(5):
        store.get("used")

    store.put("c", state(1), 10)

    assert "used" not in store
    assert store.get("pinned") == state(2)
    store.pin("pinned", False)
    clock.pass_days(100)
    store.put("d", state(1), 10)
    store.put("e", state(1), 10)
    assert "pinned" not in store


def test_putting_an_entry_again_evicts_no_other(open_store: OpenStore) -> None:
    store = open_store(2000)
    store.put("a", state(1), 10)
    store.put("b", state(1), 10)

    store.put("b", state(2), 10)

    assert store.get("a") == state(1)
    assert store.get("b") == state(2)


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 900), st.booleans()), max_size=25))
def test_the_budget_holds_whatever_is_put_and_got(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, bool]]
) -> None:
    store = DiskPrefixStore(tmp_path_factory.mktemp("cache") / "prefixes.db", budget_bytes=2000)
    latest: dict[str, bytes] = {}
    for key, size, puts in steps:
        if puts:
            latest[key] = state(size, size)
            store.put(key, latest[key], size)
        else:
            assert store.get(key) in (None, latest.get(key))
        assert store.stats().bytes <= 2000
    if steps and steps[-1][2]:
        assert steps[-1][0] in store
    store.close()


def test_a_damaged_entry_is_dropped_and_the_others_stay(open_store: OpenStore, tmp_path: Path) -> None:
    store = open_store()
    store.put("a", state(1), 10)
    store.put("b", state(2), 10)
    store.close()
    with sqlite3.connect(file_of(tmp_path)) as raw:
        raw.execute("UPDATE states SET state = ? WHERE key = 'a'", (state(9),))
    raw.close()

    store = open_store()

    assert store.get("a") is None
    assert "a" not in store
    assert store.get("b") == state(2)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut off": lambda content: content[: len(content) // 2],
    "cut off in the header": lambda content: content[:50],
    "empty": lambda _content: b"",
    "something else": lambda content: os.urandom(len(content)),
    "the header alone is sound": lambda content: content[:100] + os.urandom(len(content) - 100),
    "zeros in the middle": lambda content: content[:70_000] + bytes(len(content) - 70_000),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("key", [None, "secret"], ids=["plain", "encrypted"])
def test_a_damaged_file_gives_right_states_or_none_and_serves_again(
    damage: Callable[[bytes], bytes], key: str | None, open_store: OpenStore, tmp_path: Path
) -> None:
    store = open_store(key=key)
    for seed in range(5):
        store.put(str(seed), state(seed, 100_000), 10)
    store.close()
    file = file_of(tmp_path)
    file.write_bytes(damage(file.read_bytes()))

    store = open_store(key=key)
    for seed in range(5):
        assert store.get(str(seed)) in (None, state(seed, 100_000))
    for seed in range(5):
        store.put(str(seed), state(seed + 1), 10)
    store.put("anew", state(7), 10)

    assert store.get("anew") == state(7)


def test_with_a_key_no_byte_of_a_state_stands_in_the_file(open_store: OpenStore, tmp_path: Path) -> None:
    secret = b"patient Meier has gastritis" * 40
    store = open_store(key="secret")
    store.put("a", secret, 10)
    for file in file_of(tmp_path).parent.iterdir():
        assert b"Meier" not in file.read_bytes()
    store.close()
    assert b"Meier" not in file_of(tmp_path).read_bytes()
    assert not file_of(tmp_path).read_bytes().startswith(b"SQLite format")

    assert open_store(key="secret").get("a") == secret


def test_under_another_key_it_begins_anew(open_store: OpenStore) -> None:
    store = open_store(key="secret")
    store.put("a", state(1), 10)
    store.close()

    store = open_store(key="another")

    assert store.get("a") is None
    store.put("b", state(2), 10)
    assert store.get("b") == state(2)


def test_clearing_gives_the_disk_back(open_store: OpenStore) -> None:
    store = open_store(8 << 20)
    for seed in range(5):
        store.put(str(seed), state(seed, 1 << 20), 10)
    before = store.stats().file_bytes

    store.clear()

    assert store.stats().entries == 0
    assert store.stats().file_bytes < before / 4
    store.put("a", state(1), 10)
    assert store.get("a") == state(1)


def test_where_nothing_can_be_written_nothing_is_kept_and_nothing_fails(tmp_path: Path) -> None:
    in_the_way = tmp_path / "cache"
    in_the_way.write_text("a file where the folder should be")

    store = DiskPrefixStore(in_the_way / "prefixes.db")

    store.put("a", state(1), 10)
    assert store.get("a") is None
    assert store.stats().entries == 0
    store.pin("a")
    store.close()


def test_two_processes_share_it(open_store: OpenStore) -> None:
    one, other = open_store(), open_store()
    threads = [
        threading.Thread(target=lambda s=s, k=k: [s.put(f"{k}{n}", state(n), 10) for n in range(10)])
        for k, s in (("a", one), ("b", other))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert other.get("a3") == state(3)
    assert one.get("b3") == state(3)


def test_a_hit_counts_although_another_process_is_writing(open_store: OpenStore, tmp_path: Path) -> None:
    store = open_store()
    store.put("a", state(1), 10)
    store._connection.set_busy_timeout(1)  # type: ignore[union-attr]
    with sqlite3.connect(file_of(tmp_path), isolation_level=None) as writer:
        writer.execute("BEGIN IMMEDIATE")

        assert store.get("a") == state(1)

        writer.execute("ROLLBACK")
    writer.close()


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from copilot.prefixes import DiskPrefixStore
store = DiskPrefixStore(Path(sys.argv[1]), budget_bytes=64 << 20)
store.put("before", b"x" * 100_000, 10)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4 << 20, 4 << 20))
for n in range(30):
    store.put(f"after {n}", bytes([n]) * 100_000, 10)
assert store.get("before") == b"x" * 100_000
kept = [n for n in range(30) if store.get(f"after {n}") == bytes([n]) * 100_000]
assert 0 < len(kept) < 30, kept
store.close()
"""


@pytest.mark.skipif(os.name == "nt", reason="limits of POSIX")
def test_a_full_disk_keeps_what_was_kept_and_takes_nothing_new(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path / "prefixes.db")], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    store = DiskPrefixStore(tmp_path / "prefixes.db", budget_bytes=64 << 20)
    assert store.get("before") == b"x" * 100_000
    store.put("room again", b"y" * 1_000_000, 10)
    assert store.get("room again") == b"y" * 1_000_000
    store.close()


WRITER = """
import sys
from pathlib import Path
from copilot.prefixes import DiskPrefixStore
store = DiskPrefixStore(Path(sys.argv[1]), budget_bytes=1 << 20)
for n in range(100_000):
    store.put(str(n), bytes([n % 256]) * 200_000, 10)
    print(n, flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("upto", [0, 3, 11])
def test_a_kill_in_the_middle_of_a_put_leaves_only_whole_entries(upto: int, tmp_path: Path) -> None:
    file = tmp_path / "prefixes.db"
    with subprocess.Popen([sys.executable, "-c", WRITER, str(file)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        put = -1
        while put < upto:
            put = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        put = max([put, *(int(line) for line in writer.stdout.read().split())])

    store = DiskPrefixStore(file, budget_bytes=1 << 20)
    assert store.get(str(put)) == bytes([put % 256]) * 200_000
    for n in range(put + 2):
        assert store.get(str(n)) in (None, bytes([n % 256]) * 200_000)
    assert store.stats().bytes <= 1 << 20
    store.close()


def test_what_was_read_stays_on_the_disk_and_not_in_memory(tmp_path: Path) -> None:
    store = DiskPrefixStore(tmp_path / "prefixes.db")
    before = apsw.memory_used()
    for number in range(60):
        store.put(f"key {number}", os.urandom(1 << 20), 100)
    for number in range(60):
        assert store.get(f"key {number}") is not None

    assert apsw.memory_used() - before < 16 << 20
    store.close()
