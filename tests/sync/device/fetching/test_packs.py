"""Objects out of packs: which parts are fetched, and what is refused."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.errors import PackError
from sync.device.fetching import Fetcher, PackSource
from sync.device.link import open_link
from sync.format import Codec, Manifest, PackBuilder, PackEntry, digest_of, train
from tests.sync.device.servers import FolderServer, cutting, serving
from tests.sync.device.small_hub import sha256
from tests.sync.device.waiting import impatient


class Repository:
    """Packs in a folder, and a manifest that names them."""

    def __init__(self, folder: Path, packs: list[list[bytes]], dictionary: bytes | None = None) -> None:
        self.public = folder
        (folder / "metadata").mkdir(parents=True)
        for name in ("packs", "dicts"):
            (folder / "objects" / name).mkdir(parents=True)
        self.content = {digest_of(data): data for pack in packs for data in pack}
        entries = []
        for objects in packs:
            builder = PackBuilder(Codec(dictionary))
            for data in objects:
                builder.add(data)
            stored, index = builder.finish()
            encoded = index.encode()
            self.path(stored).write_bytes(stored)
            self.path(stored, ".idx").write_bytes(encoded)
            entries.append(PackEntry(digest_of(stored), len(stored), digest_of(encoded), len(encoded)))
        if dictionary is not None:
            (folder / "objects" / "dicts" / sha256(dictionary)).write_bytes(dictionary)
        digest = digest_of(dictionary) if dictionary is not None else None
        self.manifest = Manifest("presses", 1, (), tuple(entries), digest)

    def path(self, pack: bytes, suffix: str = ".pack") -> Path:
        return self.public / "objects" / "packs" / f"{sha256(pack)}{suffix}"


def blobs(count: int, size: int, seed: int = 1) -> list[bytes]:
    chance = random.Random(seed)
    return [chance.randbytes(size) for _ in range(count)]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "public", [blobs(100, 10_000)])


@pytest.fixture
def server(repository: Repository) -> Iterator[FolderServer]:
    with serving(repository.public) as server:
        yield server


def source_of(
    server: FolderServer, folder: Path, manifest: Manifest, known: bool = False, fruitless: int = 4
) -> tuple[PackSource, Fetcher]:
    fetcher = Fetcher(open_link(server.url), folder / "partial", impatient(fruitless))
    packs = [pack.digest for pack in manifest.packs] if known else []
    return PackSource(fetcher, manifest, folder / "indexes", packs, impatient(fruitless)), fetcher


def test_of_an_older_pack_only_what_is_wanted_is_fetched(
    repository: Repository, server: FolderServer, tmp_path: Path
) -> None:
    source, fetcher = source_of(server, tmp_path, repository.manifest, known=True)
    wanted = list(repository.content)[10::40]

    assert dict(source.get(wanted)) == {digest: repository.content[digest] for digest in wanted}
    assert fetcher.fetched_bytes < 3 * 10_100 + 10_000
    assert len(server.asked_for(".pack")) == 3


def test_neighbours_come_in_one_range(repository: Repository, server: FolderServer, tmp_path: Path) -> None:
    source, _ = source_of(server, tmp_path, repository.manifest, known=True)

    dict(source.get(list(repository.content)[20:30]))

    assert len(server.asked_for(".pack")) == 1


def test_a_new_pack_of_which_most_is_wanted_comes_whole_and_once(
    repository: Repository, server: FolderServer, tmp_path: Path
) -> None:
    source, _ = source_of(server, tmp_path, repository.manifest)
    wanted = list(repository.content)

    dict(source.get(wanted[:60]))
    assert server.asked_for(".pack") == [None]
    assert dict(source.get(wanted)) == repository.content
    assert server.asked_for(".pack") == [None]


def test_the_indexes_of_packs_are_kept(repository: Repository, server: FolderServer, tmp_path: Path) -> None:
    for _ in range(2):
        source, _ = source_of(server, tmp_path, repository.manifest)
        dict(source.get(list(repository.content)[:1]))

    assert len(server.asked_for(".idx")) == 1


def test_an_object_that_no_pack_has_is_told_before_anything_is_fetched(
    repository: Repository, server: FolderServer, tmp_path: Path
) -> None:
    source, _ = source_of(server, tmp_path, repository.manifest)

    with pytest.raises(PackError, match="packs lack 1 objects"):
        list(source.get([bytes(32)]))
    assert server.asked_for(".pack") == []


def test_a_part_spoilt_on_this_disk_is_fetched_once_more(
    repository: Repository, server: FolderServer, tmp_path: Path
) -> None:
    source, _ = source_of(server, tmp_path, repository.manifest, known=True)
    wanted = list(repository.content)[:1]
    dict(source.get(wanted))
    (partial,) = (tmp_path / "partial").glob("*.pack")
    partial.write_bytes(bytes(partial.stat().st_size))

    assert dict(source.get(wanted)) == {wanted[0]: repository.content[wanted[0]]}


def test_an_index_that_is_too_large_is_refused_before_it_is_fetched(
    repository: Repository, server: FolderServer, tmp_path: Path
) -> None:
    (pack,) = repository.manifest.packs
    manifest = replace(repository.manifest, packs=(replace(pack, index_size=1 << 40),))
    source, _ = source_of(server, tmp_path, manifest)

    with pytest.raises(PackError, match="over the limit"):
        list(source.get(list(repository.content)[:1]))
    assert server.requests == []


def test_a_dictionary_is_fetched_once_and_checked(tmp_path: Path) -> None:
    texts = [
        f"Section {number}: the brake of press {number % 7} releases at 24 V. ".encode() * 9 for number in range(300)
    ]
    dictionary = train(texts, 4096)
    assert dictionary is not None
    repository = Repository(tmp_path / "public", [texts], dictionary)
    with serving(repository.public) as server:
        source, _ = source_of(server, tmp_path, repository.manifest)
        assert dict(source.get(repository.content)) == repository.content
        again, _ = source_of(server, tmp_path, repository.manifest)
        assert dict(again.get(repository.content)) == repository.content
        assert len(server.asked_for("/dicts/")) == 1

        server.behaviour.replace[f"/objects/dicts/{sha256(dictionary)}"] = b"forged"
        other, _ = source_of(server, tmp_path / "other", repository.manifest)
        with pytest.raises(PackError, match="dictionary is damaged"):
            dict(other.get(repository.content))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(data=st.data())
def test_whatever_is_wanted_over_whatever_line_it_is_right_and_nothing_comes_twice(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("any")
    sizes = data.draw(st.lists(st.lists(st.integers(1, 30_000), min_size=1, max_size=12), min_size=1, max_size=4))
    chance = random.Random(data.draw(st.integers(0, 99)))
    repository = Repository(folder / "public", [[chance.randbytes(size) for size in pack] for pack in sizes])
    with serving(repository.public) as server:
        server.behaviour.cut = cutting(0.4, data.draw(st.integers(0, 99)))
        source, fetcher = source_of(server, folder, repository.manifest, data.draw(st.booleans()), fruitless=40)
        for _ in range(data.draw(st.integers(1, 3))):
            wanted = data.draw(st.sets(st.sampled_from(sorted(repository.content))))

            assert dict(source.get(wanted)) == {digest: repository.content[digest] for digest in wanted}

    whole = sum(pack.size + pack.index_size for pack in repository.manifest.packs)
    assert fetcher.fetched_bytes <= whole
