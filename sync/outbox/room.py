"""Making room: what goes when the outbox is full, and what never does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import apsw

from sync.outbox.items import DROPPED_FIRST
from sync.outbox.wire import Kind

_PAGE: Final = 64


def make_room(connection: apsw.Connection, max_bytes: int) -> dict[Kind, int]:
    """Drop the oldest items that may go until the rest takes at most ``max_bytes``, or only notes are left.

    Returns:
        How many were dropped, by kind.
    """
    dropped: dict[Kind, int] = {}
    total: Any = connection.execute("SELECT coalesce(sum(bytes), 0) FROM totals").fetchall()[0][0]
    for kinds in DROPPED_FIRST:
        marks = ", ".join("?" * len(kinds))
        query = f"SELECT seq, kind, bytes FROM items WHERE kind IN ({marks}) ORDER BY seq LIMIT {_PAGE}"  # noqa: S608
        while total > max_bytes:
            oldest: list[Any] = connection.execute(query, kinds).fetchall()
            if not oldest:
                break
            for seq, kind, size in oldest:
                if total <= max_bytes:
                    break
                connection.execute("DELETE FROM items WHERE seq = ?", (seq,))
                dropped[kind] = dropped.get(kind, 0) + 1
                total -= size
    return dropped


def count_dropped(connection: apsw.Connection, dropped: Mapping[Kind, int]) -> None:
    """Remember for the next health report how many had to go."""
    for kind, count in dropped.items():
        connection.execute(
            "INSERT INTO meta VALUES ('dropped.' || ?, ?) "
            "ON CONFLICT DO UPDATE SET value = CAST(CAST(value AS INTEGER) + excluded.value AS TEXT)",
            (kind, str(count)),
        )
