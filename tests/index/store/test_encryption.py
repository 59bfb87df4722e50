"""An encrypted index: nothing readable on the disk, one key that opens it, and words for every other case."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from index.errors import StoreBusy, StoreCorrupt, WrongKey
from index.store import Store, reading
from index.store.connection import PLAIN_HEADER
from index.store.sources import Sources, sources_file

SECRET = "The vault's combination is seventeen"


def bytes_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.iterdir()))


def texts(store: Store) -> list[str]:
    with store.reader() as connection:
        return ["".join(reading.text(connection, document.id)) for document in reading.documents(connection)]


def test_no_word_of_a_document_reaches_the_disk(store_file: Path, put, embedder) -> None:
    with Store.open(store_file, key="k") as store:
        put(store, "/plans/vault.md", SECRET, embedder=embedder, identifiers=frozenset({"vault17"}))
        in_wal = bytes_of(store_file.parent)
        store.checkpoint()
        in_file = bytes_of(store_file.parent)

    for content in (in_wal, in_file):
        assert len(content) > 4096
        for word in (SECRET, "combination", "combin", "vault17", "/plans/vault.md", "CREATE TABLE"):
            assert word.encode() not in content
    assert store_file.read_bytes()[:16] != PLAIN_HEADER


def test_the_same_words_are_readable_without_a_key(store_file: Path, put) -> None:
    """Else the test above would pass by looking in the wrong place."""
    with Store.open(store_file) as store:
        put(store, "/plans/vault.md", SECRET)
        assert SECRET.encode() in bytes_of(store_file.parent)


@pytest.mark.parametrize("key", ["k", "with 'quotes' and \"more\"", "ключ 🔑", "raw:00"])
def test_any_text_can_be_a_key(store_file: Path, put, key: str) -> None:
    with Store.open(store_file, key=key) as store:
        put(store, "/a.md", SECRET)
    with Store.open(store_file, key=key) as store:
        assert texts(store) == [SECRET]
    with Store.open(store_file, key=key, read_only=True) as store:
        assert texts(store) == [SECRET]


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize(
    ("made_with", "opened_with", "words"),
    [("right", "wrong", "does not open"), ("right", None, "no key is configured"), (None, "right", "not encrypted")],
)
def test_a_key_that_does_not_fit_is_refused_and_changes_nothing(
    store_file: Path, put, made_with: str | None, opened_with: str | None, words: str, read_only: bool
) -> None:
    with Store.open(store_file, key=made_with) as store:
        put(store, "/a.md", SECRET)
    before = store_file.read_bytes()

    with pytest.raises(WrongKey, match=words):
        Store.open(store_file, key=opened_with, read_only=read_only)

    assert before == store_file.read_bytes()
    with Store.open(store_file, key=made_with) as store:
        assert texts(store) == [SECRET]


def test_a_damaged_encrypted_index_is_told_from_a_wrong_key(store_file: Path, put) -> None:
    with Store.open(store_file, key="right") as store:
        put(store, "/a.md", SECRET)
    data = bytearray(store_file.read_bytes())
    data[200:300] = os.urandom(100)
    store_file.write_bytes(data)

    with pytest.raises(StoreCorrupt):
        Store.open(store_file, key="right")
    with pytest.raises(WrongKey):
        Store.open(store_file, key="wrong")
    sources_file(store_file).unlink()
    with pytest.raises(WrongKey):  # nothing says that the key is right, so nothing is called damaged
        Store.open(store_file, key="right")


@pytest.mark.parametrize(("old", "new"), [(None, "b"), ("a", "b"), ("a", None)], ids=["encrypt", "change", "decrypt"])
def test_rekeying_keeps_every_part_and_leaves_the_old_key_behind(
    store_file: Path, put, embedder, old: str | None, new: str | None
) -> None:
    with Store.open(store_file, key=old) as store:
        for number in range(30):
            put(store, f"/{number}.md", *(f"{SECRET} {number} {line}. " for line in range(40)), embedder=embedder)
        put(store, "/3.md", SECRET, embedder=embedder)
        before = texts(store)
        store.rekey(new)
        assert before == texts(store)
        put(store, "/new.md", "And on it goes.", embedder=embedder)

    with Store.open(store_file, key=new) as store:
        assert store.check() == []
        assert [*before, "And on it goes."] == texts(store)
        with store.reader() as connection:
            query = embedder.embed_query(SECRET)
            nearest = connection.execute(
                "SELECT chunk_id FROM chunk_bits WHERE embedding MATCH vec_quantize_binary(?) AND k = 5",
                (query.tobytes(),),
            )
            assert len(list(nearest)) == 5
    with pytest.raises(WrongKey):
        Store.open(store_file, key=old)
    if new is not None:
        assert SECRET.encode() not in bytes_of(store_file.parent)
    assert not list(store_file.parent.glob("*.rekey*"))


def test_an_index_that_others_have_open_is_not_rekeyed(store_file: Path, put) -> None:
    with Store.open(store_file) as store:
        put(store, "/a.md", SECRET)
        with Store.open(store_file, read_only=True) as reader, reader.reader() as connection:
            assert reading.documents(connection)
            with pytest.raises(StoreBusy):
                store.rekey("new")
        assert texts(store) == [SECRET]
        put(store, "/b.md", "still written to")


def test_killed_while_rekeying_the_index_opens_with_the_old_key_or_the_new(store_file: Path, put) -> None:
    with Store.open(store_file, key="one") as store:
        for number in range(20):
            put(store, f"/{number}.md", *(f"{SECRET} {line}. " * 20 for line in range(20)))
        before = texts(store)
    keys = ["one", "two"]
    program = "import sys; from pathlib import Path; from index.store import Store\n" + (
        "store = Store.open(Path(sys.argv[1]), key=sys.argv[2])\nprint('ready', flush=True)\nstore.rekey(sys.argv[3])"
    )
    for moment in range(5):
        child = subprocess.Popen(
            [sys.executable, "-c", program, store_file, *keys], stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]
        )
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(0.05 * moment)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        try:
            opened = Store.open(store_file, key=keys[0])
        except WrongKey:
            keys.reverse()
            opened = Store.open(store_file, key=keys[0])
        with opened:
            assert opened.check() == []
            assert before == texts(opened)


def test_the_list_of_sources_never_calls_a_rekeyed_index_damaged(store_file: Path, put) -> None:
    """Killed between replacing the index and the list: the list claims no key, so that nothing is set aside."""
    with Store.open(store_file) as store:
        put(store, "/a.md", SECRET)
        store.rekey("new")
    Sources(encrypted=True).write(store_file)

    with pytest.raises(WrongKey):
        Store.open(store_file)
    with Store.open(store_file, key="new") as store:
        assert texts(store) == [SECRET]
