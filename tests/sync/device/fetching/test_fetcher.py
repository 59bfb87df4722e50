"""Files named by their digest, over lines that break and servers that lie."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.errors import DiskFull, NetworkError, PackError
from sync.device.fetching import Fetcher, Progress, SparseFile
from sync.device.link import open_link
from tests.sync.device.servers import FolderServer, cutting, serving
from tests.sync.device.waiting import impatient

BODY = bytes(at * 7 % 253 for at in range(50_000))
NAME = hashlib.sha256(BODY).hexdigest()
PATH = f"objects/packs/{NAME}.pack"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FolderServer]:
    public = tmp_path / "public"
    (public / "objects" / "packs").mkdir(parents=True)
    (public / PATH).write_bytes(BODY)
    with serving(public) as server:
        yield server


@pytest.fixture
def seen() -> list[Progress]:
    return []


@pytest.fixture
def fetcher(server: FolderServer, tmp_path: Path, seen: list[Progress]) -> Iterator[Fetcher]:
    link = open_link(server.url)
    yield Fetcher(link, tmp_path / "partial", impatient(), seen.append)
    link.close()


def genuine(file: SparseFile) -> bytes:
    data = file.read(0, file.size)
    if hashlib.sha256(data).hexdigest() != NAME:
        raise PackError("It is damaged.")
    return data


def test_a_line_that_breaks_again_and_again_loses_no_byte(server: FolderServer, fetcher: Fetcher) -> None:
    server.behaviour.cut = lambda length: 3_000 if length > 3_000 else None

    assert fetcher.whole(PATH, NAME, len(BODY), genuine) == BODY
    assert fetcher.fetched_bytes == len(BODY)
    assert len(server.requests) == 17


def test_the_next_process_goes_on_where_this_one_stopped(
    server: FolderServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    server.behaviour.statuses = []
    cuts: list[int | None] = [20_000]
    server.behaviour.cut = lambda length: cuts.pop(0) if cuts else 0
    with pytest.raises(NetworkError):
        fetcher.whole(PATH, NAME, len(BODY), genuine)
    server.behaviour.cut = lambda length: None

    later = Fetcher(open_link(server.url), tmp_path / "partial", impatient())

    assert later.whole(PATH, NAME, len(BODY), genuine) == BODY
    assert later.fetched_bytes == 30_000


def test_a_damaged_partial_is_fetched_again_once(
    fetcher: Fetcher, tmp_path: Path, server: FolderServer, seen: list[Progress]
) -> None:
    with SparseFile(fetcher.place_of(PATH, NAME), len(BODY)) as file:
        file.write(0, bytes(10_000))

    assert fetcher.whole(PATH, NAME, len(BODY), genuine) == BODY
    assert [progress.text for progress in seen if progress.stage == "remark"] == [
        f"{PATH} arrived damaged: it is fetched once more."
    ]


def test_what_is_damaged_at_the_hub_is_refused_after_the_second_time(server: FolderServer, fetcher: Fetcher) -> None:
    server.behaviour.replace[f"/{PATH}"] = bytes(len(BODY))

    with pytest.raises(PackError, match="damaged or has been tampered with"):
        fetcher.whole(PATH, NAME, len(BODY), genuine)

    assert len(server.requests) == 2
    assert not fetcher.place_of(PATH, NAME).exists()


@pytest.mark.parametrize("announced", [len(BODY) - 1, len(BODY) + 1, 7])
def test_a_file_of_another_length_than_announced_is_refused_at_once(
    server: FolderServer, fetcher: Fetcher, announced: int
) -> None:
    with pytest.raises(PackError, match=f"has 50,000 bytes, where {announced:,} bytes were announced"):
        fetcher.whole(PATH, NAME, announced, genuine)

    assert fetcher.fetched_bytes == 0


def test_endless_data_is_cut_off_at_the_announced_length(server: FolderServer, fetcher: Fetcher) -> None:
    server.behaviour.endless.add(f"/{PATH}")

    with pytest.raises(PackError, match="damaged or has been tampered with"):
        fetcher.whole(PATH, NAME, len(BODY), genuine)

    assert fetcher.fetched_bytes < 2 * len(BODY) + 2 * 65536


def test_of_a_server_without_ranges_parts_come_all_the_same(server: FolderServer, fetcher: Fetcher) -> None:
    server.behaviour.ranges = False
    with SparseFile(fetcher.place_of(PATH, NAME), len(BODY)) as file:
        fetcher.spans(PATH, file, [(100, 200), (40_000, 40_100)])

        assert file.read(100, 100) == BODY[100:200]
        assert file.read(40_000, 100) == BODY[40_000:40_100]


def test_of_a_server_with_ranges_only_the_parts_come(server: FolderServer, fetcher: Fetcher) -> None:
    with SparseFile(fetcher.place_of(PATH, NAME), len(BODY)) as file:
        fetcher.spans(PATH, file, [(100, 200), (150, 300), (40_000, 40_100)])

    assert server.asked_for(NAME) == ["bytes=100-299", "bytes=40000-40099"]
    assert fetcher.fetched_bytes == 300


def test_a_file_that_is_another_since_yesterday_is_not_mixed(
    server: FolderServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    """A mirror that serves something else under the name: what the digest would refuse is noticed before."""
    with SparseFile(fetcher.place_of(PATH, NAME), len(BODY)) as file:
        fetcher.spans(PATH, file, [(0, 30_000)])
    server.behaviour.etag = '"2"'

    assert fetcher.whole(PATH, NAME, len(BODY), genuine) == BODY
    assert fetcher.fetched_bytes == 30_000 + len(BODY)


def test_room_is_looked_for_before_anything_comes(server: FolderServer, tmp_path: Path) -> None:
    fetcher = Fetcher(open_link(server.url), tmp_path / "partial", impatient(), free_bytes=lambda folder: 40 << 20)

    fetcher.require_room(1 << 20)
    with pytest.raises(DiskFull, match="40 MiB are free"):
        fetcher.require_room(20 << 20)


def test_who_asks_to_stop_is_heard_and_what_came_is_kept(server: FolderServer, tmp_path: Path) -> None:
    stop = threading.Event()
    fetcher = Fetcher(
        open_link(server.url), tmp_path / "partial", impatient(), lambda progress: stop.set(), cancel=stop
    )
    server.behaviour.bytes_per_s = 1 << 22

    with pytest.raises(NetworkError, match="Stopped"):
        fetcher.whole(PATH, NAME, len(BODY), genuine)

    with SparseFile(fetcher.place_of(PATH, NAME), len(BODY)) as file:
        assert file.arrived_bytes == fetcher.fetched_bytes > 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(seed=st.integers(0, 1 << 16))
def test_whatever_is_cut_nothing_comes_twice(
    server: FolderServer, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    server.behaviour.cut = cutting(0.5, seed)
    link = open_link(server.url)
    fetcher = Fetcher(link, tmp_path_factory.mktemp("partial"), impatient(30))

    assert fetcher.whole(PATH, NAME, len(BODY), genuine) == BODY
    assert fetcher.fetched_bytes == len(BODY)
    link.close()
