"""The storage, in SQL that both databases understand."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final, cast

from index.errors import StoreTooNew, UsageError
from sync.outbox.wire import HealthReport, Item, Kind
from sync.receiver.storage.base import (
    Delivered,
    Device,
    LatestReport,
    Observation,
    RivalDevice,
    Role,
    StoredItem,
)
from sync.receiver.storage.database import Database, Transaction
from sync.receiver.storage.observing import note_stage, observe, stage_in
from sync.receiver.storage.schema import VERSION, statements

_DEVICE: Final = (
    "SELECT name, role, subject, tags, created_at, revoked_at, instance, last_seen_at, rival_at, rival FROM devices"
)


class SqlStorage:
    """A `Storage` on a database.

    Raises:
        StoreTooNew: A newer version wrote it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        try:
            self._prepare()
        except BaseException:
            database.close()
            raise

    def _prepare(self) -> None:
        with self._database.transaction() as transaction:
            for statement in statements(self._database.types):
                transaction.run(statement)
            transaction.run("INSERT INTO receiver VALUES ('version', ?) ON CONFLICT DO NOTHING", (str(VERSION),))
            found = int(transaction.run("SELECT value FROM receiver WHERE key = 'version'")[0][0])
        if found > VERSION:
            raise StoreTooNew("The receiver's storage was written by a newer version of Edge Copilot.", "Update this.")

    def add_device(self, device: Device, token_hash: str | None) -> None:
        """Add a device.

        Raises:
            UsageError: There is one of this name or subject.
        """
        with self._database.transaction() as transaction:
            taken = transaction.run(
                "SELECT name FROM devices WHERE name = ? OR subject = ?", (device.name, device.subject)
            )
            if taken:
                raise UsageError(
                    f"There is a device {taken[0][0]} already.", "Choose another name, or renew it: hub devices renew."
                )
            transaction.run(
                "INSERT INTO devices (name, role, token_hash, subject, tags, created_at) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    device.name,
                    device.role,
                    token_hash,
                    device.subject,
                    json.dumps(list(device.tags)),
                    _text(device.created_at or datetime.now(UTC)),
                ),
            )

    def devices(self) -> list[Device]:
        """All devices, by name, revoked ones too."""
        with self._database.transaction() as transaction:
            return [_device(row) for row in transaction.run(f"{_DEVICE} ORDER BY name")]

    def revoke(self, name: str, at: datetime) -> None:
        """Let a device in no more; what it handed in stays.

        Raises:
            UsageError: There is none of this name.
        """
        statement = "UPDATE devices SET revoked_at = ? WHERE name = ? RETURNING name"
        with self._database.transaction() as transaction:
            if not transaction.run(statement, (_text(at), name)):
                raise _no_device(name)

    def renew(self, name: str, token_hash: str | None) -> None:
        """Give a device another token, or keep the one it has, and let the next installation that comes have it.

        Raises:
            UsageError: There is none of this name.
        """
        with self._database.transaction() as transaction:
            changed = transaction.run(
                "UPDATE devices SET token_hash = coalesce(?, token_hash), instance = NULL, rival_at = NULL,"
                " rival = NULL, revoked_at = NULL WHERE name = ? RETURNING name",
                (token_hash, name),
            )
            if not changed:
                raise _no_device(name)
            # An outbox that was brought back from a copy counts on from an older number: what it handed in before
            # keeps its ids, but no longer its claim to the numbers.
            earlier = f"~{secrets.token_hex(4)}"
            transaction.run("UPDATE items SET instance = instance || ? WHERE device = ?", (earlier, name))

    def by_token(self, token_hash: str) -> Device | None:
        """The device with this token, where it isn't revoked."""
        return self._find("token_hash", token_hash)

    def by_subject(self, subject: str) -> Device | None:
        """The device with this certificate, where it isn't revoked."""
        return self._find("subject", subject)

    def _find(self, column: str, value: str) -> Device | None:
        with self._database.transaction() as transaction:
            rows = transaction.run(f"{_DEVICE} WHERE {column} = ? AND revoked_at IS NULL", (value,))
        return _device(rows[0]) if rows else None

    def deliver(self, device: str, instance: str, items: Sequence[Item], at: datetime) -> Delivered:
        """Keep a batch, all of it or nothing, for good when this returns. Items that are here already stay as they are.

        Raises:
            RivalDevice: ``instance`` isn't the one bound to the device, or one of its sequence numbers was used for
                another item. Nothing of the batch is kept, and the device is marked.
        """
        accepted: list[str] = []
        duplicates: list[str] = []
        try:
            with self._database.transaction() as transaction:
                self._bind(transaction, device, instance, at)
                for item in sorted(items, key=lambda item: item.seq):
                    new = self._keep(transaction, device, instance, item, at)
                    (accepted if new else duplicates).append(item.id)
        except RivalDevice as rival:
            self._mark(device, str(rival), at)
            raise
        return Delivered(tuple(accepted), tuple(duplicates))

    def _bind(self, transaction: Transaction, device: str, instance: str, at: datetime) -> None:
        query = f"SELECT instance FROM devices WHERE name = ?{self._database.lock_row}"  # noqa: S608
        bound = transaction.run(query, (device,))[0][0]
        if bound is not None and bound != instance:
            raise RivalDevice("another installation delivers with the same identity")
        transaction.run(
            "UPDATE devices SET instance = ?, last_seen_at = ? WHERE name = ?", (instance, _text(at), device)
        )

    @staticmethod
    def _keep(transaction: Transaction, device: str, instance: str, item: Item, at: datetime) -> bool:
        new = transaction.run(
            "INSERT INTO items (device, id, instance, seq, kind, received_at, body) VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING RETURNING number",
            (device, item.id, instance, item.seq, item.kind, _text(at), item.model_dump_json(exclude_defaults=True)),
        )
        if not new:
            if transaction.run("SELECT 1 FROM items WHERE device = ? AND id = ?", (device, item.id)):
                return False
            raise RivalDevice("two copies of one installation deliver different items under the same number")
        if item.kind == "health":
            observe(transaction, device, item.id, HealthReport.model_validate(item.fields), _text(at))
        return True

    def _mark(self, device: str, rival: str, at: datetime) -> None:
        with self._database.transaction() as transaction:
            transaction.run("UPDATE devices SET rival_at = ?, rival = ? WHERE name = ?", (_text(at), rival, device))

    def report(self, device: str, instance: str, id_: str, report: HealthReport, at: datetime) -> bool:
        """Keep a health report that came by itself; False where it was here already.

        Raises:
            RivalDevice: As `deliver`.
        """
        try:
            with self._database.transaction() as transaction:
                self._bind(transaction, device, instance, at)
                return observe(transaction, device, id_, report, _text(at))
        except RivalDevice as rival:
            self._mark(device, str(rival), at)
            raise

    def items(
        self, device: str | None = None, after: int = 0, limit: int = 1000, kind: str | None = None
    ) -> list[StoredItem]:
        """Items in the order in which they came."""
        only = {"device": device, "kind": kind}
        named = {column: value for column, value in only.items() if value is not None}
        where = "".join(f" AND {column} = ?" for column in named)
        query = f"SELECT number, device, received_at, body FROM items WHERE number > ?{where} ORDER BY number LIMIT ?"  # noqa: S608
        with self._database.transaction() as transaction:
            rows = transaction.run(query, (after, *named.values(), limit))
        return [StoredItem(n, name, _time(at), Item.model_validate_json(body)) for n, name, at, body in rows]

    def counts(self) -> dict[str, int]:
        """How many items there are of each kind."""
        with self._database.transaction() as transaction:
            rows = transaction.run("SELECT kind, count(*) FROM items GROUP BY kind ORDER BY kind")
        return {cast("Kind", kind): count for kind, count in rows}

    def prune(self, kinds: Sequence[str], before: datetime) -> int:
        """Delete items of these kinds that came before a time; how many there were. Sums and last reports stay."""
        marks = ", ".join("?" * len(kinds))
        statement = f"DELETE FROM items WHERE received_at < ? AND kind IN ({marks}) RETURNING 1"  # noqa: S608
        with self._database.transaction() as transaction:
            if "health" in kinds:
                transaction.run("DELETE FROM reports WHERE received_at < ?", (_text(before),))
            return len(transaction.run(statement, (_text(before), *kinds)))

    def latest_reports(self) -> Iterator[LatestReport]:
        """The last report of each device that made one."""
        with self._database.transaction() as transaction:
            rows = transaction.run(
                "SELECT name, reported_at, report FROM devices WHERE report IS NOT NULL ORDER BY name"
            )
        for name, at, body in rows:
            yield LatestReport(name, _time(at), HealthReport.model_validate_json(body))

    def observations(self, collection: str) -> list[Observation]:
        """Everything reported of a collection, by device and generation."""
        with self._database.transaction() as transaction:
            rows = transaction.run(
                "SELECT device, collection, generation, canaries_asked, canaries_passed, answers, abstentions, errors,"
                " refused, first_at FROM observations WHERE collection = ? ORDER BY generation, device",
                (collection,),
            )
        return [_observation(row) for row in rows]

    def stage_since(self, collection: str, candidate: int | None, stage: str, now: datetime) -> datetime:
        """Since when the rollout of a collection has been as it is; ``now`` where it was otherwise until now.

        Where a halted candidate is offered again, what was reported of it before is forgotten: it would halt it again.
        """
        with self._database.transaction() as transaction:
            return _time(note_stage(transaction, collection, candidate, stage, _text(now)))

    def known_stage(self, collection: str, candidate: int | None, stage: str) -> datetime | None:
        """The same without taking note; None where it was otherwise."""
        with self._database.transaction() as transaction:
            return _maybe(stage_in(transaction, collection, candidate, stage))

    def close(self) -> None:
        """Close it."""
        self._database.close()


def _no_device(name: str) -> UsageError:
    return UsageError(f"There is no device {name}.", "See: edge-copilot hub devices list HUB_DIR")


def _text(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds")


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _maybe(text: str | None) -> datetime | None:
    return None if text is None else _time(text)


def _device(row: tuple[Any, ...]) -> Device:
    name, role, subject, tags, created_at, revoked_at, instance, last_seen_at, rival_at, rival = row
    return Device(
        name=name,
        role=cast("Role", role),
        subject=subject,
        tags=tuple(json.loads(tags)),
        created_at=_maybe(created_at),
        revoked_at=_maybe(revoked_at),
        instance=instance,
        last_seen_at=_maybe(last_seen_at),
        rival_at=_maybe(rival_at),
        rival=rival,
    )


def _observation(row: tuple[Any, ...]) -> Observation:
    device, collection, generation, asked, passed, answers, abstentions, errors, refused, first_at = row
    return Observation(
        device=device,
        collection=collection,
        generation=generation,
        canaries_asked=asked,
        canaries_passed=passed,
        answers=answers,
        abstentions=abstentions,
        errors=errors,
        refused=refused,
        first_at=_time(first_at),
    )
