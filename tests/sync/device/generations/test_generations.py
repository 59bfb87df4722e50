from __future__ import annotations

from dataclasses import replace

import pytest

from index.documents import AccessLabel
from index.errors import PackError, UsageError
from index.ingest import Ingestor
from index.passages import SearchFilter
from index.search import Searcher
from index.store import Store, reading, writing
from index.store import generations as rows
from sync.device.generations import Generations
from sync.format import Canary, Manifest, decode_document
from tests.index.hashing_embedder import HashingEmbedder
from tests.sync.device.generations.hub import Hub, manual, update


def seen(store: Store, collection: str | None = "presses") -> dict[str, str]:
    """The text of every document that is seen, by path."""
    with store.reader() as connection:
        return {
            document.path: "".join(reading.text(connection, document.id))
            for document in reading.documents(connection, collection)
        }


def stored(store: Store, table: str) -> int:
    with store.reader() as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").get)


def found(store: Store, question: str, **where: tuple[str, ...]) -> list[str]:
    result = Searcher(store, HashingEmbedder()).search(question, 5, SearchFilter(**where))
    return [passage.document for passage in result.passages]


def test_a_device_has_what_the_hub_has_and_finds_it_as_the_hub_does(
    hub: Hub, device: Store, generations: Generations
) -> None:
    switched = update(generations, hub.publish())

    assert (switched.changed, switched.removed) == (3, 0)
    assert seen(device) == {path.rpartition("/")[2]: text for path, text in seen(hub.store).items()}
    question = "Which wrench for the valve number 3?"
    here, there = (Searcher(store, HashingEmbedder()).search(question) for store in (device, hub.store))
    assert [(p.text, p.section, p.score, p.similarity) for p in here.passages] == [
        (p.text, p.section, p.score, p.similarity) for p in there.passages
    ]
    assert (here.passages[0].document, here.passages[0].access) == ("valve.md", AccessLabel.INTERNAL)
    assert Searcher(device, HashingEmbedder()).search("VA-103").passages[0].exact
    assert device.check() == []


def test_the_live_generation_tells_its_number_its_times_and_what_was_said_of_it(
    hub: Hub, device: Store, generations: Generations
) -> None:
    published = hub.publish()
    assert generations.live("presses") is None

    update(generations, published)

    live = generations.live("presses")
    assert live is not None
    assert (live.number, live.manifest) == (1, published.release.manifest.sha256)
    assert (live.published_at, live.note) == ("2026-05-02T10:00:00Z", "Number 1")
    assert live.synced_at == live.live_since
    assert str(live.synced_at).startswith("2026-05-01T10:00:")
    assert (live.documents, live.pinned) == (3, False)
    with device.reader() as connection:
        (valve,) = reading.find_documents(connection, "valve.md")
    assert valve.revision == "C"


def test_an_unchanged_section_is_never_asked_for_again(hub: Hub, device: Store, generations: Generations) -> None:
    update(generations, hub.publish())
    hub.write(valve=manual("valve", changed={2: "The valve is greased."}))
    published = hub.publish()
    source = published.source()

    switched = update(generations, published, source)

    assert len(source.asked) == 2  # the document and one of its sections
    assert (switched.changed, switched.removed) == (1, 0)
    assert "greased" in seen(device)["valve.md"]
    assert device.check() == []


def test_a_document_that_was_only_renamed_is_not_fetched(hub: Hub, device: Store, generations: Generations) -> None:
    update(generations, hub.publish())
    first = hub.publish()
    entries = [replace(entry, path=f"new/{entry.path}") for entry in first.manifest.documents]
    renamed = hub.publish_entries(entries, first.objects)
    source = renamed.source()

    switched = update(generations, renamed, source)

    assert source.asked == []
    assert (switched.changed, switched.removed) == (3, 3)
    assert set(seen(device)) == {"new/brake.md", "new/pump.md", "new/valve.md"}


