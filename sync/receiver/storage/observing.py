"""Taking a health report apart: the device's latest state, the sums by collection and generation, and since when."""

from __future__ import annotations

from sync.outbox.wire import HealthReport
from sync.receiver.storage.database import Transaction

_ADD = """
INSERT INTO observations (collection, generation, device, first_at, canaries_asked, canaries_passed, answers,
    abstentions, errors, refused)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (collection, generation, device) DO UPDATE SET
    canaries_asked = CASE WHEN excluded.canaries_asked > 0 THEN excluded.canaries_asked
        ELSE observations.canaries_asked END,
    canaries_passed = CASE WHEN excluded.canaries_asked > 0 THEN excluded.canaries_passed
        ELSE observations.canaries_passed END,
    answers = observations.answers + excluded.answers,
    abstentions = observations.abstentions + excluded.abstentions,
    errors = observations.errors + excluded.errors,
    refused = excluded.refused
"""


def observe(transaction: Transaction, device: str, id_: str, report: HealthReport, at: str) -> bool:
    """Keep what a report says; False where it was counted already.

    Counts of answers add up over a device's reports; of the canary questions the last asking holds.

    Args:
        id_: Of the report: one that comes twice counts once.
        at: When it came, ISO 8601 in UTC.
    """
    new = transaction.run("INSERT INTO reports VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING id", (device, id_, at))
    if not new:
        return False
    for one in report.collections:
        counts = (one.canaries_asked, one.canaries_passed, one.answers, one.abstentions, one.errors)
        transaction.run(_ADD, (one.collection, one.generation, device, at, *counts, one.refused))
    transaction.run(
        "UPDATE devices SET report = ?, reported_at = ? WHERE name = ?",
        (report.model_dump_json(exclude_defaults=True), at, device),
    )
    return True


def stage_in(transaction: Transaction, collection: str, candidate: int | None, stage: str) -> str | None:
    """Since when a rollout has been at this stage, as far as it was noted."""
    query = "SELECT since FROM stages WHERE collection = ? AND candidate = ? AND stage = ?"
    rows = transaction.run(query, (collection, candidate or 0, stage))
    return str(rows[0][0]) if rows else None


def note_stage(transaction: Transaction, collection: str, candidate: int | None, stage: str, now: str) -> str:
    """Since when a rollout has been at this stage; noted where that is new."""
    since = stage_in(transaction, collection, candidate, stage)
    if since is not None:
        return since
    if candidate is not None and stage_in(transaction, collection, candidate, "halted") is not None:
        transaction.run("DELETE FROM observations WHERE collection = ? AND generation = ?", (collection, candidate))
    transaction.run(
        "INSERT INTO stages VALUES (?, ?, ?, ?) ON CONFLICT (collection) DO UPDATE SET"
        " candidate = excluded.candidate, stage = excluded.stage, since = excluded.since",
        (collection, candidate or 0, stage, now),
    )
    return now
