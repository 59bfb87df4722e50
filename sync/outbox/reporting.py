"""A device's health report: what it runs and how that fares, without a word of any question or document."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast

from pydantic import JsonValue

from index.documents import AccessLabel
from sync.outbox.counting import Counts, put_with_counts
from sync.outbox.items import Draft, Receipt
from sync.outbox.policy import OutboxPolicy
from sync.outbox.store import Outbox
from sync.outbox.wire import CollectionHealth, HealthReport

ANSWERS: Final = "answers"
ABSTENTIONS: Final = "abstentions"
ERRORS: Final = "errors"

_SAME: Final = "health_said"


def report_health(
    outbox: Outbox,
    policy: OutboxPolicy,
    versions: Mapping[str, str],
    collections: Sequence[CollectionHealth],
    access: Mapping[str, AccessLabel],
) -> Receipt | None:
    """Put a report into the outbox, with the counters since the last one.

    Args:
        policy: Says whether reports go up, and whether answers may be counted.
        versions: Of the program and what it stands on.
        collections: Those that came from the hub. Restricted ones are left out: nothing of them leaves, not even that
            they are here.
        access: The label of each collection; one without a label counts as restricted.

    Returns:
        None where the policy keeps reports here, or where nothing has changed since the last one.

    Raises:
        StoreError, ResourceError: It could not be kept.
    """
    if not policy.of("health").send:
        return None
    open_ = [one for one in collections if access.get(one.collection, AccessLabel.RESTRICTED) != AccessLabel.RESTRICTED]

    def draft(counts: Counts) -> Draft:
        counted = counts if policy.counts_answers else {}
        said = [_with_counts(one, counted) for one in open_]
        report = HealthReport(versions=dict(versions), collections=said, outbox=outbox.health())
        return Draft("health", cast("dict[str, JsonValue]", report.model_dump(mode="json")))

    with outbox.writing():
        said = _essence(versions, open_, outbox)
        if said == outbox.remembered(_SAME):
            return None
        receipt = put_with_counts(outbox, draft)
        if receipt.id is not None:
            outbox.remember({_SAME: _essence(versions, open_, outbox)})
    return receipt


def _with_counts(one: CollectionHealth, counts: Counts) -> CollectionHealth:
    """The collection's own counts; a refused generation has answered nothing."""
    if one.refused is not None:
        return one
    own: dict[str, Any] = {
        name: value
        for (collection, generation, name), value in counts.items()
        if (collection, generation) == (one.collection, one.generation) and name in (ANSWERS, ABSTENTIONS, ERRORS)
    }
    return one.model_copy(update=own)


def _essence(versions: Mapping[str, str], collections: Sequence[CollectionHealth], outbox: Outbox) -> str:
    """What makes a report worth sending: anything new but the passing of time, once a day that too.

    What waits in the outbox is left out: a report would otherwise be news by being there.
    """
    said = [one.model_dump(mode="json", exclude={"synced_at"}) for one in collections]
    counted = outbox.read("SELECT coalesce(sum(value), 0) FROM counters")
    days = sorted({str(_day(one.synced_at)) for one in collections})
    return json.dumps([dict(versions), said, days, counted[0][0] if counted else 0], sort_keys=True)


def _day(time: datetime | None) -> str:
    return "" if time is None else time.date().isoformat()
