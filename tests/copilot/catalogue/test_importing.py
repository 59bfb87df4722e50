"""Models carried over on a stick: whole files, parts one by one, folders of either."""

from __future__ import annotations

import pytest

from copilot.catalogue.catalogue import Catalogue
from index.errors import DiskFull, InputError, ModelCorrupt, UnreadableFile
from tests.copilot.catalogue.little import CONFIG, PARTS, WEIGHTS, entry, package_source, wheel_of
from tests.copilot.catalogue.servers import sha256

LITTLE = entry(sources=[package_source()])
KNOWN = Catalogue((LITTLE, entry(id="twin"), entry(id="unhashed", files=[{"name": "free.gguf"}])))


@pytest.fixture
def stick(tmp_path):
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


@pytest.fixture
def wheels(stick, tmp_path):
    paths = [stick / f"little_part{n}-1.0-py3-none-any.whl" for n in range(1, len(PARTS) + 1)]
    for number, path in enumerate(paths, 1):
        path.write_bytes(wheel_of(tmp_path, number))
    return paths


def test_a_file_is_known_by_its_content_whatever_its_name(store, stick):
    original = stick / "download (1)"
    original.write_bytes(WEIGHTS)

    report = store.import_([original], KNOWN)

    assert report.installed == [("little", "little.gguf"), ("twin", "little.gguf")]
    assert store.path(LITTLE).read_bytes() == WEIGHTS
    assert original.exists()


def test_parts_may_come_one_by_one_in_any_order(store, wheels):
    for path in (wheels[2], wheels[0], wheels[3]):
        report = store.import_([path], KNOWN)
        assert report.parts == [path.name]
        assert report.missing == {"little": ["little.gguf"]}
    assert store.state(LITTLE) == "partial"

    report = store.import_([wheels[1]], KNOWN)

    assert report.installed == [("little", "little.gguf")]
    assert report.missing == {"little": []}
    assert store.path(LITTLE).read_bytes() == WEIGHTS
    assert not (store.models_dir / "little" / ".incoming").exists()


def test_a_folder_is_taken_with_all_below_it_and_strangers_are_named(store, wheels, stick):
    (stick / "deeper").mkdir()
    wheels[0].rename(stick / "deeper" / wheels[0].name)
    (stick / "notes.txt").write_text("buy milk")
    (stick / "loop").symlink_to(stick, target_is_directory=True)

    report = store.import_([stick], KNOWN)

    assert store.path(LITTLE).read_bytes() == WEIGHTS
    assert [path.name for path, _ in report.refused] == ["notes.txt"]


def test_what_was_imported_need_not_be_pulled(store, wheels, index, server):
    store.import_(wheels[:2], KNOWN)

    store.pull(LITTLE)

    assert store.path(LITTLE).read_bytes() == WEIGHTS
    assert server.asked_for("/files/little_part1-") == []
    assert len(server.asked_for("/files/little_part3-")) == 1


def test_handing_in_a_second_time_changes_nothing(store, wheels):
    store.import_(wheels, KNOWN)

    report = store.import_([wheels[0]], KNOWN)

    assert report.already == [wheels[0]]
    assert report.installed == []


def test_a_damaged_part_is_refused_and_the_others_taken(store, wheels, tmp_path):
    wheels[1].write_bytes(wheel_of(tmp_path, 2, damage=PARTS[1][100:140]))

    report = store.import_(wheels, KNOWN)

    assert [path for path, reason in report.refused if "damaged" in reason] == [wheels[1]]
    assert report.missing == {"little": ["little.gguf"]}


@pytest.mark.parametrize("content", [b"", b"not a zip at all"])
def test_a_package_that_is_no_archive_is_refused(store, wheels, content):
    wheels[0].write_bytes(content)

    with pytest.raises(ModelCorrupt, match="it is damaged"):
        store.import_([wheels[0]], KNOWN)


def test_a_file_with_a_models_name_and_other_content_is_refused(store, stick):
    (stick / "little.gguf").write_bytes(WEIGHTS[:-1])

    with pytest.raises(ModelCorrupt, match="the name of a file of “little”, but not its content"):
        store.import_([stick], KNOWN)
    assert store.state(LITTLE) == "missing"


def test_a_file_that_no_model_has_is_refused_in_words(store, stick):
    (stick / "holiday.jpg").write_bytes(b"jpeg")

    with pytest.raises(InputError, match=r"holiday\.jpg: no model of the catalogue has it"):
        store.import_([stick], KNOWN)


def test_a_file_without_a_hash_is_taken_only_where_its_model_is_named(store, stick):
    free = KNOWN.get("unhashed")
    (stick / "free.gguf").write_bytes(CONFIG)
    with pytest.raises(InputError, match="--model unhashed"):
        store.import_([stick], KNOWN)

    store.import_([stick], KNOWN, trust_as=free)

    assert store.path(free).read_bytes() == CONFIG
    store.path(free).write_bytes(CONFIG[::-1])
    with pytest.raises(ModelCorrupt):
        store.path(free)


def test_a_path_that_does_not_exist_is_told_before_anything_is_taken(store, wheels, tmp_path):
    with pytest.raises(UnreadableFile, match="There is no file or folder"):
        store.import_([*wheels, tmp_path / "gone"], KNOWN)
    assert store.state(LITTLE) == "missing"


def test_an_empty_folder_is_told(store, stick):
    with pytest.raises(InputError, match="no file"):
        store.import_([stick], KNOWN)


def test_too_little_room_is_told_before_copying(store, stick):
    (stick / "little.gguf").write_bytes(WEIGHTS)
    store.free_bytes = lambda _: 1000

    with pytest.raises(DiskFull, match=r"1\.0 kB free"):
        store.import_([stick], KNOWN)
    assert list((store.models_dir / "little").rglob("*.copy")) == []


def test_small_files_that_several_models_share_go_to_each(store, stick):
    shared = {"name": "tokenizer.json", "bytes": len(CONFIG), "sha256": sha256(CONFIG)}
    models = [entry(id=name, files=[shared]) for name in ("one", "two")]
    (stick / "tokenizer.json").write_bytes(CONFIG)

    report = store.import_([stick], Catalogue(tuple(models)))

    assert report.installed == [("one", "tokenizer.json"), ("two", "tokenizer.json")]