def test_nothing_of_a_staged_generation_is_seen_before_the_switch(
    hub: Hub, device: Store, generations: Generations
) -> None:
    update(generations, hub.publish())
    before = seen(device)
    version = device.data_version()
    hub.write(valve=manual("valve", changed={1: "Turn the zylograph XK-900 twice."}), pump=None, crane=manual("crane"))
    published = hub.publish()

    generation_id = generations.stage(
        published.publication, published.release, published.manifest, published.source()
    )  # fmt: skip

    assert seen(device) == before
    assert device.data_version() == version
    with device.reader() as connection:
        (info,) = reading.collections(connection)
        assert (info.documents, info.chunks, info.origin) == (3, 12, "synced")
        assert reading.find_documents(connection, "crane.md") == []
        assert reading.unembedded(connection) == 0
        hidden = next(id_ for id_, path, *_ in rows.members(connection, generation_id) if path == "crane.md")
        assert reading.document(connection, hidden) is None
        assert reading.sections(connection, hidden) == list(reading.chunks(connection, hidden)) == []
        chunk_id = connection.execute("SELECT min(id) FROM chunks WHERE document_id = ?", (hidden,)).get
        assert reading.chunk(connection, chunk_id) is None
        assert reading.neighbours(connection, chunk_id) == reading.section_chunks(connection, chunk_id) == []
    for question in ("zylograph", "crane number 2 wrench", "CR-101", "Which wrench?"):
        assert not {"crane.md"} & set(found(device, question))
        assert not {"crane.md"} & set(found(device, question, collections=("presses",)))
    result = Searcher(device, HashingEmbedder()).search("XK-901")
    assert result.notices == ("“XK-901” is not in the documents.",)  # not: "similar: XK-900"

    generations.switch(generations.check(generation_id, published.manifest))

    assert "crane.md" in found(device, "CR-101")
    assert set(seen(device)) == {"brake.md", "crane.md", "valve.md"}


def test_a_collection_is_not_seen_before_its_first_generation(
    hub: Hub, device: Store, generations: Generations
) -> None:
    published = hub.publish()
    generations.stage(published.publication, published.release, published.manifest, published.source())

    with device.reader() as connection:
        assert reading.collections(connection) == []
    with pytest.raises(UsageError, match="no collection"):
        found(device, "valve", collections=("presses",))


def test_rollback_goes_back_and_a_sync_forward_again_without_fetching(
    hub: Hub, device: Store, generations: Generations
) -> None:
    first, second = hub.publish(), None
    update(generations, first)
    old = seen(device)
    hub.write(valve=manual("valve", changed={0: "Everything is new."}), pump=None)
    second = hub.publish()
    update(generations, second)
    new = seen(device)
    assert old != new

    before, after = generations.rollback("presses")

    assert (before.number, after.number) == (2, 1)
    assert seen(device) == old
    assert "pump.md" in found(device, "PU-101")
    assert [one.rolled_back_at is not None for one in generations.all("presses")] == [True, False]
    with pytest.raises(UsageError, match="no generation of “presses” before 1"):
        generations.rollback("presses")

    source = second.source()
    update(generations, second, source)
    assert source.asked == []
    assert seen(device) == new
    assert [one.rolled_back_at for one in generations.all("presses")] == [None, None]


def test_clearing_away_keeps_the_live_generation_and_one_to_go_back_to(
    hub: Hub, device: Store, generations: Generations
) -> None:
    for round_ in range(4):
        hub.write(valve=manual("valve", changed={0: f"Round {round_}."}))
        update(generations, hub.publish())
    assert stored(device, "documents") == 6

    collected = generations.collect()

    assert collected.documents == 2
    assert [(one.number, one.state) for one in generations.all()] == [(4, "live"), (3, "kept")]
    assert stored(device, "documents") == 4
    assert device.check() == []
    generations.rollback("presses")
    assert "Round 2." in seen(device)["valve.md"]
    assert generations.collect(keep=0).documents == 1
    assert [one.number for one in generations.all()] == [3]
    assert device.check() == []


def test_a_build_that_was_cut_off_goes_on_where_it_was(hub: Hub, device: Store, generations: Generations) -> None:
    published = hub.publish()
    poor = published.source()
    document = decode_document(poor.by_digest[published.manifest.documents[2].digest])
    del poor.by_digest[document.sections[-1].digest]
    with pytest.raises(PackError):
        generations.stage(published.publication, published.release, published.manifest, poor)
    written = stored(device, "documents")
    rich = published.source()

    update(generations, published, rich)

    assert written > 0
    assert stored(device, "documents") == 3
    assert not {entry.digest for entry in published.manifest.documents[:written]} & set(rich.asked)
    assert device.check() == []


