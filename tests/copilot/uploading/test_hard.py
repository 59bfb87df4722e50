"""Hard questions and ratings carry the labels of all that they may quote, also of the exchange that they lean on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from copilot.answering.events import Answer, Route
from copilot.privacy.values import Source
from copilot.uploading.hard import HardCases, rated
from index.documents import AccessLabel
from sync.outbox import Outbox, OutboxPolicy
from tests.copilot.evaluation.outcomes import answer

INTERNAL = Source("default", "/manuals/service.pdf", AccessLabel.INTERNAL)
RESTRICTED = Source("patients", "/records/7.pdf", AccessLabel.RESTRICTED)


def escalated(sources: tuple[Source, ...] | None) -> Answer:
    return replace(answer(), route=Route("cloud", "Asked the larger model."), sources=sources)


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox.db")


def test_an_escalated_question_is_kept_with_the_labels_of_its_sources(outbox: Outbox) -> None:
    HardCases(outbox, OutboxPolicy.load(None))(escalated((INTERNAL,)), False)

    (kept,) = outbox.items()
    assert kept.draft.labels == {AccessLabel.INTERNAL}


@pytest.mark.parametrize("sources", [(INTERNAL, RESTRICTED), None], ids=["the exchange before it", "not known"])
def test_a_question_that_may_hold_restricted_words_is_not_kept(
    sources: tuple[Source, ...] | None, outbox: Outbox
) -> None:
    """The evidence of the follow-up itself is internal; that of the question which it repeats is not."""
    HardCases(outbox, OutboxPolicy.load(None))(escalated(sources), False)

    assert list(outbox.items()) == []


def test_a_rating_has_the_labels_of_the_exchange_before_it_too() -> None:
    assert AccessLabel.RESTRICTED in rated(escalated((INTERNAL, RESTRICTED)), "bad").labels
    assert AccessLabel.RESTRICTED in rated(escalated(None), "bad").labels
    assert rated(escalated((INTERNAL,)), "good").labels == {AccessLabel.INTERNAL}
