"""A device that is killed while it changes generations, and what must be true of it afterwards."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from index.store import Store, reading
from sync.device.generations import Generations
from tests.index.hashing_embedder import HashingEmbedder
from tests.sync.device.generations.hub import Hub, Published, manual, update

Texts = dict[str, str]


def publish(folder: Path, count: int, sections: int = 4) -> list[tuple[Published, Texts]]:
    """Publish generations that differ in every document or in some, each with the text of its documents by path."""
    hub = Hub(folder)
    made = []
    for number in range(1, count + 1):
        hub.write(
            common=manual(f"common{number}", sections),
            large=manual("large", 6 * sections, {number % 5: f"Large in generation {number}."}),
            steady=manual("steady", sections),
            **{f"only{number}": manual(f"only{number}", sections)},
            **({f"only{number - 1}": None} if number > 1 else {}),
        )
        published = hub.publish()
        with hub.store.reader() as connection:
            texts = {
                document.path.rpartition("/")[2]: "".join(reading.text(connection, document.id))
                for document in reading.documents(connection)
            }
        made.append((published, texts))
    hub.store.close()
    return made


def change_generations(store_file: Path, key: str | None, published: Sequence[Published], pipe: Connection) -> None:
    """Go from generation to generation for ever, with all that belongs to it.

    Tells of each ("next", number) before it may become live, and ("live", number) once it is.
    """
    with Store.open(store_file, key=key) as store:
        generations = Generations(store, store_file.parent / "files", HashingEmbedder())
        pipe.send(("ready", 0))
        live = generations.live("presses")
        begin = live.number if live else 0
        for turn in itertools.count():
            one = published[(begin + turn) % len(published)]
            pipe.send(("next", one.release.number))
            update(generations, one)
            pipe.send(("live", one.release.number))
            earlier = [kept.number for kept in generations.all() if kept.number < one.release.number]
            if turn % 3 == 2 and earlier:
                pipe.send(("next", earlier[0]))
                _, after = generations.rollback("presses")
                pipe.send(("live", after.number))
            generations.collect()


def possible(pipe: Connection, before: int) -> set[int]:
    """Numbers of the generations one of which must be live, now that the teller is dead.

    Args:
        pipe: What it told.
        before: What was live when it began.
    """
    numbers = {before}
    try:
        while True:
            kind, number = pipe.recv()
            numbers = {number} if kind == "live" else numbers | {number}
    except EOFError:
        return numbers


def state(store_file: Path, key: str | None = None) -> tuple[int, Texts, list[str]]:
    """Number of the live generation (0 for none), what is seen, and what is wrong with the index."""
    with Store.open(store_file, key=key) as store:
        live = Generations(store, store_file.parent / "files").live("presses")
        with store.reader() as connection:
            texts = {
                document.path: "".join(reading.text(connection, document.id))
                for document in reading.documents(connection)
            }
        return (live.number if live else 0), texts, store.check()
