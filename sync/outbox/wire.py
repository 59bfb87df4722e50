"""What goes from the outbox to the hub's receiver and back, as JSON. Both ends read it with these models."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

FORMAT: Final = 1
OUTBOX_PATH: Final = "/v1/outbox"
HEALTH_PATH: Final = "/v1/health"
STATUS_PATH: Final = "/v1/status"

MAX_BATCH_BYTES: Final = 8 << 20
"""A batch, unpacked, is never larger; a receiver refuses more before it unpacks it."""
MAX_BATCH_ITEMS: Final = 500

Kind = Literal["note", "feedback", "question", "telemetry", "health"]
KINDS: Final[tuple[Kind, ...]] = ("note", "feedback", "question", "telemetry", "health")

ItemId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
InstanceId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Count = Annotated[int, Field(ge=0, le=2**53 - 1)]


class Model(BaseModel):
    """Immutable, and without room for a key that nobody reads."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Attachment(Model):
    """A file that belongs to a note."""

    name: Name
    media_type: Name
    base64: str


class Item(Model):
    """One item as it leaves the device: what the policy lets through, with personal data redacted.

    Attributes:
        seq: The device's own count, from 1; a hub keeps this order.
        redacted: How many places of each kind of personal data were blanked.
        left_out: Fields that the policy kept on the device.
    """

    id: ItemId
    seq: Annotated[int, Field(ge=1, le=2**53 - 1)]
    kind: Kind
    created_at: datetime
    fields: dict[FieldName, JsonValue]
    attachment: Attachment | None = None
    redacted: dict[Name, Count] = {}
    left_out: tuple[FieldName, ...] = ()


class Envelope(Model):
    """A batch before its items are looked at, so that one bad item doesn't spoil the others."""

    format: Literal[1]
    instance: InstanceId
    items: Annotated[list[JsonValue], Field(max_length=MAX_BATCH_ITEMS)]


class Refusal(Model):
    """An item that this hub will never take, and why."""

    id: str
    reason: str


class Reply(BaseModel):
    """What became of a batch. Items that are not named stay in the outbox and are sent again.

    A newer hub may say more than a device understands.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    accepted: tuple[str, ...]
    duplicates: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()


class CollectionHealth(Model):
    """How a device fares with one generation of a collection; counts are since its last report.

    Attributes:
        generation: What answers now, or, where ``refused`` is set, what the device would not switch to.
        canaries_asked, canaries_passed: The publication's own questions, asked before switching.
        refused: Why the generation was not taken, in the device's words; None where it was.
    """

    collection: Name
    generation: Count
    synced_at: datetime | None = None
    canaries_asked: Count = 0
    canaries_passed: Count = 0
    answers: Count = 0
    abstentions: Count = 0
    errors: Count = 0
    refused: Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")] | None = None


class OutboxHealth(Model):
    """What still waits on the device."""

    waiting: Count = 0
    oldest_at: datetime | None = None
    set_aside: Count = 0
    dropped: Count = 0


class HealthReport(Model):
    """What a device says about itself: the fields of an item of the kind ``health``."""

    versions: dict[Name, Annotated[str, StringConstraints(max_length=200)]] = {}
    collections: Annotated[list[CollectionHealth], Field(max_length=1000)] = []
    outbox: OutboxHealth = OutboxHealth()
    counters: dict[Name, Count] = {}


class HealthEnvelope(Model):
    """A report sent by itself, by a device that keeps no outbox."""

    format: Literal[1]
    instance: InstanceId
    id: ItemId
    report: HealthReport


class Problem(BaseModel):
    """An error as RFC 9457 writes it (``application/problem+json``)."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