def test_what_was_built_for_a_generation_that_is_overtaken_is_used_for_the_next(
    hub: Hub, device: Store, generations: Generations
) -> None:
    first = hub.publish()
    generations.stage(first.publication, first.release, first.manifest, first.source())
    hub.write(valve=manual("valve", changed={0: "New."}))
    second = hub.publish()
    source = second.source()

    update(generations, second, source)

    assert len(source.asked) == 2
    assert [(one.number, one.state) for one in generations.all()] == [(2, "live")]
    assert generations.collect().documents == 1


@pytest.mark.parametrize("what", ["document", "section"])
def test_an_object_that_is_not_what_it_is_named_is_refused(
    what: str, hub: Hub, device: Store, generations: Generations
) -> None:
    update(generations, hub.publish())
    before = seen(device)
    hub.write(valve=manual("valve", changed={0: "New."}))
    published = hub.publish()
    source = published.source()
    document = next(entry.digest for entry in published.manifest.documents if entry.path == "valve.md")
    victim = document if what == "document" else decode_document(source.by_digest[document]).sections[0].digest
    source.by_digest[victim] = source.by_digest[victim].replace(b"alve", b"alfe")

    with pytest.raises(PackError):
        generations.stage(published.publication, published.release, published.manifest, source)

    assert seen(device) == before


def test_what_was_changed_on_the_device_after_it_was_built_is_found_and_built_anew(
    hub: Hub, device: Store, generations: Generations
) -> None:
    published = hub.publish()
    generation_id = generations.stage(
        published.publication, published.release, published.manifest, published.source()
    )  # fmt: skip
    with device.transaction() as connection:
        connection.execute("UPDATE chunks SET lead = 'forged' WHERE id = (SELECT max(id) FROM chunks)")

    with pytest.raises(PackError, match="1 documents are not as they were published"):
        generations.check(generation_id, published.manifest)

    source = published.source()
    update(generations, published, source)
    assert len(source.asked) == 1 + 4  # the document and its sections: the others are still good
    assert not any("forged" in text for text in seen(device).values())
    generations.collect()
    assert device.check() == []


def test_a_thorough_check_looks_at_what_an_earlier_generation_had_too(
    hub: Hub, device: Store, generations: Generations
) -> None:
    update(generations, hub.publish())
    with device.transaction() as connection:
        connection.execute("UPDATE chunks SET page = 7 WHERE id = 1")
    hub.write(crane=manual("crane"))
    published = hub.publish()
    generation_id = generations.stage(
        published.publication, published.release, published.manifest, published.source()
    )  # fmt: skip

    assert generations.check(generation_id, published.manifest).documents == 1
    with pytest.raises(PackError):
        generations.check(generation_id, published.manifest, thorough=True)
    update(generations, published)
    assert generations.check(generation_id, published.manifest, thorough=True).documents == 4


def test_canaries_must_find_their_document_in_the_new_generation(
    hub: Hub, device: Store, generations: Generations
) -> None:
    update(generations, hub.publish())
    hub.write(crane=manual("crane"))
    good = Canary(question="CR-101 crane wrench", documents=("crane.md",))
    bad = Canary(question="How is the valve set?", documents=("gone.md",))
    published = hub.publish(canaries=(good, bad))
    generation_id = generations.stage(
        published.publication, published.release, published.manifest, published.source()
    )  # fmt: skip

    assert generations.check(generation_id, published.manifest, (good,)).canaries == 1
    with pytest.raises(PackError, match="How is the valve set"):
        generations.check(generation_id, published.manifest, (good, bad))
    assert "crane.md" not in seen(device)


def test_a_canary_does_not_find_what_only_the_live_generation_has(
    hub: Hub, device: Store, generations: Generations
) -> None:
    update(generations, hub.publish())
    hub.write(pump=None)
    published = hub.publish()
    generation_id = generations.stage(
        published.publication, published.release, published.manifest, published.source()
    )  # fmt: skip

    with pytest.raises(PackError):
        generations.check(generation_id, published.manifest, (Canary(question="PU-101", documents=("pump.md",)),))


