"""What the receiver and the fleet need of a storage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from sync.outbox.wire import HealthReport, Item

Role = Literal["device", "admin"]


class RivalDevice(Exception):
    """Another installation uses the device's identity; the message says how that was seen."""


@dataclass(frozen=True, slots=True)
class Device:
    """Somebody who may talk to this hub.

    Attributes:
        subject: The common name of its client certificate, where it has one.
        tags: For cohorts, such as ``canary`` or a plant's name.
        instance: The outbox that is bound to this identity, from its first delivery on.
        rival_at, rival: When another installation was last seen using it, and how that showed; else None.
    """

    name: str
    role: Role = "device"
    subject: str | None = None
    tags: tuple[str, ...] = ()
    created_at: datetime | None = None
    revoked_at: datetime | None = None
    instance: str | None = None
    last_seen_at: datetime | None = None
    rival_at: datetime | None = None
    rival: str | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """Ids of a batch: those that are new here, and those that were here already."""

    accepted: tuple[str, ...]
    duplicates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item with who sent it and when it came."""

    number: int
    device: str
    received_at: datetime
    item: Item


@dataclass(frozen=True, slots=True)
class LatestReport:
    """The last that a device said about itself."""

    device: str
    received_at: datetime
    report: HealthReport


@dataclass(frozen=True, slots=True)
class Observation:
    """How one device fared with one generation of a collection, summed over its reports.

    Attributes:
        refused: Why the device would not take it; None where it did.
        first_at: When the device first reported it.
    """

    device: str
    collection: str
    generation: int
    canaries_asked: int = 0
    canaries_passed: int = 0
    answers: int = 0
    abstentions: int = 0
    errors: int = 0
    refused: str | None = None
    first_at: datetime | None = None


class Storage(Protocol):
    """Keeps devices, what they handed in, and what they said of themselves. May be used by several threads."""

    def add_device(self, device: Device, token_hash: str | None) -> None:
        """Add a device.

        Raises:
            UsageError: There is one of this name or subject.
        """
        ...

    def devices(self) -> list[Device]:
        """All devices, by name, revoked ones too."""
        ...

    def revoke(self, name: str, at: datetime) -> None:
        """Let a device in no more; what it handed in stays.

        Raises:
            UsageError: There is none of this name.
        """
        ...

    def renew(self, name: str, token_hash: str | None) -> None:
        """Give a device another token, or keep the one it has, and let the next installation that comes have it.

        Raises:
            UsageError: There is none of this name.
        """
        ...

    def by_token(self, token_hash: str) -> Device | None:
        """The device with this token, where it isn't revoked."""
        ...

    def by_subject(self, subject: str) -> Device | None:
        """The device with this certificate, where it isn't revoked."""
        ...

    def deliver(self, device: str, instance: str, items: Sequence[Item], at: datetime) -> Delivered:
        """Keep a batch, all of it or nothing, for good when this returns. Items that are here already stay as they are.

        Raises:
            RivalDevice: ``instance`` isn't the one bound to the device, or one of its sequence numbers was used for
                another item: its disk was copied. Nothing of the batch is kept, and the device is marked.
        """
        ...

    def report(self, device: str, instance: str, id_: str, report: HealthReport, at: datetime) -> bool:
        """Keep a health report that came by itself; False where it was here already.

        Raises:
            RivalDevice: As `deliver`.
        """
        ...

    def items(
        self, device: str | None = None, after: int = 0, limit: int = 1000, kind: str | None = None
    ) -> list[StoredItem]:
        """Items in the order in which they came."""
        ...

    def counts(self) -> dict[str, int]:
        """How many items there are of each kind."""
        ...

    def prune(self, kinds: Sequence[str], before: datetime) -> int:
        """Delete items of these kinds that came before a time; how many there were. Sums and last reports stay."""
        ...

    def latest_reports(self) -> Iterator[LatestReport]:
        """The last report of each device that made one."""
        ...

    def observations(self, collection: str) -> list[Observation]:
        """Everything reported of a collection, by device and generation."""
        ...

    def stage_since(self, collection: str, candidate: int | None, stage: str, now: datetime) -> datetime:
        """Since when the rollout of a collection has been as it is; ``now`` where it was otherwise until now.

        Where a halted candidate is offered again, what was reported of it before is forgotten: it would halt it again.
        """
        ...

    def known_stage(self, collection: str, candidate: int | None, stage: str) -> datetime | None:
        """The same without taking note; None where it was otherwise."""
        ...

    def close(self) -> None:
        """Close it."""
        ...
