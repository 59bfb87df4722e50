"""Counters of a device's health, kept beside the items until a report carries them up."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sync.outbox.items import Draft, Receipt
from sync.outbox.store import Outbox

Counts = Mapping[tuple[str, int, str], int]
"""By collection, generation and name."""


def count(outbox: Outbox, counts: Counts) -> None:
    """Add to the counters.

    Raises:
        StoreError, ResourceError: It can't be written.
    """
    with outbox.writing() as connection:
        connection.executemany(
            "INSERT INTO counters VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value",
            [(*place, value) for place, value in counts.items()],
        )


def counted(outbox: Outbox) -> dict[tuple[str, int, str], int]:
    """The counters since a report last carried them.

    Raises:
        StoreError: The outbox is there but can't be read.
    """
    rows = outbox.read("SELECT collection, generation, name, value FROM counters")
    return {(collection, generation, name): value for collection, generation, name, value in rows}


def put_with_counts(outbox: Outbox, make: Callable[[Counts], Draft]) -> Receipt:
    """Keep an item that carries the counters, and set them to zero in the same transaction: none counts twice.

    Raises:
        As `Outbox.put`.
    """
    with outbox.writing() as connection:
        receipt = outbox.put(make(counted(outbox)))
        if receipt.id is not None:
            connection.execute("DELETE FROM counters")
    return receipt
