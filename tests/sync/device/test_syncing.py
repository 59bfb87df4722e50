"""One sync after another: what changes, what stays, and what is left when something goes wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from index.documents import AccessLabel
from index.errors import DiskFull, NetworkError, PackError, SyncError, TrustError, UsageError
from index.store import reading
from sync.device.lock import syncing_alone
from sync.device.state import SyncState
from sync.format import Canary
from tests.sync.device.conftest import NOW, Device
from tests.sync.device.servers import FolderServer, cutting, plain_server
from tests.sync.device.small_hub import SmallHub

DOCUMENTS = {"a.txt": "Brake: the brake releases at 24 V", "b.txt": "Valve: the valve opens"}


def label(device: Device, collection: str) -> AccessLabel:
    with device.store() as store, store.reader() as connection:
        return next(one.access for one in reading.collections(connection) if one.name == collection)


def test_the_first_sync_brings_everything(device: Device) -> None:
    report = device.sync()

    (outcome,) = report.outcomes
    assert (outcome.generation, outcome.previous) == (1, None)
    assert (outcome.changed_documents, outcome.removed_documents) == (2, 0)
    assert report.fetched_bytes > 0
    assert device.found("brake") == ["a.txt"]


def test_a_second_sync_fetches_nothing_but_the_timestamp(device: Device, server: FolderServer) -> None:
    device.sync()
    server.requests.clear()

    report = device.sync()

    (outcome,) = report.outcomes
    assert (outcome.generation, outcome.previous, outcome.changed_documents) == (1, 1, 0)
    assert [path for path, _ in server.requests] == ["/metadata/2.root.json", "/metadata/timestamp.json"]


def test_only_what_changed_is_fetched(device: Device, hub: SmallHub, server: FolderServer) -> None:
    device.sync()
    server.requests.clear()
    hub.publish("presses", {"a.txt": "Brake: the brake releases at 48 V", "c.txt": "Hose: the hose bursts"})

    report = device.sync()

    (outcome,) = report.outcomes
    assert (outcome.generation, outcome.previous) == (2, 1)
    assert (outcome.changed_documents, outcome.removed_documents) == (2, 1)
    assert device.found("hose") == ["c.txt"]
    assert device.found("valve") == []
    packs = {path for path, _ in server.requests if path.endswith(".pack")}
    assert len(packs) == 1
    assert any("/deltas/" in path for path, _ in server.requests)
    assert not any("/manifests/" in path for path, _ in server.requests)


def test_a_delta_that_is_damaged_is_replaced_by_the_whole_manifest(
    device: Device, hub: SmallHub, server: FolderServer
) -> None:
    device.sync()
    hub.publish("presses", {**DOCUMENTS, "c.txt": "Hose: the hose bursts"})
    for delta in (hub.public / "objects" / "deltas").iterdir():
        delta.write_bytes(bytes(delta.stat().st_size))

    device.sync()

    assert device.live("presses") == 2
    assert any("its whole manifest is fetched" in remark for remark in device.remarks)


def test_back_to_an_earlier_generation_without_network(device: Device, hub: SmallHub, server: FolderServer) -> None:
    device.sync()
    hub.publish("presses", {"a.txt": "Brake: wrong"})
    device.sync()
    server.requests.clear()

    assert device.rollback("presses") == (2, 1)

    assert device.found("valve") == ["b.txt"]
    assert server.requests == []


def test_after_going_back_the_same_generation_is_not_taken_again_but_a_later_one_is(
    device: Device, hub: SmallHub
) -> None:
    device.sync()
    hub.publish("presses", {"a.txt": "Brake: wrong"})
    device.sync()
    device.rollback("presses")

    device.sync()
    assert device.live("presses") == 1
    assert any("waits for a later one" in remark for remark in device.remarks)

    hub.publish("presses", {"a.txt": "Brake: right"})
    device.sync()
    assert device.live("presses") == 3


def test_a_generation_gone_back_from_is_taken_again_when_asked_for(device: Device, hub: SmallHub) -> None:
    device.sync()
    hub.publish("presses", {"a.txt": "Brake: not so wrong"})
    device.sync()
    device.rollback("presses")
    SyncState.read(device.places).with_(retake={"presses": 2}).write(device.places)

    device.sync()

    assert device.live("presses") == 2
    assert SyncState.read(device.places).retake == {}


def test_a_pinned_collection_stays(device: Device, hub: SmallHub) -> None:
    device.sync()
    with device.store() as store:
        device.generations(store).pin("presses")
    hub.publish("presses", {"a.txt": "Brake: new"}, access="restricted")

    device.sync()

    assert device.live("presses") == 1
    assert label(device, "presses") == AccessLabel.RESTRICTED
    assert "presses: it is pinned at generation 1; the hub has 2." in device.remarks


def test_a_label_that_changed_is_taken_over_also_without_a_new_generation(device: Device, hub: SmallHub) -> None:
    device.sync()
    publication = hub.collections["presses"].publication
    assert publication is not None
    hub.put_publication("presses", publication.model_copy(update={"access": AccessLabel.RESTRICTED}))
    hub.sign()

    device.sync()

    assert label(device, "presses") == AccessLabel.RESTRICTED
    assert device.live("presses") == 1


def test_several_collections_come_and_go(device: Device, hub: SmallHub) -> None:
    hub.publish("lathes", {"l.txt": "Chuck: the chuck clamps"})
    device.sync()
    assert device.found("chuck") == ["l.txt"]

    del hub.collections["lathes"]
    hub.sign()
    report = device.sync()

    assert device.found("chuck") == []
    gone = next(outcome for outcome in report.outcomes if outcome.collection == "lathes")
    assert (gone.generation, gone.previous, gone.removed_documents) == (None, 1, 1)


def test_only_the_collections_that_are_wanted_come(device: Device, hub: SmallHub, server: FolderServer) -> None:
    hub.publish("lathes", {"l.txt": "Chuck: the chuck clamps"})
    device.enrol("lathes", "saws")

    device.sync()

    assert device.live("presses") is None
    assert device.found("chuck") == ["l.txt"]
    assert "The hub has no collection “saws”." in device.remarks


def test_a_damaged_collection_does_not_keep_the_others_back(
    device: Device, hub: SmallHub, server: FolderServer
) -> None:
    (pack,) = hub.packs()
    hub.publish("lathes", {"l.txt": "Chuck: the chuck clamps"})
    pack.write_bytes(bytes(pack.stat().st_size))

    with pytest.raises(PackError, match="damaged or has been tampered with"):
        device.sync()

    assert device.found("chuck") == ["l.txt"]
    assert device.live("presses") is None
    assert SyncState.read(device.places).failures == 1


def test_a_pack_tampered_with_leaves_the_live_generation(device: Device, hub: SmallHub) -> None:
    device.sync()
    before = set(hub.packs())
    hub.publish("presses", {"a.txt": "Brake: forged"})
    (fresh,) = set(hub.packs()) - before
    data = bytearray(fresh.read_bytes())
    data[len(data) // 2] ^= 1
    fresh.write_bytes(data)

    with pytest.raises(PackError):
        device.sync()

    assert device.live("presses") == 1
    assert device.found("brake") == ["a.txt"]


def test_a_pack_cut_short_leaves_the_live_generation(device: Device, hub: SmallHub) -> None:
    device.sync()
    before = set(hub.packs())
    hub.publish("presses", {"a.txt": "Brake: more"})
    (fresh,) = set(hub.packs()) - before
    fresh.write_bytes(fresh.read_bytes()[:-5])

    with pytest.raises(PackError, match="bytes were announced"):
        device.sync()

    assert device.live("presses") == 1


def test_a_pack_that_is_missing_is_told(device: Device, hub: SmallHub) -> None:
    hub.packs()[0].unlink()

    with pytest.raises(NetworkError, match=r"has no objects/packs/"):
        device.sync()


def test_a_publication_by_a_newer_version_is_told(device: Device, hub: SmallHub) -> None:
    device.sync()
    hub.put_publication("presses", b'{"format": 2}')
    hub.sign()

    with pytest.raises(PackError, match="newer version"):
        device.sync()

    assert device.live("presses") == 1


def test_a_publication_of_another_collection_is_refused(device: Device, hub: SmallHub) -> None:
    hub.publish("lathes", {"l.txt": "Chuck: the chuck clamps"}, sign=False)
    lathes = hub.collections["lathes"].publication
    assert lathes is not None
    hub.put_publication("presses", lathes.encode())
    hub.sign()

    with pytest.raises(PackError, match="publication of presses says that it is that of lathes"):
        device.sync()


def test_the_canaries_keep_a_generation_out_that_does_not_find_what_it_should(device: Device, hub: SmallHub) -> None:
    device.sync()
    hub.publish("presses", {"a.txt": "Lamp: green"}, canaries=(Canary(question="brake", documents=("b.txt",)),))

    device.sync()

    # Without an embedding model a question may be missed for want of it: said, not held against the generation.
    assert device.live("presses") == 2
    assert any("could not be tested" in remark for remark in device.remarks)


def test_over_a_line_that_breaks_it_goes_on(device: Device, hub: SmallHub, server: FolderServer) -> None:
    hub.publish("presses", {f"{n}.txt": f"Part {n}: " + f"word{n} " * 300 for n in range(20)})
    server.behaviour.cut = cutting(0.5, 7)
    device.fruitless = 20

    report = device.sync()

    assert report.outcomes[0].changed_documents == 20


def test_over_a_dead_line_the_live_generation_answers_and_the_next_sync_goes_on(
    device: Device, hub: SmallHub, server: FolderServer
) -> None:
    device.sync()
    hub.publish("presses", {f"{n}.txt": f"Part {n}: " + f"word{n} " * 3000 for n in range(20)})
    size = max(pack.stat().st_size for pack in hub.packs())

    def dead_in_the_packs(length: int) -> int | None:
        return 0 if len(server.asked_for(".pack")) > 2 else (size // 2 if length >= size // 2 else None)

    server.behaviour.cut = dead_in_the_packs
    with pytest.raises(NetworkError):
        device.sync()
    assert device.found("valve") == ["b.txt"]
    server.behaviour.cut = lambda length: None
    server.sent_bytes = 0

    device.sync()

    assert device.found("word7")[0] == "7.txt"
    assert server.sent_bytes < size


def test_pythons_own_server_without_ranges_will_do(device: Device, hub: SmallHub) -> None:
    with plain_server(hub.public) as url:
        device.hub = url
        device.sync()
        hub.publish("presses", {**DOCUMENTS, "c.txt": "Hose: the hose bursts"})
        device.sync()

    assert device.found("hose") == ["c.txt"]


def test_a_folder_will_do(device: Device, hub: SmallHub) -> None:
    device.hub = str(hub.public)
    device.sync()

    assert device.found("brake") == ["a.txt"]


def test_from_a_stick_the_same_checks_hold(device: Device, hub: SmallHub, tmp_path: Path) -> None:
    device.sync()
    hub.publish("presses", {"a.txt": "Brake: from the stick"})
    stick = tmp_path / "stick"
    hub.save(stick)
    device.sync(hub=str(stick))
    assert device.live("presses") == 2

    other = SmallHub(tmp_path / "forged" / "public", now=NOW)
    other.publish("presses", {"a.txt": "Brake: forged"})
    with pytest.raises(TrustError):
        device.sync(hub=str(other.public))
    assert device.live("presses") == 2


def test_what_a_stick_lacks_stays_as_it_is(device: Device, hub: SmallHub, tmp_path: Path) -> None:
    hub.publish("lathes", {"l.txt": "Chuck: the chuck clamps"})
    device.sync()
    hub.publish("presses", {"a.txt": "Brake: from the stick"})
    stick = tmp_path / "stick"
    hub.save(stick)
    for place in (stick / "targets" / "collections" / "lathes").iterdir():
        place.unlink()

    device.sync(hub=str(stick))

    assert device.live("presses") == 2
    assert device.found("chuck") == ["l.txt"]


def test_a_disk_that_is_too_small_is_told_before_anything_comes(device: Device, server: FolderServer) -> None:
    device.free_bytes = lambda folder: 1 << 20

    with pytest.raises(DiskFull, match="not enough room"):
        device.sync()

    assert server.asked_for(".pack") == []


def test_two_syncs_at_once_the_second_says_so(device: Device) -> None:
    device.enrol()
    with syncing_alone(device.places), pytest.raises(SyncError, match="being synced already"):
        device.sync()


def test_a_failure_is_kept_for_status_and_forgotten_after_success(device: Device, server: FolderServer) -> None:
    server.behaviour.statuses = [500] * 4
    with pytest.raises(NetworkError):
        device.sync()
    state = SyncState.read(device.places)
    assert (state.failures, state.synced_at) == (1, None)
    assert state.last_error is not None
    assert state.last_error.kind == "NetworkError"

    device.sync()

    state = SyncState.read(device.places)
    assert (state.failures, state.synced_at, state.last_error) == (0, NOW, None)
    assert state.collection_synced_at == {"presses": NOW}


def test_a_clock_set_back_to_1970_does_not_let_what_expired_in(device: Device, hub: SmallHub) -> None:
    device.now = NOW + timedelta(days=29)
    device.sync()
    hub.now = NOW + timedelta(days=30)
    hub.sign()
    device.sync()
    device.now = NOW + timedelta(days=59)
    device.sync()
    hub.now = NOW + timedelta(days=28)  # signed to expire before that last sync
    hub.sign()

    device.now = datetime(1970, 1, 1, tzinfo=UTC)
    with pytest.raises(TrustError, match=r"expired.*clock says 1970-01-01"):
        device.sync()

    assert device.live("presses") == 1


def test_documents_ingested_here_are_not_taken_over(device: Device, hub: SmallHub) -> None:
    from index.store import writing

    with device.store() as store, store.transaction() as connection:
        writing.ensure_collection(connection, "presses", AccessLabel.PUBLIC)

    with pytest.raises(UsageError, match="ingested on this device"):
        device.sync()


def test_partial_files_are_gone_after_a_sync(device: Device) -> None:
    device.sync()

    assert list(device.places.partial.iterdir()) == []


def test_a_halted_rollout_takes_the_device_back(device: Device, hub: SmallHub) -> None:
    device.enrol(tags=("pilot",))
    device.sync()
    rollout = {"stable": 1, "candidate": 2, "stage": "canary", "cohorts": {"canary": {"tags": ["pilot"]}}}
    publication = hub.publish("presses", {"a.txt": "Brake: a bad candidate"}, rollout=rollout)
    device.sync()
    assert device.live("presses") == 2

    halted = publication.rollout.model_copy(update={"stage": "halted"})
    hub.put_publication("presses", publication.model_copy(update={"rollout": halted}))
    hub.sign()
    device.sync()

    assert device.live("presses") == 1
    assert device.found("valve") == ["b.txt"]