def test_a_canary_missed_for_want_of_the_model_is_told_and_forgiven(hub: Hub, device: Store) -> None:
    generations = Generations(device, device.path.parent / "files")
    canary = Canary(question="How is the valve set?", documents=("gone.md",))
    published = hub.publish(canaries=(canary,))
    generation_id = generations.stage(
        published.publication, published.release, published.manifest, published.source()
    )  # fmt: skip

    checked = generations.check(generation_id, published.manifest, (canary,))

    assert checked.untested == ("How is the valve set?",)


def test_a_manifest_of_another_release_is_refused(hub: Hub, generations: Generations) -> None:
    first, second = hub.publish(), hub.publish()
    for manifest in (first.manifest, Manifest("presses", 2, second.manifest.documents[:1])):
        with pytest.raises(PackError):
            generations.stage(second.publication, second.release, manifest, second.source())


def test_vectors_of_another_model_are_refused_with_a_remedy(hub: Hub, device: Store, generations: Generations) -> None:
    folder = device.path.parent / "own"
    folder.mkdir()
    (folder / "note.md").write_text("My own note about the lathe.", encoding="utf-8")
    Ingestor(device, HashingEmbedder("another")).run([folder])
    published = hub.publish()

    with pytest.raises(UsageError, match=r"hashing.*another") as error:
        generations.stage(published.publication, published.release, published.manifest, published.source())

    assert "--rebuild" in error.value.remedy


def test_vectors_of_another_length_than_announced_are_refused(hub: Hub, generations: Generations) -> None:
    published = hub.publish()
    lying = published.publication.model_copy(update={"dimensions": 256})

    with pytest.raises(PackError, match="another length"):
        generations.stage(lying, published.release, published.manifest, published.source())


def test_a_collection_of_own_documents_is_not_overwritten(hub: Hub, device: Store, generations: Generations) -> None:
    folder = device.path.parent / "own"
    folder.mkdir()
    (folder / "note.md").write_text("My own note.", encoding="utf-8")
    Ingestor(device, HashingEmbedder()).run([folder], "presses")
    published = hub.publish()

    with pytest.raises(UsageError, match="ingested on this device"):
        generations.stage(published.publication, published.release, published.manifest, published.source())

    assert list(seen(device)) == [str(folder / "note.md")]


def test_own_documents_and_synced_ones_live_side_by_side(hub: Hub, device: Store, generations: Generations) -> None:
    folder = device.path.parent / "own"
    folder.mkdir()
    (folder / "note.md").write_text("My own note about the valve.", encoding="utf-8")
    Ingestor(device, HashingEmbedder()).run([folder])
    update(generations, hub.publish())
    hub.write(valve=None)
    update(generations, hub.publish())
    generations.collect(keep=0)

    assert list(seen(device, "default")) == [str(folder / "note.md")]
    assert len(seen(device, None)) == 3
    report = Ingestor(device, HashingEmbedder()).run([folder], prune=True)
    assert (report.unchanged, report.removed, report.embedded) == (1, 0, 0)
    assert device.check() == []


def test_a_synced_collection_is_changed_at_the_hub_only(hub: Hub, device: Store, generations: Generations) -> None:
    update(generations, hub.publish())
    with device.reader() as connection:
        ids = [document.id for document in reading.documents(connection, "presses")]

    with pytest.raises(UsageError, match="comes from a hub"):
        Ingestor(device, HashingEmbedder()).run([hub.docs], "presses")
    with pytest.raises(UsageError, match="comes from a hub"), device.transaction() as connection:
        writing.set_access(connection, "presses", AccessLabel.PUBLIC)
    with pytest.raises(UsageError, match="comes from a hub"), device.transaction() as connection:
        writing.remove_documents(connection, ids[:1])
    assert len(seen(device)) == 3


def test_the_label_follows_the_hub_but_never_goes_back(hub: Hub, device: Store, generations: Generations) -> None:
    for access in (AccessLabel.PUBLIC, AccessLabel.RESTRICTED):
        hub.write(valve=manual(f"valve {access}"))
        update(generations, hub.publish(access=access))
    generations.rollback("presses")

    with device.reader() as connection:
        assert [one.access for one in reading.collections(connection)] == [AccessLabel.RESTRICTED]


