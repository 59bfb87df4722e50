"""The outbox: what goes up once there is a network, kept encrypted on the device until a hub has it.

Notes are never dropped. Of the rest, the oldest goes when there is no room: telemetry first, then health, then
feedback and questions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

from index.documents import AccessLabel
from index.errors import UsageError
from sync.outbox.file import OutboxFile
from sync.outbox.ids import new_id
from sync.outbox.items import MAX_ATTACHMENT_BYTES, MAX_BODY_BYTES, Draft, File, Kept, Receipt
from sync.outbox.room import count_dropped, make_room
from sync.outbox.wire import KINDS, Kind, OutboxHealth

_OVERHEAD_BYTES: Final = 256  # ids, times and indexes of an item
_INSERTED: Final = "id, kind, created_at, fields, labels, field_labels, file_name, file_type, file, bytes"
_COLUMNS: Final = f"seq, {_INSERTED}, state, reason"
_PAGE: Final = 64


class Outbox(OutboxFile):
    """One device's outbox, opened when it is first used. May be used by several threads and processes at once.

    Args:
        path: The file; created with the first item.
        key: Encrypts it, like the index.
        max_bytes: What its items may take. Notes may take more: they are never dropped.
        now: The clock.
    """

    def __init__(
        self,
        path: Path,
        key: str | None = None,
        *,
        max_bytes: int = 64 << 20,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        super().__init__(path, key)
        self._max_bytes = max_bytes
        self._now = now or (lambda: datetime.now(UTC))

    def put(self, draft: Draft, item_id: str | None = None) -> Receipt:
        """Keep an item. It is on the disk for good when this returns.

        An attachment that is too large is left out and told in the receipt; the text is kept.

        Args:
            draft: The item.
            item_id: An id that the caller has chosen and kept, so that it may put the item once more after a crash:
                where it lies here already, nothing changes, and a hub that has it already takes it once.

        Raises:
            UsageError: The text is too large, or holds what JSON can't.
            DiskFull, ReadOnlyData, StoreError: It could not be kept; nothing else was lost.
        """
        fields = _encoded(draft)
        file, notice = _fitting(draft)
        now = self._now()
        row = (
            item_id or new_id(now.timestamp),
            draft.kind,
            now.astimezone(UTC).isoformat(timespec="milliseconds"),
            fields.decode(),
            json.dumps(sorted(draft.labels)),
            json.dumps({name: sorted(labels) for name, labels in draft.field_labels.items()}),
            *((file.name, file.media_type, file.content) if file else (None, None, None)),
            len(fields) + (len(file.content) if file else 0) + _OVERHEAD_BYTES,
        )
        with self.writing() as connection:
            if item_id is not None:
                there = connection.execute("SELECT seq FROM items WHERE id = ?", (item_id,)).fetchone()
                if there is not None:
                    return Receipt(item_id, int(there[0]), {}, notice)
            connection.execute("SAVEPOINT item")
            connection.execute(f"INSERT INTO items ({_INSERTED}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)  # noqa: S608
            seq = connection.last_insert_rowid()
            dropped = make_room(connection, self._max_bytes)
            if connection.execute("SELECT 1 FROM items WHERE seq = ?", (seq,)).fetchone() is None:
                connection.execute("ROLLBACK TO item")
                connection.execute("RELEASE item")
                count_dropped(connection, {draft.kind: 1})
                return Receipt(None, None, {}, _NO_ROOM.format(kind=draft.kind))
            connection.execute("RELEASE item")
            count_dropped(connection, dropped)
        return Receipt(str(row[0]), seq, dropped, notice)

    def items(self, after: int = 0, *, kinds: Sequence[Kind] = KINDS, waiting_only: bool = False) -> Iterator[Kept]:
        """Items in their order, read page by page, so that a large outbox never lies in memory as a whole.

        Args:
            after: Only those with a greater sequence number.
            waiting_only: Without those that the hub refused.

        Raises:
            StoreError: It is there but can't be read.
        """
        marks = ", ".join("?" * len(kinds))
        state = "AND state = 'waiting'" if waiting_only else ""
        query = f"SELECT {_COLUMNS} FROM items WHERE seq > ? AND kind IN ({marks}) {state} ORDER BY seq LIMIT {_PAGE}"  # noqa: S608
        while rows := self.read(query, (after, *kinds)):
            yield from map(_kept, rows)
            after = rows[-1][0]

    def remove(self, ids: Sequence[str]) -> int:
        """Take items out, because a hub has them or a person wants it. Returns how many there were.

        Raises:
            StoreError, ResourceError: It can't be written.
        """
        if not self.path.exists() or not ids:
            return 0
        with self.writing() as connection:
            gone = 0
            for one in ids:
                connection.execute("DELETE FROM items WHERE id = ?", (one,))
                gone += connection.changes()
        return gone

    def set_aside(self, refused: Mapping[str, str]) -> None:
        """Keep items that the hub will never take, by id with its reason, out of the way of the rest.

        Raises:
            StoreError, ResourceError: It can't be written.
        """
        with self.writing() as connection:
            connection.executemany(
                "UPDATE items SET state = 'set_aside', reason = ? WHERE id = ?",
                [(reason[:1000], one) for one, reason in refused.items()],
            )

    def retry(self) -> int:
        """Let the items that were set aside be sent again. Returns how many there were.

        Raises:
            StoreError, ResourceError: It can't be written.
        """
        if not self.path.exists():
            return 0
        with self.writing() as connection:
            connection.execute("UPDATE items SET state = 'waiting', reason = '' WHERE state = 'set_aside'")
            return connection.changes()

    def health(self) -> OutboxHealth:
        """How much waits, since when, and what was set aside or had to go.

        Raises:
            StoreError: It is there but can't be read.
        """
        rows = self.read(
            "SELECT count(*) FILTER (WHERE state = 'waiting'), count(*) FILTER (WHERE state = 'set_aside'),"
            " min(created_at) FILTER (WHERE state = 'waiting'),"
            " (SELECT coalesce(sum(CAST(value AS INTEGER)), 0) FROM meta WHERE key LIKE 'dropped.%') FROM items"
        )
        if not rows:
            return OutboxHealth()
        waiting, aside, oldest, dropped = rows[0]
        oldest_at = datetime.fromisoformat(oldest) if oldest else None
        return OutboxHealth(waiting=waiting, oldest_at=oldest_at, set_aside=aside, dropped=dropped)


_NO_ROOM: Final = "The outbox is full, and this {kind} would be the first to go: it was not kept."


def _encoded(draft: Draft) -> bytes:
    if draft.attachment is not None and draft.kind != "note":
        raise UsageError("Only a note can have an attachment.")
    try:
        text = json.dumps(dict(draft.fields), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError("An item for the outbox holds what can't be written as JSON.") from error
    fields = text.encode("utf-8", "replace")
    if len(fields) > MAX_BODY_BYTES:
        raise UsageError(
            f"The text is too long for the outbox: {len(fields) / 1e6:,.1f} MB, and at most "
            f"{MAX_BODY_BYTES / 1e6:.1f} MB can be kept.",
            "Shorten it, or split it into several. Nothing was kept of it.",
        )
    return fields


def _fitting(draft: Draft) -> tuple[File | None, str]:
    file = draft.attachment
    size = max(len(file.content), file.size) if file is not None else 0
    if size <= MAX_ATTACHMENT_BYTES:
        return file, ""
    return None, (
        f"The attachment is too large ({size / 1e6:,.1f} MB, at most {MAX_ATTACHMENT_BYTES / 1e6:.1f} MB):"
        " the note was kept without it."
    )


def _kept(row: tuple[Any, ...]) -> Kept:
    seq, id_, kind, created_at, fields, labels, field_labels, file_name, file_type, file, size, state, reason = row
    return Kept(
        id=id_,
        seq=seq,
        draft=Draft(
            kind=cast("Kind", kind),
            fields=json.loads(fields),
            labels=frozenset(map(AccessLabel, json.loads(labels))),
            field_labels={name: frozenset(map(AccessLabel, of)) for name, of in json.loads(field_labels).items()},
            attachment=None if file_name is None else File(file_name, file_type, file),
        ),
        created_at=datetime.fromisoformat(created_at),
        bytes=size,
        state=state,
        reason=reason,
    )
