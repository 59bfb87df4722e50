"""The fleet at a glance: each device with what it runs and how old that is, and the state of each rollout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sync.format import Publication
from sync.hub.health import Verdict, judge
from sync.outbox.wire import HealthReport, OutboxHealth
from sync.receiver.storage.base import Device, Storage


@dataclass(frozen=True, slots=True)
class Running:
    """A collection on one device.

    Attributes:
        generation: What answers there.
        newest: What the device should have at least: the stable generation. None where it isn't published any more.
        synced_at: When the device last knew it had what the hub had.
        refused: A generation that it would not take, and why; else None.
    """

    collection: str
    generation: int
    newest: int | None
    synced_at: datetime | None
    refused: str | None = None

    @property
    def behind(self) -> bool:
        """Whether it has less than it should."""
        return self.newest is not None and self.generation < self.newest


@dataclass(frozen=True, slots=True)
class Member:
    """One device.

    Attributes:
        seen_ago: Since it last delivered anything; None where it never did.
        stale: Since the oldest of its collections was last synced; None where it reported none.
        outbox: What waited there when it last reported.
    """

    device: Device
    versions: Mapping[str, str]
    running: tuple[Running, ...]
    seen_ago: timedelta | None
    stale: timedelta | None
    outbox: OutboxHealth
    reported_at: datetime | None

    @property
    def lag(self) -> timedelta | None:
        """How old the oldest item in its outbox was when it last reported."""
        if self.outbox.oldest_at is None or self.reported_at is None:
            return None
        return max(self.reported_at - self.outbox.oldest_at, timedelta(0))


@dataclass(frozen=True, slots=True)
class RolloutState:
    """Where the rollout of one collection stands.

    Attributes:
        devices: How many devices answer from each generation.
        verdict: What the gates say now.
    """

    publication: Publication
    devices: Mapping[int, int]
    since: datetime | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Fleet:
    """All devices and all rollouts, at one time."""

    at: datetime
    members: tuple[Member, ...]
    rollouts: tuple[RolloutState, ...]


def look(storage: Storage, publications: Sequence[Publication], now: datetime) -> Fleet:
    """Put together what the receiver heard with what is published.

    Args:
        publications: Those that are served.
    """
    reports = {one.device: one for one in storage.latest_reports()}
    stable = {one.collection: one.rollout.stable for one in publications}
    members = []
    for device in storage.devices():
        if device.role != "device":
            continue
        latest = reports.get(device.name)
        report = latest.report if latest else HealthReport()
        running = _running(report, stable)
        synced = [one.synced_at for one in running if one.synced_at is not None]
        members.append(
            Member(
                device=device,
                versions=report.versions,
                running=running,
                seen_ago=None if device.last_seen_at is None else now - device.last_seen_at,
                stale=now - min(synced) if synced else None,
                outbox=report.outbox,
                reported_at=latest.received_at if latest else None,
            )
        )
    rollouts = tuple(_rollout(storage, one, members, now) for one in publications)
    return Fleet(now, tuple(members), rollouts)


def _running(report: HealthReport, stable: Mapping[str, int]) -> tuple[Running, ...]:
    live = {one.collection: one for one in report.collections if one.refused is None}
    refused = {one.collection: f"{one.generation}: {one.refused}" for one in report.collections if one.refused}
    return tuple(
        Running(name, one.generation, stable.get(name), one.synced_at, refused.get(name))
        for name, one in sorted(live.items())
    )


def _rollout(storage: Storage, publication: Publication, members: Sequence[Member], now: datetime) -> RolloutState:
    rollout = publication.rollout
    devices: dict[int, int] = {}
    for member in members:
        for one in member.running:
            if one.collection == publication.collection and member.device.revoked_at is None:
                devices[one.generation] = devices.get(one.generation, 0) + 1
    since = storage.known_stage(publication.collection, rollout.candidate, rollout.stage)
    verdict = judge(publication, storage.observations(publication.collection), since or now, now)
    return RolloutState(publication, devices, since, verdict)
