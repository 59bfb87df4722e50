"""Questions that wait for a network: kept encrypted on the device, sent once, answered into their conversation.

A question is claimed before it is sent, so that two processes never send the same one; a claim whose process died runs
out. It keeps its id however often a broken link makes it necessary to ask again, and goes out under it
(``Idempotency-Key``), so that an endpoint can tell a repetition. Once it has an answer it is never sent again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal, cast

from copilot.routing.file import KeptFile
from index.errors import UsageError
from index.passages import SearchFilter
from sync.outbox.ids import new_id

FILE_NAME: Final = "questions.db"
CLAIM_S: Final = 900.0
"""Longer than any reply may take."""
_KEPT_DAYS: Final = 30
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS questions (
    id TEXT PRIMARY KEY,
    question TEXT NOT NULL,
    conversation TEXT,
    filter TEXT NOT NULL,
    k INTEGER NOT NULL,
    detail INTEGER NOT NULL,
    reason TEXT NOT NULL,
    asked_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    claim TEXT,
    claimed_until TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    answer TEXT,
    answered_at TEXT,
    told INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS questions_by_state ON questions (state, asked_at);
"""
_COLUMNS: Final = (
    "id, question, conversation, filter, k, detail, reason, asked_at, expires_at, state, attempts, answer, answered_at,"
    " told"
)

State = Literal["waiting", "sending", "answered", "cancelled", "expired", "kept"]
"""``kept``: it may not leave after all, such as after a change of the privacy policy."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A question as it is put into the queue."""

    question: str
    conversation: str | None = None
    filter: SearchFilter = field(default_factory=SearchFilter)
    k: int = 5
    detail: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Queued:
    """A question as it stands in the queue.

    Attributes:
        answer: Once it is answered.
        told: Whether the person has been told of the answer.
    """

    id: str
    waiting: Waiting
    asked_at: datetime
    expires_at: datetime
    state: State
    attempts: int
    answer: str | None = None
    answered_at: datetime | None = None
    told: bool = False


