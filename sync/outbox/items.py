"""What waits in an outbox, as the device keeps it: whole, with the access labels of what it quotes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from pydantic import JsonValue

from index.documents import AccessLabel
from sync.outbox.wire import Kind

State = Literal["waiting", "set_aside"]

MAX_BODY_BYTES: Final = 1 << 20
"""The text of an item."""
MAX_ATTACHMENT_BYTES: Final = 4 << 20
"""The file of a note; with its text it fits into one batch, base64 included."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that goes with a note.

    Attributes:
        size: Its length, where it is too large to have been read; else 0.
    """

    name: str
    media_type: str
    content: bytes
    size: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """An item before it is kept.

    Attributes:
        labels: Access labels of the collections that the item as a whole stems from.
        field_labels: The same for single fields, such as an answer that quotes a restricted manual beside a question
            that doesn't.
    """

    kind: Kind
    fields: Mapping[str, JsonValue]
    labels: frozenset[AccessLabel] = frozenset()
    field_labels: Mapping[str, frozenset[AccessLabel]] = field(default_factory=dict)
    attachment: File | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """An item as it waits.

    Attributes:
        seq: The device's own count; the order in which items are delivered.
        state: ``set_aside`` once the hub refused it for good; ``reason`` has the hub's words then.
    """

    id: str
    seq: int
    draft: Draft
    created_at: datetime
    bytes: int
    state: State = "waiting"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a `Draft`.

    Attributes:
        id: None where it was not kept: there is no room for this kind.
        dropped: How many older items had to go for it, by kind.
        notice: A sentence for the person, such as that the attachment was left out; else empty.
    """

    id: str | None
    seq: int | None
    dropped: Mapping[Kind, int]
    notice: str = ""


DROPPED_FIRST: Final[Sequence[tuple[Kind, ...]]] = (("telemetry",), ("health",), ("feedback", "question"))
"""What goes first when there is no room, oldest first; notes never."""
