"""Taking a health report apart: the device's latest state, and the sums by collection and generation."""

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
