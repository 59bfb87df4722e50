"""Whatever database keeps it: each item once, in order, of one installation a device."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.errors import NetworkError, StoreCorrupt, StoreTooNew, UsageError
from sync.outbox.ids import new_id
from sync.outbox.wire import HealthReport
from sync.receiver.storage import Device, RivalDevice, Storage, open_storage
from sync.receiver.tokens import token_hash
from tests.sync.receiver.people import NOW, ONE, OTHER, health, known, note


def texts(storage: Storage, device: str | None = None) -> list[object]:
    return [one.item.fields.get("text") for one in storage.items(device)]


class TestItems:
    def test_a_batch_is_kept_in_its_order(self, storage: Storage) -> None:
        known(storage, "press-1")
        items = [note(2, "second"), note(1, "first\x00½")]

        delivered = storage.deliver("press-1", ONE, items, NOW)

        assert delivered.accepted == (items[1].id, items[0].id)
        assert texts(storage) == ["first\x00½", "second"]
        assert [(one.device, one.received_at) for one in storage.items()] == [("press-1", NOW)] * 2

    def test_what_comes_again_is_there_once(self, storage: Storage) -> None:
        known(storage, "press-1")
        first, second = note(1), note(2)
        storage.deliver("press-1", ONE, [first], NOW)

        delivered = storage.deliver("press-1", ONE, [first, second], NOW)

        assert (delivered.accepted, delivered.duplicates) == ((second.id,), (first.id,))
        assert len(storage.items()) == 2

    def test_two_devices_may_have_the_same_id_and_number(self, storage: Storage) -> None:
        known(storage, "press-1", "press-2")
        item = note(1)

        for device, instance in (("press-1", ONE), ("press-2", OTHER)):
            assert storage.deliver(device, instance, [item], NOW).accepted == (item.id,)
        assert [one.device for one in storage.items("press-2")] == ["press-2"]

    def test_items_are_read_page_by_page(self, storage: Storage) -> None:
        known(storage, "press-1")
        storage.deliver("press-1", ONE, [note(seq, str(seq)) for seq in range(1, 8)], NOW)

        first = storage.items(limit=5)
        rest = storage.items(after=first[-1].number)

        assert [one.item.seq for one in [*first, *rest]] == list(range(1, 8))
        assert storage.counts() == {"note": 7}

    def test_many_devices_at_once_lose_nothing(self, storage: Storage) -> None:
        names = [f"press-{number}" for number in range(6)]
        known(storage, *names)

        def deliver(name: str) -> None:
            for seq in range(1, 11):
                item = note(seq)
                storage.deliver(name, f"{names.index(name):032x}", [item], NOW)
                storage.deliver(name, f"{names.index(name):032x}", [item], NOW)

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(deliver, names))

        for name in names:
            assert [one.item.seq for one in storage.items(name)] == list(range(1, 11))

    @settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(st.lists(st.integers(1, 12), min_size=1, max_size=6, unique=True), max_size=12))
    def test_however_batches_overlap_each_item_is_there_once(self, storage: Storage, batches: list[list[int]]) -> None:
        device = new_id()  # the storage is the same for all examples
        known(storage, device)
        items = {seq: note(seq) for seq in range(1, 13)}

        for batch in batches:
            delivered = storage.deliver(device, ONE, [items[seq] for seq in batch], NOW)
            assert len(delivered.accepted) + len(delivered.duplicates) == len(batch)

        kept = [one.item.id for one in storage.items(device)]
        assert sorted(kept) == sorted({items[seq].id for batch in batches for seq in batch})


class TestPruning:
    def test_what_is_old_goes_and_what_was_reckoned_from_it_stays(self, storage: Storage) -> None:
        known(storage, "press-1")
        one = {"collection": "presses", "generation": 4, "answers": 5}
        storage.deliver("press-1", ONE, [note(1), health(2, collections=[one])], NOW)
        storage.deliver("press-1", ONE, [health(3, collections=[one]), note(4)], NOW + timedelta(days=9))

        assert storage.prune(["health", "telemetry"], NOW + timedelta(days=1)) == 1

        assert [kept.item.seq for kept in storage.items()] == [1, 3, 4]
        assert [seen.answers for seen in storage.observations("presses")] == [10]
        assert len(list(storage.latest_reports())) == 1


class TestRivals:
    def test_another_installation_with_the_same_identity_is_refused_and_marked(self, storage: Storage) -> None:
        known(storage, "press-1")
        storage.deliver("press-1", ONE, [note(1)], NOW)

        with pytest.raises(RivalDevice, match="another installation"):
            storage.deliver("press-1", OTHER, [note(1)], NOW + timedelta(hours=1))

        (device,) = storage.devices()
        assert (device.instance, device.rival_at) == (ONE, NOW + timedelta(hours=1))
        assert len(storage.items()) == 1
        assert storage.deliver("press-1", ONE, [note(2)], NOW).accepted, "the first one goes on"

    def test_a_copied_disk_shows_by_its_numbers(self, storage: Storage) -> None:
        known(storage, "press-1")
        storage.deliver("press-1", ONE, [note(1)], NOW)

        with pytest.raises(RivalDevice, match="two copies"):
            storage.deliver("press-1", ONE, [note(2), note(1)], NOW)

        assert len(storage.items()) == 1, "nothing of the copy's batch was kept"
        assert storage.devices()[0].rival is not None

    def test_a_renewed_device_may_come_with_a_new_installation(self, storage: Storage) -> None:
        known(storage, "press-1")
        storage.deliver("press-1", ONE, [note(1)], NOW)
        storage.renew("press-1", "another hash")

        assert storage.deliver("press-1", OTHER, [note(1)], NOW).accepted
        assert storage.by_token("another hash") is not None

    def test_an_outbox_that_was_brought_back_from_a_copy_goes_on_after_a_renewal(self, storage: Storage) -> None:
        known(storage, "press-1")
        before = note(1)
        storage.deliver("press-1", ONE, [before, note(2)], NOW)
        with pytest.raises(RivalDevice):
            storage.deliver("press-1", ONE, [note(2)], NOW)

        storage.renew("press-1", None)

        assert storage.deliver("press-1", ONE, [before, again := note(2)], NOW).accepted == (again.id,)
        assert storage.by_token(token_hash("ecd_press-1")) is not None


class TestDevices:
    def test_are_found_by_token_or_certificate_until_revoked(self, storage: Storage) -> None:
        storage.add_device(Device("press-1", subject="press-1.plant", tags=("canary",), created_at=NOW), "hash")

        found = storage.by_token("hash")
        assert found is not None
        assert (found.name, found.tags, found) == ("press-1", ("canary",), storage.by_subject("press-1.plant"))
        storage.revoke("press-1", NOW)
        assert storage.by_token("hash") is None
        assert storage.by_subject("press-1.plant") is None
        assert [device.revoked_at for device in storage.devices()] == [NOW]

    def test_a_name_is_given_once(self, storage: Storage) -> None:
        known(storage, "press-1")

        with pytest.raises(UsageError, match="already"):
            known(storage, "press-1")

    def test_an_unknown_one_is_named(self, storage: Storage) -> None:
        with pytest.raises(UsageError, match="no device press-9"):
            storage.revoke("press-9", NOW)


class TestReports:
    def test_counts_add_up_and_the_last_canaries_hold(self, storage: Storage) -> None:
        known(storage, "press-1")
        one = {"collection": "presses", "generation": 4, "canaries_asked": 3, "canaries_passed": 2, "answers": 5}
        two = {"collection": "presses", "generation": 4, "canaries_asked": 3, "canaries_passed": 3, "answers": 7}
        three = {"collection": "presses", "generation": 4, "answers": 1, "errors": 1}
        first = health(1, collections=[one])
        storage.deliver("press-1", ONE, [first, health(2, collections=[two])], NOW)
        storage.deliver("press-1", ONE, [first, health(3, collections=[three])], NOW + timedelta(hours=2))

        (seen,) = storage.observations("presses")

        assert (seen.answers, seen.errors, seen.canaries_asked, seen.canaries_passed) == (13, 1, 3, 3)
        assert seen.first_at == NOW

    def test_a_report_by_itself_counts_once(self, storage: Storage) -> None:
        known(storage, "press-1")
        report = HealthReport.model_validate(
            {"versions": {"edge-copilot": "0.1.0"}, "collections": [{"collection": "a", "generation": 1, "answers": 2}]}
        )

        assert storage.report("press-1", ONE, "an id", report, NOW)
        assert not storage.report("press-1", ONE, "an id", report, NOW)
        assert [one.answers for one in storage.observations("a")] == [2]
        assert [one.report.versions for one in storage.latest_reports()] == [{"edge-copilot": "0.1.0"}]

    def test_a_refused_generation_is_kept_with_its_reason(self, storage: Storage) -> None:
        known(storage, "press-1")
        refused = {"collection": "presses", "generation": 5, "refused": "a canary question found nothing"}
        storage.deliver("press-1", ONE, [health(1, collections=[refused])], NOW)

        assert [one.refused for one in storage.observations("presses")] == ["a canary question found nothing"]


class TestOpening:
    def test_everything_is_there_the_next_time(self, tmp_path: Path) -> None:
        storage = open_storage(tmp_path, key="a key")
        known(storage, "press-1")
        storage.deliver("press-1", ONE, [note(1, "SECRETWORD")], NOW)
        storage.close()

        assert b"SECRETWORD" not in (tmp_path / "receiver.db").read_bytes()
        again = open_storage(tmp_path, key="a key")
        assert texts(again) == ["SECRETWORD"]
        again.close()

    def test_another_key_is_refused(self, tmp_path: Path) -> None:
        open_storage(tmp_path, key="a key").close()

        with pytest.raises(StoreCorrupt):
            open_storage(tmp_path, key="another")

    def test_a_newer_one_is_left_alone(self, sqlite: Storage, tmp_path: Path) -> None:
        with sqlite._database.transaction() as transaction:  # type: ignore[attr-defined]
            transaction.run("UPDATE receiver SET value = '99'")

        with pytest.raises(StoreTooNew):
            open_storage(tmp_path)

    def test_a_server_that_is_not_there_is_told(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        from sync.receiver.storage.database import PostgresDatabase

        with pytest.raises(NetworkError, match="PostgreSQL"):
            PostgresDatabase("postgresql://nobody@127.0.0.1:9/none", timeout_s=0.3)
