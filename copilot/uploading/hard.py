"""Hard cases go up to the hub, where the policy lets them: what was escalated, what waits, what was rated bad."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Final

from pydantic import JsonValue

from copilot.answering.events import Answer
from copilot.privacy.values import Source
from index.documents import AccessLabel
from index.errors import EdgeCopilotError
from sync.outbox import Draft, Outbox, OutboxPolicy

log = logging.getLogger(__name__)

_REASONS: Final = {"cloud": "escalated", "queue": "queued"}


class HardCases:
    """Told of each answer; keeps the question of a hard one in the outbox.

    Args:
        outbox: Keeps it until the hub has it.
        policy: Says whether questions go up at all.
    """

    def __init__(self, outbox: Outbox, policy: OutboxPolicy) -> None:
        self._outbox = outbox
        self._policy = policy

    def __call__(self, answer: Answer, failed: bool) -> None:
        """Keep the question where it was hard. One that can't be kept is no reason to fail an answer.

        Args:
            answer: Its question is taken as it was searched: a follow-up together with what it follows.
            failed: Whether the language model did.
        """
        reason = _REASONS.get(answer.route.target)
        if reason is None or not self._policy.of("question").send:
            return
        passages = answer.evidence.passages
        labels = _labels(answer)
        if AccessLabel.RESTRICTED in labels:
            return  # it would never leave; why keep it
        fields: dict[str, JsonValue] = {
            "question": answer.evidence.query,
            "reason": reason,
            "collections": [*sorted({passage.collection for passage in passages})],
            "language": next((passage.language for passage in passages if passage.language), None),
        }
        try:
            self._outbox.put(Draft("question", fields, labels))
        except EdgeCopilotError as error:
            log.warning("a hard question was not kept for the hub: %s", type(error).__name__)


def rated(answer: Answer, rating: str, comment: str = "") -> Draft:
    """What a person thinks of an answer, for the hub.

    Args:
        answer: The last one.
        rating: "good" or "bad".
        comment: What would be right.
    """
    passages = answer.evidence.passages
    return Draft(
        "feedback",
        {
            "question": answer.evidence.query,
            "answer": answer.text,
            "rating": rating,
            "comment": comment,
            "collections": [*sorted({passage.collection for passage in passages})],
            "documents": [*sorted({passage.document for passage in passages})],
        },
        _labels(answer),
    )


def rated_words(question: str, answer: str, rating: str, comment: str, sources: Sequence[Source] | None) -> Draft:
    """The same for an answer of which only its words are at hand.

    Args:
        question: As it was asked.
        answer: Its text.
        rating: "good" or "bad".
        comment: What would be right.
        sources: Of everything that both may have taken words from; None where that isn't known, which keeps it here.
    """
    known = sources or ()
    return Draft(
        "feedback",
        {
            "question": question,
            "answer": answer,
            "rating": rating,
            "comment": comment,
            "collections": [*sorted({source.collection for source in known})],
            "documents": [*sorted({source.document for source in known})],
        },
        frozenset({AccessLabel.RESTRICTED}) if sources is None else frozenset(source.access for source in sources),
    )


def _labels(answer: Answer) -> frozenset[AccessLabel]:
    """Labels of all that question and answer may hold words of; a follow-up holds those of the question before it too.

    What isn't known counts as restricted.
    """
    if answer.sources is None:
        return frozenset({AccessLabel.RESTRICTED})
    return frozenset(source.access for source in answer.sources)


def told_each(observers: Sequence[Callable[[Answer, bool], None]]) -> Callable[[Answer, bool], None]:
    """One observer that tells all of ``observers``."""

    def tell(answer: Answer, failed: bool) -> None:
        for observer in observers:
            observer(answer, failed)

    return tell