class QuestionQueue:
    """The queue. May be used by several threads and processes at once.

    Args:
        path: The file; created with the first question.
        key: Encrypts it, like the index.
        days: After which a question expires.
        most: How many may wait.
        now: The clock, with a time zone.
        name: Makes ids.
    """

    def __init__(
        self,
        path: Path,
        key: str | None = None,
        *,
        days: float = 7.0,
        most: int = 200,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        name: Callable[[], str] = new_id,
    ) -> None:
        self._file = KeptFile(path, key, _SCHEMA, "queue of questions")
        self._days = days
        self._most = most
        self._now = now
        self._name = name

    @property
    def path(self) -> Path:
        """The file; it exists once a question has waited."""
        return self._file.path

    def put(self, waiting: Waiting, id_: str | None = None) -> str | None:
        """Let a question wait. On the disk when this returns.

        Args:
            waiting: The question.
            id_: Under which it was sent already, without an answer.

        Returns:
            Its id; that of the same question where it waits already; None where there is no room.

        Raises:
            StoreError, ResourceError: It could not be kept.
        """
        now = self._now()
        wanted = _as_json(waiting.filter)
        with self._file.writing() as connection:
            self._expire(connection, now)
            same = connection.execute(
                "SELECT id FROM questions WHERE state IN ('waiting', 'sending') AND question = ? AND filter = ? "
                "AND coalesce(conversation, '') = ?",
                (waiting.question, wanted, waiting.conversation or ""),
            ).fetchall()
            if same:
                return str(same[0][0])
            count: Any = connection.execute(
                "SELECT count(*) FROM questions WHERE state IN ('waiting', 'sending')"
            ).fetchall()[0][0]
            if count >= self._most:
                return None
            name = id_ or self._name()
            connection.execute(
                "INSERT INTO questions (id, question, conversation, filter, k, detail, reason, asked_at, expires_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (
                    name,
                    waiting.question,
                    waiting.conversation,
                    wanted,
                    waiting.k,
                    int(waiting.detail),
                    waiting.reason,
                    _time(now),
                    _time(now + timedelta(days=self._days)),
                ),
            )
            return name

    def claim(self, holder: str, only: str | None = None, seen: frozenset[str] = frozenset()) -> Queued | None:
        """Take the oldest question that waits, so that nobody else sends it; None where none does.

        Args:
            holder: Names this claim: `release`, `keep` and `answered` are for whoever holds it.
            only: The id of the one that is wanted.
            seen: Ids that were tried in this round.

        Raises:
            StoreError, ResourceError: The queue can't be read or written.
        """
        if not self._file.path.exists():
            return None
        now = self._now()
        with self._file.writing() as connection:
            self._expire(connection, now)
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM questions "  # noqa: S608
                "WHERE (state = 'waiting' OR (state = 'sending' AND claimed_until < ?)) "
                "AND (? IS NULL OR id = ?) ORDER BY asked_at, id",
                (_time(now), only, only),
            ).fetchall()
            found = next((queued for queued in map(_queued, rows) if queued.id not in seen), None)
            if found is None:
                return None
            until = _time(now + timedelta(seconds=CLAIM_S))
            connection.execute(
                "UPDATE questions SET state = 'sending', claim = ?, claimed_until = ?, attempts = attempts + 1 "
                "WHERE id = ?",
                (holder, until, found.id),
            )
        return found

    def release(self, id_: str, holder: str) -> None:
        """Let a question wait again: it could not be sent, or no answer came.

        Raises:
            StoreError, ResourceError: The queue can't be written.
        """
        self._change(id_, holder, "state = 'waiting'", ())

    def keep(self, id_: str, holder: str, reason: str) -> None:
        """Leave a question unsent for good: it may not leave this device.

        Raises:
            StoreError, ResourceError: The queue can't be written.
        """
        self._change(id_, holder, "state = 'kept', reason = ?", (reason,))

    def answered(self, id_: str, holder: str, answer: str) -> bool:
        """Write down the answer; False where the question was cancelled or answered meanwhile.

        Raises:
            StoreError, ResourceError: The queue can't be written.
        """
        return self._change(
            id_, holder, "state = 'answered', answer = ?, answered_at = ?", (answer, _time(self._now()))
        )

    def _change(self, id_: str, holder: str, what: str, values: tuple[str, ...]) -> bool:
        with self._file.writing() as connection:
            connection.execute(
                f"UPDATE questions SET {what}, claim = NULL, claimed_until = NULL "  # noqa: S608 - fixed texts
                "WHERE id = ? AND claim = ? AND state = 'sending'",
                (*values, id_, holder),
            )
            return bool(connection.changes())

    def cancel(self, id_: str) -> bool:
        """Take a question out, also while it is being sent: its answer is not filed then.

        Args:
            id_: Whole, or its beginning where that names one alone.

        Returns:
            False where it is answered, cancelled or expired already.

        Raises:
            UsageError: There is no such question, or there are several.
            StoreError, ResourceError: The queue can't be written.
        """
        id_ = self.find(id_).id
        with self._file.writing() as connection:
            connection.execute(
                "UPDATE questions SET state = 'cancelled', claim = NULL "
                "WHERE id = ? AND state IN ('waiting', 'sending')",
                (id_,),
            )
            return bool(connection.changes())

    def find(self, id_: str) -> Queued:
        """The question with this id, or the one whose id ends or begins like this.

        Raises:
            UsageError: There is none, or there are several.
            StoreError: The queue can't be read.
        """
        all_ = self.everything()
        found = [one for one in all_ if one.id == id_] or [
            one for one in all_ if id_ and (one.id.startswith(id_) or one.id.endswith(id_))
        ]
        if len(found) != 1:
            raise UsageError(
                f"{'No' if not found else 'More than one'} question has the id {id_}.",
                "List them with `edge-copilot route queue list`.",
            )
        return found[0]

    def everything(self) -> list[Queued]:
        """Every question that is kept, the oldest first.

        Raises:
            StoreError: The queue is there but can't be read.
        """
        if not self._file.path.exists():
            return []
        with self._file.writing() as connection:
            self._expire(connection, self._now())
            return [
                _queued(row)
                for row in connection.execute(
                    f"SELECT {_COLUMNS} FROM questions ORDER BY asked_at, id"  # noqa: S608
                ).fetchall()
            ]

    def untold(self) -> list[Queued]:
        """Questions that were answered since the person was last told, or that expired.

        Raises:
            StoreError: The queue is there but can't be read.
        """
        return [one for one in self.everything() if not one.told and one.state in ("answered", "expired", "kept")]

    def told(self, ids: list[str]) -> None:
        """Remember that the person was told.

        Raises:
            StoreError, ResourceError: The queue can't be written.
        """
        with self._file.writing() as connection:
            connection.executemany("UPDATE questions SET told = 1 WHERE id = ?", [(one,) for one in ids])

    def _expire(self, connection: Any, now: datetime) -> None:  # noqa: ANN401
        at = _time(now)
        connection.execute(
            "UPDATE questions SET state = 'expired' WHERE expires_at < ? AND (state = 'waiting' "
            "OR (state = 'sending' AND claimed_until < ?))",
            (at, at),
        )
        connection.execute(
            "DELETE FROM questions WHERE state NOT IN ('waiting', 'sending') AND asked_at < ?",
            (_time(now - timedelta(days=self._days + _KEPT_DAYS)),),
        )

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def _as_json(filter_: SearchFilter) -> str:
    return json.dumps([filter_.collections, filter_.documents, filter_.languages, filter_.strict])


def _queued(row: tuple[Any, ...]) -> Queued:
    collections, documents, languages, *strict = json.loads(row[3])  # what waits from before knew no strictness
    within = SearchFilter(tuple(collections), tuple(documents), tuple(languages), strict=bool(strict and strict[0]))
    return Queued(
        id=row[0],
        waiting=Waiting(row[1], row[2], within, row[4], bool(row[5]), row[6]),
        asked_at=datetime.fromisoformat(row[7]),
        expires_at=datetime.fromisoformat(row[8]),
        state=cast("State", row[9]),
        attempts=row[10],
        answer=row[11],
        answered_at=datetime.fromisoformat(row[12]) if row[12] else None,
        told=bool(row[13]),
    )
