"""Conversations as they are kept on the device: listed, searched, resumed, renamed, deleted.

What a follow-up in one of them means stands in `copilot.answering.conversation`.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import apsw

from copilot.answering.events import Citation
from copilot.answering.turns import Cited, Turn
from copilot.keeping import KeptFile
from copilot.privacy.values import Source
from index.documents import AccessLabel
from index.errors import NotThere, UsageError

LONGEST_TITLE: Final = 120

_FIRST: Final = """
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
_SEARCH: Final = """
CREATE VIRTUAL TABLE turns_fts USING fts5 (
    question, answer, content = 'turns', content_rowid = 'id', prefix = '2 3',
    tokenize = 'unicode61 remove_diacritics 2'
);
INSERT INTO turns_fts (turns_fts) VALUES ('rebuild');
CREATE TRIGGER turns_put AFTER INSERT ON turns BEGIN
    INSERT INTO turns_fts (rowid, question, answer) VALUES (new.id, new.question, new.answer);
END;
CREATE TRIGGER turns_gone AFTER DELETE ON turns BEGIN
    INSERT INTO turns_fts (turns_fts, rowid, question, answer) VALUES ('delete', old.id, old.question, old.answer);
END;
"""
_WORD: Final = re.compile(r"[^\W_]+")
_MOST_WORDS: Final = 32


def _begun(connection: apsw.Connection) -> None:
    """The first version had no number, and at first no sources."""
    connection.execute(_FIRST)
    columns = {row[1] for row in connection.execute("PRAGMA table_info(turns)")}
    if "sources" not in columns:
        connection.execute("ALTER TABLE turns ADD COLUMN sources TEXT")


def _searched(connection: apsw.Connection) -> None:
    connection.execute(_SEARCH)
    connection.execute("ALTER TABLE turns ADD COLUMN cited TEXT")


