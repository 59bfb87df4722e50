"""The tables of a receiver. The same SQL runs on SQLite and PostgreSQL; JSON and times are text in both.

(PostgreSQL's own JSON types refuse a NUL, which a technician's note may hold; ISO 8601 in UTC sorts as text.)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

VERSION: Final = 1

_TABLES: Final = (
    """CREATE TABLE IF NOT EXISTS receiver (key TEXT PRIMARY KEY, value TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS devices (
        name TEXT PRIMARY KEY,
        role TEXT NOT NULL,
        token_hash TEXT UNIQUE,
        subject TEXT UNIQUE,
        tags TEXT NOT NULL,
        created_at TEXT NOT NULL,
        revoked_at TEXT,
        instance TEXT,
        last_seen_at TEXT,
        rival_at TEXT,
        rival TEXT,
        report TEXT,
        reported_at TEXT
    )""",
    """CREATE TABLE IF NOT EXISTS items (
        number {serial},
        device TEXT NOT NULL REFERENCES devices (name),
        id TEXT NOT NULL,
        instance TEXT NOT NULL,
        seq {integer} NOT NULL,
        kind TEXT NOT NULL,
        received_at TEXT NOT NULL,
        body TEXT NOT NULL,
        UNIQUE (device, id),
        UNIQUE (device, instance, seq)
    )""",
    """CREATE TABLE IF NOT EXISTS reports (
        device TEXT NOT NULL REFERENCES devices (name),
        id TEXT NOT NULL,
        received_at TEXT NOT NULL,
        PRIMARY KEY (device, id)
    )""",
    """CREATE TABLE IF NOT EXISTS observations (
        collection TEXT NOT NULL,
        generation {integer} NOT NULL,
        device TEXT NOT NULL REFERENCES devices (name),
        first_at TEXT NOT NULL,
        canaries_asked {integer} NOT NULL,
        canaries_passed {integer} NOT NULL,
        answers {integer} NOT NULL,
        abstentions {integer} NOT NULL,
        errors {integer} NOT NULL,
        refused TEXT,
        PRIMARY KEY (collection, generation, device)
    )""",
    """CREATE TABLE IF NOT EXISTS stages (
        collection TEXT PRIMARY KEY,
        candidate {integer} NOT NULL,
        stage TEXT NOT NULL,
        since TEXT NOT NULL
    )""",
    """CREATE INDEX IF NOT EXISTS items_by_kind ON items (kind)""",
)


def statements(types: Mapping[str, str]) -> list[str]:
    """The statements that make the tables where they are missing."""
    return [table.format(**types) for table in _TABLES]
