"""From folders to what a device verifies and reads: generations, packs, patches, and what fails on the way."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from index.errors import DiskFull, StoreBusy, StoreCorrupt, SyncError, UsageError
from sync.format import Publication, apply_delta, unpack_manifest
from sync.hub import files
from sync.hub.reverting import revert
from sync.hub.settings import HubSettings
from tests.index.hashing_embedder import HashingEmbedder
from tests.sync.hub.published import Hub, manual, write


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return Hub(tmp_path / "hub", tmp_path / "docs")


@pytest.fixture
def presses(hub: Hub) -> Path:
    docs = hub.add()
    for name in ("a", "b", "c"):
        write(docs / f"{name}.md", manual(name))
    write(docs / "sub/d.md", manual("d"))
    return docs


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_device_reads_what_the_folder_holds(hub: Hub, presses: Path) -> None:
    done = hub.published(note="rev. A")
    assert (done.number, done.documents, done.changed, done.removed) == (1, 4, 4, 0)

    generation = hub.generation()
    assert list(generation.documents) == ["a.md", "b.md", "c.md", "sub/d.md"]
    assert "Fault A-1 means a blown fuse." in generation.text("a.md")
    chunk = generation.sections["a.md"][0].chunks[0]
    assert (len(chunk.whole), len(chunk.bits)) == (hub.embedder.dimensions, hub.embedder.dimensions // 8)
    publication = hub.publication()
    assert (publication.embedder, publication.releases[0].note) == (hub.embedder.name, "rev. A")
    assert publication.access == "internal"


def test_nothing_changed_makes_no_generation_and_signs_nothing(hub: Hub, presses: Path) -> None:
    hub.publish()
    before = snapshot(hub.path / "public")

    report = hub.publish()
    assert (report.signed, report.collections[0].is_new, report.collections[0].changed) == ((), False, 0)
    assert snapshot(hub.path / "public") == before
    hub.clock.pass_days(5)
    assert hub.publish().signed == ("timestamp",)


def test_a_changed_section_is_all_that_is_packed_anew(hub: Hub, presses: Path) -> None:
    write(presses / "long.md", manual("long", sections=200))
    hub.publish()
    first = hub.generation()
    write(presses / "long.md", manual("long", sections=200).replace("LONG-100 means a blown", "LONG-100 means no"))
    (presses / "c.md").unlink()

    done = hub.published()
    assert (done.number, done.changed, done.removed, done.documents) == (2, 1, 1, 4)
    second = hub.generation()
    assert first.pack_names < second.pack_names
    (new,) = second.pack_names - first.pack_names
    assert (hub.path / f"public/objects/packs/{new}.pack").stat().st_size < done.total_bytes / 4
    same = [
        a == b for a, b in zip(first.documents["long.md"].sections, second.documents["long.md"].sections, strict=True)
    ]
    assert (same.count(False), len(same)) == (1, 200)


def test_a_patch_leads_from_each_of_the_last_generations_to_the_newest(
    hub: Hub, presses: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.hub.releases.PATCHED_FROM", 4)
    manifests = {}
    objects = hub.path / "public/objects"
    for number in range(1, 7):
        write(presses / "a.md", manual("a", words=f"state {number}"))
        hub.publish()
        release = hub.publication().releases[-1]
        stored = (objects / "manifests" / release.manifest.sha256).read_bytes()
        manifests[release.manifest.sha256] = unpack_manifest(stored, bytes.fromhex(release.manifest.sha256))
        last = release

    assert len(last.deltas) == 4
    for delta in last.deltas:
        patch = (objects / f"deltas/{last.manifest.sha256}.{delta.from_}").read_bytes()
        assert len(patch) == delta.bytes
        apply_delta(manifests[delta.from_], patch, bytes.fromhex(last.manifest.sha256))


def test_old_generations_go_with_all_that_only_they_named(hub: Hub, presses: Path) -> None:
    HubSettings.model_validate(hub.folder.settings().model_dump() | {"keep_releases": 2}).write(
        hub.folder.settings_file
    )
    for number in range(4):
        write(presses / "a.md", manual("a", words=f"state {number}"))
        hub.publish()

    publication = hub.publication()
    assert [release.number for release in publication.releases] == [3, 4]
    packs = set().union(*(hub.generation(number=number).pack_names for number in (3, 4)))
    objects = hub.path / "public/objects"
    assert {path.stem for path in (objects / "packs").iterdir()} == packs
    assert {path.name for path in (objects / "manifests").iterdir()} == {
        release.manifest.sha256 for release in publication.releases
    }


def test_a_pack_of_which_little_is_used_is_written_anew(hub: Hub, presses: Path) -> None:
    for name in ("e", "f", "g", "h"):
        write(presses / f"{name}.md", manual(name, sections=20))
    hub.publish()
    first = hub.generation()
    for name in ("e", "f", "g", "h"):
        (presses / f"{name}.md").unlink()

    hub.publish()
    second = hub.generation()
    assert not first.pack_names & second.pack_names
    assert second.documents == {path: first.documents[path] for path in second.documents}
    assert hub.generation(number=1).documents == first.documents  # the old generation can still be fetched


def test_many_small_packs_become_few(hub: Hub, presses: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.hub.packing._SMALL_PACKS", 5)
    for number in range(8):
        write(presses / f"n{number}.md", manual(f"n{number}"))
        hub.publish()

    assert len(hub.generation().pack_names) < 7
    assert len(hub.generation().documents) == 12


def test_equal_sections_lie_in_one_pack_once(hub: Hub, presses: Path) -> None:
    hub.publish()
    first = hub.published()
    shutil.copytree(presses / "sub", presses / "copy")

    assert hub.published().total_bytes - first.total_bytes < 600  # what names it, and no text
    assert hub.generation().documents["copy/d.md"] == hub.generation().documents["sub/d.md"]


def test_sources_may_have_prefixes_and_a_name_belongs_to_the_first(hub: Hub, presses: Path, tmp_path: Path) -> None:
    from sync.hub.settings import SourceSettings

    more = write(tmp_path / "more/a.md", manual("other")).parent
    for prefix, id_ in (("", "second"), ("more/", "third")):
        values = {"id": id_, "collection": "presses", "type": "folder", "location": str(more), "prefix": prefix}
        hub.folder.settings().with_source(SourceSettings.model_validate(values)).write(hub.folder.settings_file)

    report = hub.publish()
    assert [(left.path, "Two sources" in left.reason) for left in report.skipped] == [("a.md", True)]
    generation = hub.generation()
    assert list(generation.documents) == ["a.md", "b.md", "c.md", "more/a.md", "sub/d.md"]
    assert "OTHER-1" not in generation.text("a.md")


def test_what_the_source_says_of_its_documents_goes_with_them(hub: Hub) -> None:
    write(hub.add(language="de", revision="C", review_by="2030-01-31") / "a.md", manual("a"))
    hub.publish()

    document = hub.generation().documents["a.md"]
    assert (document.language, document.revision, document.reviewed_until) == ("de", "C", "2030-01-31")


def test_a_document_that_cannot_be_read_is_said_and_its_last_good_state_stays(hub: Hub, presses: Path) -> None:
    hub.publish()
    write(presses / "a.md", "\0\0\0 not text any more")
    (presses / "new.pdf").write_bytes(b"%PDF-1.7\nnothing else")

    report = hub.publish()
    assert sorted(left.path for left in report.skipped) == ["a.md", "new.pdf"]
    assert list(hub.generation().documents) == ["a.md", "b.md", "c.md", "sub/d.md"]


def test_a_source_that_is_away_is_said_and_the_rest_goes_on(hub: Hub, presses: Path) -> None:
    write(hub.add("valves") / "v.md", manual("v"))
    hub.publish()
    presses.rename(presses.with_name("elsewhere"))
    write(hub.docs / "valves/w.md", manual("w"))

    report = hub.publish()
    assert [left.collection for left in report.skipped] == ["presses"]
    assert (len(hub.generation().documents), len(hub.generation("valves").documents)) == (4, 2)


def test_a_collection_of_files_goes_out_as_it_is(hub: Hub) -> None:
    docs = hub.add("models", kind="files", access="public")
    model = bytes(range(256)) * 40_000  # two and a half pieces
    (docs / "chat").mkdir()
    (docs / "chat/model.gguf").write_bytes(model)
    (docs / "empty.toml").write_bytes(b"")
    hub.publish()

    generation, publication = hub.generation("models"), hub.publication("models")
    assert (publication.kind, publication.embedder, publication.access) == ("files", None, "public")
    assert generation.files == {"chat/model.gguf#model.gguf": model, "empty.toml#empty.toml": b""}
    assert len(generation.documents["chat/model.gguf"].files[0].pieces) == 3
    assert hub.published("models").is_new is False

    changed = model[:-1] + b"\0"
    (docs / "chat/model.gguf").write_bytes(changed)
    os.utime(docs / "chat/model.gguf", (1, 1))
    assert hub.published("models").new_bytes < len(model) / 2  # only the last piece is another
    assert hub.generation("models").files["chat/model.gguf#model.gguf"] == changed


def test_originals_and_page_pictures_go_along_where_they_are_wanted(hub: Hub) -> None:
    from io import BytesIO

    from PIL import Image
    from reportlab.pdfgen.canvas import Canvas

    docs = hub.add(originals=True, page_pictures=True)
    canvas = Canvas(str(docs / "m.pdf"))
    for text in ("Fault F0012 means a blown fuse", "Replace the fuse by one of 5 A"):
        canvas.drawString(72, 700, text)
        canvas.showPage()
    canvas.save()
    write(docs / "a.md", manual("a"))
    hub.publish()

    files_ = hub.generation().files
    assert list(files_) == [
        "a.md#original/a.md",
        "m.pdf#original/m.pdf",
        "m.pdf#pages/001.webp",
        "m.pdf#pages/002.webp",
    ]
    assert files_["m.pdf#original/m.pdf"] == (docs / "m.pdf").read_bytes()
    picture = Image.open(BytesIO(files_["m.pdf#pages/001.webp"]))
    assert picture.width == pytest.approx(595 * 100 / 72, abs=2)


def test_without_an_embedder_documents_go_out_without_vectors(hub: Hub, presses: Path) -> None:
    hub.embedder = None
    hub.publish()
    assert (hub.publication().embedder, hub.generation().sections["a.md"][0].chunks[0].whole) == (None, b"")

    hub.embedder = HashingEmbedder()
    assert hub.published().changed == 4
    publication = hub.publication()
    assert publication.embedder == hub.embedder.name
    assert [release.number for release in publication.releases] == [2]  # there is no way back to other vectors


def test_a_label_or_a_canary_changes_without_a_new_generation(hub: Hub, presses: Path) -> None:
    hub.publish()
    hub.add(access="restricted")
    line = {"question": "What does fault A-1 mean?", "documents": ["a.md"]}
    (hub.path / "canaries/presses.jsonl").write_text(json.dumps(line) + "\n\n")

    report = hub.publish()
    publication = hub.publication()
    assert (report.collections[0].is_new, publication.access, len(publication.releases)) == (False, "restricted", 1)
    assert publication.canaries[0].documents == ("a.md",)


def test_a_canary_that_fails_here_stops_the_publication(hub: Hub, presses: Path) -> None:
    hub.publish()
    before = snapshot(hub.path / "public")
    line = {"question": "What does fault A-1 mean?", "documents": ["nowhere.md"]}
    (hub.path / "canaries/presses.jsonl").write_text(json.dumps(line))
    write(presses / "a.md", manual("a", words="something else"))

    with pytest.raises(SyncError, match="canary questions of “presses”"):
        hub.publish()
    assert snapshot(hub.path / "public") == before
    (hub.path / "canaries/presses.jsonl").write_text('{"question": "?"}')
    with pytest.raises(UsageError, match="line 1: documents"):
        hub.publish()


def test_two_publications_at_once_are_kept_apart(hub: Hub, presses: Path) -> None:
    with hub.folder.lock(), pytest.raises(StoreBusy, match="Another process is changing the hub"):
        hub.publish()


@pytest.mark.parametrize("written", [0, 1, 2, 4, 7, 9, 10])
def test_a_disk_that_fills_up_leaves_the_old_publication_served_and_the_next_one_whole(
    written: int, hub: Hub, presses: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.publish()
    write(presses / "a.md", manual("a", words="something else"))
    left = [written]

    def filling(*arguments: object, **options: object) -> object:
        if left[0] == 0:
            raise DiskFull("The disk is full.")
        left[0] -= 1
        return real[len(arguments)](*arguments, **options)

    from index.store.files import write_atomically

    real = {3: files.write_object, 2: write_atomically}
    with monkeypatch.context() as patched:
        for place in ("objects.write_object", "releases.write_object", "packing.write_object"):
            patched.setattr(f"sync.hub.{place}", filling)
        patched.setattr("sync.trust.signing.repository.write_atomically", filling)
        patched.setattr("sync.trust.signing.signer.write_atomically", filling)
        try:
            hub.publish()
        except DiskFull:
            assert hub.publication().releases[-1].number == 1
            assert "blown fuse" in hub.generation().text("a.md")
    hub.publish()
    assert hub.publication().releases[-1].number == 2
    assert "something else" in hub.generation().text("a.md")


def test_a_hub_that_lost_its_memory_publishes_on(hub: Hub, presses: Path) -> None:
    hub.publish()
    for path in hub.path.glob("state.db*"):
        path.unlink()
    assert hub.published().is_new is False

    for path in hub.path.glob("state.db*"):
        path.unlink()
    write(presses / "a.md", manual("a", words="something else"))
    done = hub.published()
    assert (done.number, done.changed) == (2, 1)
    assert "something else" in hub.generation().text("a.md")


def test_a_hub_that_was_moved_publishes_on(hub: Hub, presses: Path) -> None:
    hub.publish()
    hub.path = hub.path.rename(hub.path.with_name("moved"))

    assert hub.published().is_new is False


def test_a_collection_without_its_key_is_left_out_and_said(hub: Hub, presses: Path) -> None:
    write(hub.add("valves") / "v.md", manual("v"))
    hub.publish()
    next((hub.path / "keys/collections").glob("presses-*.pem")).unlink()
    write(presses / "a.md", manual("a", words="something else"))
    write(hub.docs / "valves/v.md", manual("v", words="something else"))

    report = hub.publish()
    assert [(left.path, "takes 1 of its 1 keys" in left.reason) for left in report.skipped] == [("presses", True)]
    assert "something else" not in hub.generation("presses").text("a.md")
    assert "something else" in hub.generation("valves").text("v.md")


def test_without_the_online_keys_nothing_is_begun(hub: Hub, presses: Path) -> None:
    next((hub.path / "keys/online").glob("timestamp-*.pem")).unlink()

    with pytest.raises(SyncError, match="role timestamp takes 1 of its 1 keys"):
        hub.publish()
    assert not (hub.path / "public/objects").exists()


def test_a_collection_that_cannot_be_dropped_yet_is_served_on_and_said(hub: Hub, presses: Path) -> None:
    hub.publish()
    shutil.rmtree(hub.path / "keys/root")
    HubSettings().write(hub.folder.settings_file)

    report = hub.publish()
    assert [(left.path, "served still" in left.reason) for left in report.skipped] == [("presses", True)]
    assert len(hub.generation().documents) == 4


def test_what_is_removed_from_the_hub_is_served_no_more(hub: Hub, presses: Path) -> None:
    hub.publish()
    hub.folder.settings().without_source("presses").write(hub.folder.settings_file)
    assert hub.published().removed == 4

    settings = hub.folder.settings()
    HubSettings.model_validate(settings.model_dump() | {"collections": {}}).write(hub.folder.settings_file)
    hub.publish()
    with pytest.raises(AssertionError):
        hub.publication()
    assert list((hub.path / "public/objects/packs").iterdir()) == []


def test_reviews_and_signatures_that_run_out_are_told(hub: Hub) -> None:
    write(hub.add(owner="Service", review_by=hub.clock().date().isoformat()) / "a.md", manual("a"))
    assert hub.publish().notices == ()
    shutil.rmtree(hub.path / "keys/root")
    hub.clock.pass_days(320)

    notices = hub.publish().notices
    assert [notice.split(" ends in ")[0] for notice in notices[:2]] == [
        "The signature of root",
        "The signature of targets",
    ]
    assert "whose owner is Service, was due on" in notices[2]


def test_a_hub_folder_of_a_newer_version_is_refused(hub: Hub) -> None:
    file = hub.path / "hub.toml"
    file.write_text(file.read_text().replace("format = 1", "format = 2"))

    with pytest.raises(SyncError, match="newer version"):
        hub.publish()


def test_a_damaged_manifest_is_told(hub: Hub, presses: Path) -> None:
    from index.errors import PackError

    hub.publish()
    (path,) = (hub.path / "public/objects/manifests").iterdir()
    path.write_bytes(b"damaged")

    with pytest.raises(PackError):
        hub.publish()


def test_a_hubs_index_that_is_damaged_can_be_made_anew(hub: Hub, presses: Path) -> None:
    hub.publish()
    index = hub.path / "index/index.db"
    index.write_bytes(index.read_bytes()[:100] + b"\xff" * 8000)
    with pytest.raises(StoreCorrupt, match="hub's index"):
        hub.publish()

    shutil.rmtree(hub.path / "index")
    assert hub.published().is_new is False


def test_an_old_generation_comes_back_and_what_was_taken_back_stays_away(hub: Hub, presses: Path) -> None:
    hub.publish()
    write(presses / "a.md", manual("a", words="something wrong"))
    hub.publish()

    done = revert(hub.folder, "presses")
    assert (done.number, done.changed, "blown fuse" in hub.generation().text("a.md")) == (3, 1, True)
    report = hub.publish()
    assert ["taken back" in left.reason for left in report.skipped] == [True]
    assert hub.publication().rollout.stable == 3

    write(presses / "a.md", manual("a", words="something right"))
    assert hub.published().number == 4
    assert "something right" in hub.generation().text("a.md")
    with pytest.raises(UsageError, match="no older generation 99"):
        revert(hub.folder, "presses", 99)


def test_a_reverted_generation_keeps_its_vectors_and_loses_the_new_questions(hub: Hub, presses: Path) -> None:
    hub.publish()
    write(presses / "a.md", manual("a", words="a wrong torque"))
    line = {"question": "wrong torque", "documents": ["a.md"]}
    (hub.path / "canaries/presses.jsonl").write_text(json.dumps(line))
    hub.publish()

    revert(hub.folder, "presses")
    hub.publish()
    publication = hub.publication()
    assert (publication.embedder, publication.canaries) == (hub.embedder.name, ())
    assert [release.number for release in publication.releases] == [1, 2, 3]
    assert hub.generation(number=3).documents == hub.generation(number=1).documents


def test_no_way_of_packing_brings_back_what_was_taken_back(hub: Hub, presses: Path) -> None:
    hub.publish()
    write(presses / "a.md", manual("a", words="something wrong"))
    hub.publish()
    revert(hub.folder, "presses")
    hub.add(originals=True)

    hub.publish()
    assert "something wrong" not in hub.generation().text("a.md")


def test_a_generation_comes_back_whose_packs_were_written_anew_since(hub: Hub, presses: Path) -> None:
    for name in ("e", "f", "g", "h"):
        write(presses / f"{name}.md", manual(name, sections=20))
    hub.publish()
    first = hub.generation()
    shutil.rmtree(presses)
    write(presses / "b.md", manual("b"))
    hub.publish()
    write(presses / "b.md", manual("b", words="state 3"))
    hub.publish()

    revert(hub.folder, "presses", 1)
    assert hub.generation().documents == first.documents


def test_publications_say_nothing_of_the_hubs_own_folders(hub: Hub, presses: Path) -> None:
    hub.publish()
    publication: Publication = hub.publication()

    assert str(hub.path) not in publication.model_dump_json()
    assert not [path for path in hub.generation().documents if path.startswith("/")]
