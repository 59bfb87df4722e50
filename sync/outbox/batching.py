"""Batches: as many prepared items as fit, as the exact bytes that leave.

The bytes are those of canonical JSON, so that a batch that is sent again is the same batch, and the preview shows
what a capture of the network would.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import zstandard

from sync.outbox.items import Kept
from sync.outbox.preparing import HeldBack
from sync.outbox.wire import FORMAT, MAX_BATCH_BYTES, MAX_BATCH_ITEMS, Item

BATCH_BYTES: Final = 256 << 10
"""What a batch aims at: a minute on a link of 64 kbit/s, before compression. A larger item goes alone."""
_LEVEL: Final = 9
_CONTROL: Final = re.compile("[\x7f-\x9f\u2028\u2029]")  # the rest of them JSON escapes, or redaction takes out


@dataclass(frozen=True, slots=True)
class Batch:
    """Items on their way.

    Attributes:
        ids: In the order of their sequence numbers.
        pieces: Each item's bytes.
        held: What was passed over among them, and why.
    """

    ids: tuple[str, ...]
    pieces: tuple[bytes, ...]
    instance: str
    held: tuple[HeldBack, ...]

    @property
    def body(self) -> bytes:
        """The JSON of the whole batch."""
        head = f'{{"format":{FORMAT},"instance":"{self.instance}","items":['.encode()
        return head + b",".join(self.pieces) + b"]}"

    def compressed(self) -> bytes:
        """The body as it goes over the wire: a zstd frame that says how long it unpacks."""
        return zstandard.ZstdCompressor(level=_LEVEL, write_content_size=True, write_checksum=True).compress(self.body)

    def without(self, settled: Collection[str]) -> Batch:
        """The items whose ids are not among ``settled``."""
        rest = [(one, piece) for one, piece in zip(self.ids, self.pieces, strict=True) if one not in settled]
        return Batch(tuple(one for one, _ in rest), tuple(piece for _, piece in rest), self.instance, ())

    def halves(self) -> tuple[Batch, Batch]:
        """The same items in two batches, to find the one that the hub can't take."""
        middle = len(self.ids) // 2
        return (
            Batch(self.ids[:middle], self.pieces[:middle], self.instance, self.held),
            Batch(self.ids[middle:], self.pieces[middle:], self.instance, ()),
        )


def encode_item(item: Item) -> bytes:
    """One item as its bytes: JSON in UTF-8, with nothing in it that a terminal would obey."""
    value = item.model_dump(mode="json", exclude_defaults=True)
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", text).encode()


def batches(
    kept: Iterable[Kept],
    prepare: Callable[[Kept], Item | HeldBack],
    instance: str,
    aim_bytes: int = BATCH_BYTES,
    most_items: int = MAX_BATCH_ITEMS,
) -> Iterator[Batch]:
    """Cut what is kept into batches, in its order.

    Yields:
        Batches with at least one item, but for the last one: it may hold nothing but what was held back.
    """
    ids: list[str] = []
    pieces: list[bytes] = []
    held: list[HeldBack] = []
    size = 0
    for one in kept:
        item = prepare(one)
        if isinstance(item, HeldBack):
            held.append(item)
            continue
        piece = encode_item(item)
        if len(piece) > MAX_BATCH_BYTES - 4096:
            held.append(HeldBack(one.id, one.seq, "it is larger than a hub takes"))
            continue
        if ids and (size + len(piece) > aim_bytes or len(ids) == most_items):
            yield Batch(tuple(ids), tuple(pieces), instance, tuple(held))
            ids, pieces, held, size = [], [], [], 0
        ids.append(one.id)
        pieces.append(piece)
        size += len(piece) + 1
    if ids or held:
        yield Batch(tuple(ids), tuple(pieces), instance, tuple(held))
