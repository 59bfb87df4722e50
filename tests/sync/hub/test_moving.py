"""A rollout is moved on or halted in the signed publication, by what the receiver has heard."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from index.errors import UsageError
from sync.hub import rollout
from sync.hub.fleet import look
from sync.hub.folder import HubFolder
from sync.hub.moving import evaluate, published
from sync.outbox.wire import HealthReport
from sync.receiver.storage import Device, Storage, open_storage
from tests.sync.hub.publications import NOW, publication

ONE = "a" * 32


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hub(tmp_path: Path, clock: Clock) -> HubFolder:
    hub = HubFolder(tmp_path / "hub", now=clock)
    hub.init()
    serve(hub, publication(soak_hours=1))
    return hub


def serve(hub: HubFolder, *publications: object) -> None:
    with hub.lock():
        hub.signing().publish({one.collection: one.encode() for one in publications})  # type: ignore[attr-defined]


@pytest.fixture
def storage(hub: HubFolder) -> Iterator[Storage]:
    storage = open_storage(hub.path)
    for number in range(1, 4):
        storage.add_device(Device(f"press-{number}", tags=("canary",), created_at=NOW), f"hash {number}")
    yield storage
    storage.close()


def report(storage: Storage, device: str, at: datetime, **collection: object) -> None:
    one = {"collection": "presses", "generation": 2, "canaries_asked": 2, "canaries_passed": 2, "synced_at": at}
    said = HealthReport.model_validate(
        {"versions": {"edge-copilot": "0.1.0"}, "collections": [one | collection], "outbox": {"waiting": 3}}
    )
    storage.report(device, f"{device[-1]:0>32}", f"{device} {at}", said, at)


def test_good_reports_move_it_on_stage_by_stage(hub: HubFolder, storage: Storage, clock: Clock) -> None:
    assert [one.stage_now for one in evaluate(hub, storage, now=clock)] == ["canary"]
    report(storage, "press-1", clock.now)
    assert evaluate(hub, storage, now=clock)[0].verdict.action == "wait", "the stage lasts an hour"

    clock.now += timedelta(hours=1)
    (moved,) = evaluate(hub, storage, now=clock)
    assert (moved.stage, moved.stage_now) == ("canary", "early")
    assert evaluate(hub, storage, now=clock)[0].verdict.action == "wait", "so does the next"

    clock.now += timedelta(hours=1)
    assert evaluate(hub, storage, now=clock)[0].stage_now == "all"
    assert rollout.served(hub, "presses").rollout.stable == 2
    assert evaluate(hub, storage, now=clock)[0].verdict.action == "none"


def test_a_canary_that_fails_halts_it_for_everybody(hub: HubFolder, storage: Storage, clock: Clock) -> None:
    report(storage, "press-1", clock.now)
    report(storage, "press-2", clock.now, canaries_passed=1, refused="a canary question found nothing")

    (moved,) = evaluate(hub, storage, now=clock)

    assert (moved.stage_now, rollout.served(hub, "presses").rollout.stage) == ("halted", "halted")
    assert evaluate(hub, storage, now=clock)[0].verdict.action == "none"


def test_a_halted_candidate_that_is_offered_again_begins_anew(hub: HubFolder, storage: Storage, clock: Clock) -> None:
    report(storage, "press-1", clock.now, canaries_passed=1)
    evaluate(hub, storage, now=clock)
    rollout.change(hub, "presses", rollout.started("canary"))

    assert evaluate(hub, storage, now=clock)[0].verdict.action == "wait"
    assert storage.observations("presses") == []


def test_a_dry_run_changes_nothing(hub: HubFolder, storage: Storage, clock: Clock) -> None:
    report(storage, "press-1", clock.now, canaries_passed=1)

    (moved,) = evaluate(hub, storage, dry_run=True, now=clock)

    assert (moved.verdict.action, moved.stage_now) == ("halt", "canary")
    assert rollout.served(hub, "presses").rollout.stage == "canary"


def test_an_unknown_collection_is_named(hub: HubFolder, storage: Storage) -> None:
    with pytest.raises(UsageError, match="nothing"):
        evaluate(hub, storage, ["nothing"])


def test_the_fleet_shows_who_runs_what_and_how_old_it_is(hub: HubFolder, storage: Storage, clock: Clock) -> None:
    report(storage, "press-1", clock.now - timedelta(hours=5))
    report(storage, "press-2", clock.now - timedelta(hours=50), generation=1)
    clock.now += timedelta(hours=1)

    fleet = look(storage, [rollout.served(hub, name) for name in published(hub)], clock.now)

    first, second, third = fleet.members
    assert (first.device.name, first.versions, first.outbox.waiting) == ("press-1", {"edge-copilot": "0.1.0"}, 3)
    assert (first.seen_ago, first.stale) == (timedelta(hours=6), timedelta(hours=6))
    assert [one.generation for one in second.running] == [1]
    assert (third.seen_ago, third.stale, third.running) == (None, None, ())
    (state,) = fleet.rollouts
    assert state.devices == {2: 1, 1: 1}
    assert state.verdict.action == "wait"


def test_a_device_with_less_than_the_stable_generation_is_behind(storage: Storage, clock: Clock) -> None:
    report(storage, "press-1", clock.now, generation=1)

    fleet = look(storage, [publication(None, "all")], clock.now)

    assert [one.behind for one in fleet.members[0].running] == [True]


def test_two_devices_with_one_identity_are_flagged(storage: Storage, clock: Clock) -> None:
    from sync.receiver.storage import RivalDevice

    storage.deliver("press-1", ONE, [], clock.now)
    with pytest.raises(RivalDevice):
        storage.deliver("press-1", "b" * 32, [], clock.now)

    fleet = look(storage, [], clock.now)

    assert [bool(one.device.rival) for one in fleet.members] == [True, False, False]