def test_a_collection_is_pinned_and_let_go(hub: Hub, generations: Generations) -> None:
    with pytest.raises(UsageError, match="no synced collection"):
        generations.pin("presses")
    update(generations, hub.publish())

    generations.pin("presses")
    assert [one.pinned for one in generations.all()] == [True]
    generations.unpin("presses")
    assert [one.pinned for one in generations.all()] == [False]


def test_a_dropped_collection_is_gone_with_all_of_its_generations(
    hub: Hub, device: Store, generations: Generations
) -> None:
    published = hub.publish(files={"page 1.png": b"picture" * 100})
    update(generations, published)
    hub.write(valve=manual("valve", changed={0: "New."}))
    update(generations, hub.publish())

    assert generations.drop("presses") == 3

    for table in ("documents", "chunks", "sections", "identifiers", "generations", "collections", "pieces"):
        assert stored(device, table) == 0, table
    assert device.check() == []
    with pytest.raises(UsageError):
        generations.drop("presses")
    update(generations, published)
    assert len(seen(device)) == 3


def test_a_person_may_remove_a_synced_collection_too(hub: Hub, device: Store, generations: Generations) -> None:
    update(generations, hub.publish())
    hub.write(valve=None)
    update(generations, hub.publish())
    with device.transaction() as connection:
        assert writing.remove_collection(connection, "presses") == 2

    assert stored(device, "documents") == stored(device, "generations") == 0
    assert device.check() == []


def test_files_that_came_with_a_document_are_kept_in_the_index(
    hub: Hub, device: Store, generations: Generations
) -> None:
    picture = bytes(range(251)) * 40_000
    update(generations, hub.publish(files={"pages/1.png": picture, "empty.txt": b""}))

    assert generations.content("presses", "valve.md", "pages/1.png") == picture
    assert generations.content("presses", "valve.md", "empty.txt") == b""
    assert generations.content("presses", "valve.md", "other.png") is None
    assert stored(device, "pieces") == 3  # the same three pieces for all documents
    update(generations, hub.publish())
    assert generations.collect(keep=0).pieces == 3


def test_collections_of_files_lie_beside_the_index_and_switch_with_it(
    hub: Hub, device: Store, generations: Generations
) -> None:
    old, model = b"old settings", bytes(range(251)) * 40_000
    first = hub.publish_files(settings=old, model=model)
    update(generations, first)
    path = generations.file("presses", "settings")
    assert path is not None
    assert path.read_bytes() == old
    second = hub.publish_files(settings=b"new settings", model=model)
    source = second.source()
    update(generations, second, source)

    assert len(source.asked) == 2
    after, kept = generations.file("presses", "settings"), generations.file("presses", "model")
    assert after is not None
    assert after.read_bytes() == b"new settings"
    assert kept is not None
    assert kept.read_bytes() == model
    generations.rollback("presses")
    assert generations.file("presses", "settings") == path
    update(generations, second)
    assert generations.collect(keep=0).file_bytes == len(old)
    assert not path.exists()
    assert generations.file("presses", "gone") is None


def test_a_file_whose_path_would_lead_out_of_its_folder_is_refused(hub: Hub, generations: Generations) -> None:
    published = hub.publish_files(**{"../settings": b"evil"})

    with pytest.raises(PackError, match="lead out"):
        generations.stage(published.publication, published.release, published.manifest, published.source())


def test_a_file_that_was_cut_off_goes_on_with_the_pieces_that_are_missing(hub: Hub, generations: Generations) -> None:
    model = bytes(range(251)) * 60_000
    published = hub.publish_files(model=model)
    poor = published.source()
    pieces = [digest for digest, data in poor.by_digest.items() if data in model and len(data) > 1000]
    assert len(pieces) == 4
    last = pieces[1]
    del poor.by_digest[last]
    with pytest.raises(PackError):
        generations.stage(published.publication, published.release, published.manifest, poor)
    rich = published.source()

    update(generations, published, rich)

    assert rich.asked == [published.manifest.documents[0].digest, last]
