"""What lies on the device, and whether it may be loaded."""

from __future__ import annotations

import os
import shutil

import pytest

from copilot.catalogue import ModelStore, choose_tier, fits, size_text
from copilot.catalogue.tiers import GIB
from index.errors import ModelCorrupt, ModelMissing, ReadOnlyData
from tests.copilot.catalogue.little import WEIGHTS, entry

LITTLE = entry()


def put(models_dir, content=WEIGHTS):
    place = models_dir / "little" / "little.gguf"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    return place


def bytes_read(store, model=LITTLE):
    """How many bytes a look-up reads."""
    reports = []
    store.path(model, watch=reports.append)
    return max((report.done_bytes for report in reports), default=0)


def test_a_model_that_is_not_there_is_named_with_the_command_that_fetches_it(store):
    with pytest.raises(ModelMissing, match="“little”") as caught:
        store.path(LITTLE)

    assert caught.value.remedy == "Fetch it: edge-copilot models pull little"
    assert store.state(LITTLE) == "missing"


def test_looking_creates_nothing(store, data_dir):
    store.state(LITTLE)
    with pytest.raises(ModelMissing):
        store.path(LITTLE)

    assert not data_dir.exists()


def test_a_file_is_read_once_and_then_known(store, data_dir):
    put(store.models_dir)

    assert bytes_read(store) == len(WEIGHTS)
    assert bytes_read(store) == 0
    assert bytes_read(ModelStore(data_dir)) == 0


def test_a_changed_file_is_read_again_even_if_its_size_and_date_are_the_same(store):
    place = put(store.models_dir)
    store.path(LITTLE)
    before = place.stat()
    place.write_bytes(WEIGHTS[::-1])
    os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns))

    with pytest.raises(ModelCorrupt):
        store.path(LITTLE)


@pytest.mark.parametrize("content", [b"", WEIGHTS[:-1], WEIGHTS + b"!", WEIGHTS[::-1]])
def test_a_file_with_other_content_is_never_handed_out(store, content):
    put(store.models_dir, content)

    with pytest.raises(ModelCorrupt) as caught:
        store.path(LITTLE)

    assert "edge-copilot models pull little" in caught.value.remedy
    assert store.state(LITTLE) == "corrupt"


def test_a_damaged_memory_of_hashes_costs_only_another_reading(store):
    put(store.models_dir)
    store.path(LITTLE)
    (store.models_dir / ".verified.json").write_text("{ not json")

    assert bytes_read(store) == len(WEIGHTS)


def test_verification_reads_even_what_is_known(store):
    place = put(store.models_dir)
    store.path(LITTLE)
    reports = []

    verdicts = store.verify(LITTLE, reports.append)

    assert [(verdict.path, verdict.state) for verdict in verdicts] == [(place, "good")]
    assert reports[-1].done_bytes == len(WEIGHTS)


def test_a_model_of_a_shared_folder_is_used_and_not_fetched_again(data_dir, tmp_path):
    shared = tmp_path / "shared"
    place = put(shared)
    store = ModelStore(data_dir, [shared])

    assert store.path(LITTLE) == place
    assert store.state(LITTLE) == "present"
    assert store.pull(LITTLE) is False
    assert store.remove(LITTLE) == 0
    assert place.exists()
    assert not (shared / ".verified.json").exists()


def test_what_the_owner_of_a_shared_folder_has_verified_need_not_be_read_again(data_dir, tmp_path):
    owner = ModelStore(tmp_path / "owner")
    put(owner.models_dir)
    owner.path(LITTLE)

    assert bytes_read(ModelStore(data_dir, [owner.models_dir])) == 0


def test_a_damaged_model_of_ones_own_gives_way_to_a_good_shared_one(data_dir, tmp_path):
    shared = tmp_path / "shared"
    place = put(shared)
    store = ModelStore(data_dir, [shared])
    put(store.models_dir, WEIGHTS[::-1])

    assert store.path(LITTLE) == place


def test_a_folder_is_handed_out_only_with_all_its_files(store):
    model = entry(files=[*[file.model_dump() for file in LITTLE.files], {"name": "config.json", "sha256": "0" * 64}])
    put(store.models_dir)

    assert store.state(model) == "partial"
    with pytest.raises(ModelMissing):
        store.directory(model)


def test_removing_frees_the_room_and_nothing_else(store):
    put(store.models_dir)
    other = store.models_dir / "other" / "file"
    other.parent.mkdir()
    other.write_bytes(b"kept")

    assert store.remove(LITTLE) == len(WEIGHTS)
    assert store.state(LITTLE) == "missing"
    assert other.read_bytes() == b"kept"


def test_a_folder_where_the_file_should_be_is_not_taken_for_it(store):
    (store.models_dir / "little" / "little.gguf").mkdir(parents=True)

    with pytest.raises(ModelCorrupt):
        store.path(LITTLE)


def test_a_data_directory_that_cannot_be_written_to_is_told(tmp_path):
    (tmp_path / "models").write_text("a file where the folder should be")

    with pytest.raises(ReadOnlyData, match="can't be written to"):
        ModelStore(tmp_path).pull(entry(sources=[{"kind": "file", "folder": "/nowhere"}]))


def test_a_model_carried_over_as_a_folder_is_taken_as_it_is(store, data_dir, tmp_path):
    put(store.models_dir)
    store.path(LITTLE)
    shutil.copytree(data_dir, tmp_path / "elsewhere")

    assert ModelStore(tmp_path / "elsewhere").path(LITTLE).read_bytes() == WEIGHTS


@pytest.mark.parametrize(
    ("ram_bytes", "cores", "tier"),
    [
        (16 * GIB, 8, "standard"),
        (int(3.6 * GIB), 2, "standard"),  # sold as 4 GB
        (16 * GIB, 1, "small"),
        (2 * GIB, 4, "small"),
        (512 << 20, 1, "small"),
    ],
)
def test_the_tier_follows_from_memory_and_cores(ram_bytes, cores, tier):
    assert choose_tier(ram_bytes, cores) == tier


def test_a_model_fits_where_the_rest_of_the_machine_keeps_room_to_live():
    model = entry(ram_bytes=2_000_000_000)

    assert fits(model, 4 * GIB)
    assert not fits(model, 2_500_000_000)


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 bytes"), (999, "999 bytes"), (52_315_524, "52.3 MB"), (1_117_320_768, "1.12 GB")]
)
def test_sizes_are_told_as_people_read_them(count, text):
    assert size_text(count) == text
