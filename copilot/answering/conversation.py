"""Conversations: kept on the device, in a file of their own under the index's key, and what a follow-up means.

A follow-up ("and for the bigger one?") is searched together with the question before it, and read with the exchange
before it in sight. No model is asked to rewrite it: that would put a second of generation before the evidence.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import apsw

from copilot.answering.overlap import terms
from copilot.privacy.values import Source
from index.documents import AccessLabel
from index.errors import StoreCorrupt
from index.passages import Passage
from index.store.connection import connect_writer
from index.store.faults import files_translated, translated

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS conversations (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    begun_at TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS turns (
    id INTEGER PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    question TEXT NOT NULL,
    answer TEXT NOT NULL,
    status TEXT NOT NULL,
    asked_at TEXT NOT NULL,
    sources TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS turns_by_conversation ON turns (conversation_id, id);
"""

_LATER_COLUMNS: Final = {"sources": "ALTER TABLE turns ADD COLUMN sources TEXT"}

_OPENING = re.compile(r"^(?:and|but|or|so|also|then|what about|how about|what if|und|aber|oder)\b", re.IGNORECASE)
_REFERENCE = re.compile(
    r"\b(?:it|its|that|this|these|those|they|them|their|there|ones?|same|other|former|latter|bigger|smaller|"
    r"larger|next|previous|instead|otherwise)\b",
    re.IGNORECASE,
)
_SELF_CONTAINED_TERMS: Final = 5
_ANSWER_CHARACTERS: Final = 300


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what was answered.

    Attributes:
        sources: Of everything that the answer may have taken words from; None where that isn't known.
    """

    question: str
    answer: str
    status: str = "grounded"
    sources: tuple[Source, ...] | None = None


def is_follow_up(question: str) -> bool:
    """Whether ``question`` leans on what was said before it."""
    if _OPENING.match(question):
        return True
    words = terms(question)
    return len(words) <= 2 or (len(words) < _SELF_CONTAINED_TERMS and _REFERENCE.search(question) is not None)


def for_search(question: str, history: Sequence[Turn]) -> str:
    """What to search for: a follow-up together with the last question that stood by itself."""
    if not history or not is_follow_up(question):
        return question
    root = next((turn.question for turn in reversed(history) if not is_follow_up(turn.question)), history[-1].question)
    return f"{question} {root}"


def for_reading(question: str, history: Sequence[Turn]) -> str:
    """What the model is told of the conversation: the exchange before a follow-up, else nothing."""
    if not history or not is_follow_up(question):
        return ""
    last = history[-1]
    answer = last.answer if len(last.answer) <= _ANSWER_CHARACTERS else last.answer[:_ANSWER_CHARACTERS] + "…"
    return f"Before, the technician asked: {last.question}\nThe answer was: {answer}\n\n"


def sources_of(question: str, passages: Iterable[Passage], history: Sequence[Turn]) -> tuple[Source, ...] | None:
    """What an answer may have taken words from: its evidence, and that of the exchange in sight of a follow-up."""
    sources = {Source.of(passage) for passage in passages}
    if history and is_follow_up(question):
        before = history[-1].sources
        if before is None:
            return None
        sources |= set(before)
    return tuple(sorted(sources, key=lambda one: (one.collection, one.document)))


class Conversations:
    """Keeps conversations in one SQLite file, opened when the first one is read or kept.

    Args:
        path: The file; created with the first turn.
        key: Encrypts it, like the index.
        now: The clock.
    """

    def __init__(self, path: Path, key: str | None = None, now: Callable[[], datetime] | None = None) -> None:
        self._path = path
        self._key = key
        self._now = now or (lambda: datetime.now(UTC))
        self._lock = threading.Lock()
        self._connection: apsw.Connection | None = None

    @contextmanager
    def _open(self) -> Iterator[apsw.Connection]:
        with self._lock, files_translated(self._path), translated(self._path, self._connection):
            try:
                if self._connection is None:
                    self._path.parent.mkdir(parents=True, exist_ok=True)
                    connection = connect_writer(self._path, self._key)
                    connection.pragma("journal_mode", "wal")
                    connection.execute(_SCHEMA)
                    columns = {row[1] for row in connection.execute("PRAGMA table_info(turns)")}
                    for column, statement in _LATER_COLUMNS.items():
                        if column not in columns:
                            connection.execute(statement)
                    self._connection = connection
                yield self._connection
            except (apsw.CorruptError, apsw.NotADBError) as error:
                raise StoreCorrupt(
                    f"The conversations can't be read: the file is damaged, or has another key ({self._path}).",
                    "Configure the key that it was written with, or move the file away to begin anew.",
                ) from error

    def begin(self) -> str:
        """A new id; the conversation itself exists from its first turn on."""
        return secrets.token_hex(4)

    def add(self, conversation: str, turn: Turn) -> None:
        """Append ``turn``, creating the conversation where it is new. On the disk when this returns.

        Raises:
            StoreError, ResourceError: The file can't be written.
        """
        at = self._now().isoformat(timespec="seconds")
        with self._open() as connection, connection:
            connection.execute(
                "INSERT INTO conversations VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (conversation, turn.question, at)
            )
            connection.execute(
                "INSERT INTO turns (conversation_id, question, answer, status, asked_at, sources) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (conversation, turn.question, turn.answer, turn.status, at, _as_json(turn.sources)),
            )

    def turns(self, conversation: str, last: int | None = None) -> list[Turn]:
        """The turns of ``conversation``, oldest first; only the ``last`` ones where given. Unknown: none.

        Raises:
            StoreError, ResourceError: The file is there but can't be read.
        """
        if not self._path.exists():
            return []
        with self._open() as connection:
            rows = connection.execute(
                "SELECT question, answer, status, sources FROM turns WHERE conversation_id = ? "
                "ORDER BY id DESC LIMIT ?",
                (conversation, -1 if last is None else last),
            ).fetchall()
        return [Turn(row[0], row[1], row[2], _from_json(row[3])) for row in reversed(rows)]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None


def _as_json(sources: tuple[Source, ...] | None) -> str | None:
    return None if sources is None else json.dumps([[one.collection, one.document, one.access] for one in sources])


def _from_json(text: str | None) -> tuple[Source, ...] | None:
    """None, which lets nothing of the turn leave, also where a label is none that this version knows."""
    if text is None:
        return None
    try:
        return tuple(
            Source(collection, document, AccessLabel(access)) for collection, document, access in json.loads(text)
        )
    except ValueError:
        return None
