"""A health report says what runs and how it fares; nothing of a restricted collection, and no word of a question."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from index.documents import AccessLabel
from sync.outbox import Outbox, OutboxPolicy, Receipt
from sync.outbox.counting import count, counted
from sync.outbox.policy import Rollout
from sync.outbox.reporting import report_health
from sync.outbox.wire import CollectionHealth, HealthReport

NOW = datetime(2026, 5, 1, 10, tzinfo=UTC)
ACCESS = {"presses": AccessLabel.INTERNAL, "safe": AccessLabel.RESTRICTED}


def report(outbox: Outbox, policy: OutboxPolicy, generation: int = 3, **changes: Any) -> Receipt | None:
    collections = [
        CollectionHealth(collection="presses", generation=generation, synced_at=NOW, **changes),
        CollectionHealth(collection="safe", generation=9, synced_at=NOW),
        CollectionHealth(collection="unlabelled", generation=9, synced_at=NOW),
    ]
    return report_health(outbox, policy, {"edge-copilot": "0.1.0"}, collections, ACCESS)


def said(outbox: Outbox) -> list[HealthReport]:
    return [HealthReport.model_validate(dict(item.draft.fields)) for item in outbox.items(kinds=["health"])]


def participating(policy: OutboxPolicy) -> OutboxPolicy:
    return policy.model_copy(update={"rollout": Rollout(participate=True)})


def test_says_what_runs_but_not_what_is_restricted_or_unlabelled(outbox: Outbox, policy: OutboxPolicy) -> None:
    report(outbox, policy)

    (one,) = said(outbox)
    assert [(at.collection, at.generation) for at in one.collections] == [("presses", 3)]
    assert one.versions == {"edge-copilot": "0.1.0"}


def test_counts_go_up_only_where_somebody_switched_that_on(outbox: Outbox, policy: OutboxPolicy) -> None:
    count(outbox, {("presses", 3, "answers"): 7, ("presses", 2, "answers"): 1, ("safe", 9, "errors"): 4})

    report(outbox, policy)
    count(outbox, {("presses", 3, "answers"): 7, ("presses", 3, "abstentions"): 2})
    report(outbox, participating(policy))

    first, second = said(outbox)
    assert first.collections[0].answers == 0
    assert (second.collections[0].answers, second.collections[0].abstentions) == (7, 2)
    assert counted(outbox) == {}


def test_nothing_new_is_not_said_again(outbox: Outbox, policy: OutboxPolicy) -> None:
    assert report(outbox, policy) is not None
    assert report(outbox, policy) is None
    assert report(outbox, policy, generation=4) is not None
    assert report(outbox, policy, generation=4, refused="a question found nothing") is not None
    count(outbox, {("presses", 4, "answers"): 1})
    assert report(outbox, participating(policy), generation=4) is not None
    assert len(said(outbox)) == 4


def test_a_policy_that_keeps_reports_here_makes_none(outbox: Outbox, policy: OutboxPolicy) -> None:
    kinds = {kind: of for kind, of in policy.kinds.items() if kind != "health"}

    assert report(outbox, policy.model_copy(update={"kinds": kinds})) is None
    assert list(outbox.items()) == []