MIGRATIONS: Final = (_begun, _searched)


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation in a list.

    Attributes:
        title: Its first question, or the name that a person gave it.
        turns: How many exchanges it has.
        last_at: When its newest exchange was kept.
        snippet: Of a search, what fits; else the newest question.
    """

    id: str
    title: str
    begun_at: datetime
    last_at: datetime
    turns: int
    snippet: str


class Conversations:
    """Keeps conversations in one SQLite file, opened when the first one is read or kept.

    Args:
        path: The file; created with the first turn.
        key: Encrypts it, like the index.
        now: The clock.
    """

    def __init__(self, path: Path, key: str | None = None, now: Callable[[], datetime] | None = None) -> None:
        self._file = KeptFile(path, key, "conversations", MIGRATIONS)
        self._now = now or (lambda: datetime.now(UTC))

    def begin(self) -> str:
        """A new id; the conversation itself exists from its first turn on."""
        return secrets.token_hex(4)

    def add(self, conversation: str, turn: Turn) -> None:
        """Append ``turn``, creating the conversation where it is new. On the disk when this returns.

        Raises:
            StoreError, ResourceError: The file can't be written.
        """
        at = self._now().isoformat(timespec="seconds")
        with self._file.writing() as connection:
            connection.execute(
                "INSERT INTO conversations VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (conversation, _title(turn.question), at),
            )
            connection.execute(
                "INSERT INTO turns (conversation_id, question, answer, status, asked_at, sources, cited) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    conversation,
                    turn.question,
                    turn.answer,
                    turn.status,
                    at,
                    _as_json(turn.sources),
                    json.dumps([one.as_json() for one in turn.cited], ensure_ascii=False) if turn.cited else None,
                ),
            )

    def turns(self, conversation: str, last: int | None = None) -> list[Turn]:
        """The turns of ``conversation``, oldest first; only the ``last`` ones where given. Unknown: none.

        Raises:
            StoreError, ResourceError: The file is there but can't be read.
        """
        rows = self._file.read(
            "SELECT question, answer, status, sources, cited, asked_at FROM turns WHERE conversation_id = ? "
            "ORDER BY id DESC LIMIT ?",
            (conversation, -1 if last is None else last),
        )
        return [_turn(row) for row in reversed(rows)]

    def listed(self, query: str = "", *, prefix: str = "", limit: int = 100, offset: int = 0) -> list[Talk]:
        """Conversations, the newest first; with a query those that hold every word of it, the best first.

        Args:
            query: Words of questions, answers and titles; each matches what begins with it.
            prefix: Only those whose ids begin with it.
            limit, offset: Which of those found.

        Raises:
            StoreError, ResourceError: The file is there but can't be read.
        """
        words = _WORD.findall(query)[:_MOST_WORDS]
        mine = ("substr(c.id, 1, ?) = ?", [len(prefix), prefix])
        if query.strip() and not words:
            return []
        if not words:
            rows = self._file.read(
                f"SELECT {_TALK}, (SELECT question FROM turns WHERE conversation_id = c.id ORDER BY id DESC LIMIT 1)"  # noqa: S608 - values are bound
                f" FROM conversations c WHERE {mine[0]} ORDER BY 4 DESC, c.rowid DESC LIMIT ? OFFSET ?",
                (*mine[1], limit, offset),
            )
        else:
            match = " ".join(f'"{word}"*' for word in words)
            titled = " AND ".join("c.title LIKE ? ESCAPE '\\'" for _ in words)
            rows = self._file.read(
                "WITH found AS MATERIALIZED (SELECT t.conversation_id AS id, bm25(turns_fts) AS score,"  # noqa: S608 - values are bound
                " snippet(turns_fts, -1, '', '', '…', 16) AS said FROM turns_fts JOIN turns t ON t.id = turns_fts.rowid"
                " WHERE turns_fts MATCH ?),"
                " hits AS (SELECT id, min(score) AS score, said FROM found GROUP BY id)"
                f" SELECT {_TALK}, coalesce(hits.said, c.title) FROM conversations c LEFT JOIN hits ON hits.id = c.id"
                f" WHERE {mine[0]} AND (hits.id IS NOT NULL OR ({titled}))"
                " ORDER BY coalesce(hits.score, 0), 4 DESC LIMIT ? OFFSET ?",
                (match, *mine[1], *(f"%{word}%" for word in words), limit, offset),
            )
        return [_talk(row) for row in rows]

    def get(self, conversation: str) -> Talk:
        """One conversation.

        Args:
            conversation: Its id, or a beginning of it that no other has.

        Raises:
            NotThere: There is none, or there are several.
            StoreError, ResourceError: The file is there but can't be read.
        """
        rows = self._file.read(f"SELECT {_TALK}, '' FROM conversations c WHERE c.id = ?", (conversation,))  # noqa: S608 - values are bound
        if not rows and conversation:
            rows = self._file.read(
                f"SELECT {_TALK}, '' FROM conversations c WHERE substr(c.id, 1, ?) = ? LIMIT 2",  # noqa: S608 - values are bound
                (len(conversation), conversation),
            )
        if not rows:
            raise NotThere(f"There is no conversation {conversation}.", "See: edge-copilot conversations list")
        if len(rows) > 1:
            raise NotThere(
                f"Several conversations begin with {conversation}.", "Give more letters of the one that is meant."
            )
        return _talk(rows[0])

    def rename(self, conversation: str, title: str) -> Talk:
        """Give a conversation a name of its own.

        Raises:
            NotThere: There is no such conversation.
            UsageError: The name is empty.
            StoreError, ResourceError: The file can't be written.
        """
        talk = self.get(conversation)
        if not (name := _title(title)):
            raise UsageError("The name is empty.", "Give it at least one letter.")
        with self._file.writing() as connection:
            connection.execute("UPDATE conversations SET title = ? WHERE id = ?", (name, talk.id))
        return self.get(talk.id)

    def delete(self, conversation: str) -> Talk:
        """Delete a conversation with everything that was said in it.

        Returns:
            What was deleted.

        Raises:
            NotThere: There is no such conversation.
            StoreError, ResourceError: The file can't be written; nothing is deleted then.
        """
        talk = self.get(conversation)
        with self._file.writing() as connection:
            connection.execute("DELETE FROM turns WHERE conversation_id = ?", (talk.id,))
            connection.execute("DELETE FROM conversations WHERE id = ?", (talk.id,))
        return talk

    def close(self) -> None:
        """Close the file."""
        self._file.close()


_TALK: Final = (
    "c.id, c.title, c.begun_at,"
    " coalesce((SELECT max(asked_at) FROM turns WHERE conversation_id = c.id), c.begun_at),"
    " (SELECT count(*) FROM turns WHERE conversation_id = c.id)"
)


def _talk(row: tuple[Any, ...]) -> Talk:
    id_, title, begun_at, last_at, turns, snippet = row
    return Talk(
        id_,
        title,
        datetime.fromisoformat(begun_at),
        datetime.fromisoformat(last_at),
        turns,
        " ".join((snippet or "").split()),
    )


def _turn(row: tuple[Any, ...]) -> Turn:
    question, answer, status, sources, cited, asked_at = row
    return Turn(
        question,
        answer,
        status,
        _from_json(sources),
        tuple(Cited.from_json(one) for one in json.loads(cited)) if cited else (),
        datetime.fromisoformat(asked_at),
    )


def _title(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST_TITLE else flat[: LONGEST_TITLE - 1].rstrip() + "…"


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


def cited_of(citations: Sequence[Citation]) -> tuple[Cited, ...]:
    """The citations of an answer, as they are kept with its turn."""
    return tuple(
        Cited(
            one.n,
            one.passage.document,
            one.passage.title,
            one.passage.section,
            one.page,
            one.quote,
            one.passage.chunk_id,
            one.passage.collection,
            one.passage.access,
        )
        for one in citations
    )
