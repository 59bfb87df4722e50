"""From what is kept to what leaves: one pure function, so that the preview and the delivery can't differ."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from index.documents import AccessLabel
from sync.outbox.items import Kept
from sync.outbox.policy import OutboxPolicy
from sync.outbox.redaction import Redactor
from sync.outbox.wire import Attachment, Item

_QUOTE_CHARACTERS: Final = 16  # shorter pieces repeat by chance: "24 V", "page 3"


@dataclass(frozen=True, slots=True)
class HeldBack:
    """An item that stays on the device, and why."""

    id: str
    seq: int
    reason: str


class Preparer:
    """Applies a policy to kept items.

    Args:
        policy: What may leave.
        redactor: What blanks personal data; default: the policy's.

    Raises:
        UsageError: The policy's list of names can't be read.
    """

    def __init__(self, policy: OutboxPolicy, redactor: Redactor | None = None) -> None:
        self._policy = policy
        self._redactor = redactor if redactor is not None else policy.redactor()

    def prepare(self, kept: Kept) -> Item | HeldBack:
        """What of ``kept`` leaves, or why nothing of it does."""
        draft = kept.draft
        policy = self._policy.of(draft.kind)
        if not policy.send:
            return HeldBack(kept.id, kept.seq, f"the policy keeps items of the kind {draft.kind} on the device")
        if AccessLabel.RESTRICTED in draft.labels:
            return HeldBack(kept.id, kept.seq, "it stems from a restricted collection")
        secret = {name for name, labels in draft.field_labels.items() if AccessLabel.RESTRICTED in labels}
        if secret and self._policy.restricted == "hold":
            return HeldBack(kept.id, kept.seq, "it quotes a restricted collection")
        leaving = {name: value for name, value in draft.fields.items() if name in policy.fields and name not in secret}
        if _repeats(leaving, {name: draft.fields[name] for name in secret & draft.fields.keys()}):
            return HeldBack(kept.id, kept.seq, "another field repeats what a restricted collection says")
        if not leaving:
            return HeldBack(kept.id, kept.seq, "the policy lets none of its fields out")
        redacted: Counter[str] = Counter()
        fields: dict[str, JsonValue] = {}
        for name, value in leaving.items():
            result = self._redactor.value(value)
            fields[name] = result.value
            redacted.update(result.found)
        return Item(
            id=kept.id,
            seq=kept.seq,
            kind=draft.kind,
            created_at=kept.created_at,
            fields=fields,
            attachment=self._attachment(kept, redacted) if policy.attachments else None,
            redacted=dict(sorted(redacted.items())),
            left_out=tuple(sorted(draft.fields.keys() - leaving.keys())),
        )

    def _attachment(self, kept: Kept, redacted: Counter[str]) -> Attachment | None:
        file = kept.draft.attachment
        if file is None:
            return None
        name, found = self._redactor.text(file.name)
        redacted.update(found)
        return Attachment(name=name, media_type=file.media_type, base64=base64.b64encode(file.content).decode())


def _repeats(leaving: dict[str, JsonValue], secret: dict[str, JsonValue]) -> bool:
    """Whether a piece of restricted text stands in a field that would leave."""
    said = "\n".join(_texts(leaving)).casefold() if secret else ""
    pieces = (text.strip().casefold() for text in _texts(secret))
    return any(piece in said for piece in pieces if len(piece) >= _QUOTE_CHARACTERS)


def _texts(value: JsonValue | dict[str, JsonValue]) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield key
            yield from _texts(one)
