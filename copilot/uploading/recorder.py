"""Counting answers for the health report, where somebody switched that on; counts only, no word of what was asked."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from copilot.answering.events import Answer
from index.errors import EdgeCopilotError
from sync.outbox import Outbox, OutboxPolicy
from sync.outbox.counting import count
from sync.outbox.reporting import ABSTENTIONS, ANSWERS, ERRORS

log = logging.getLogger(__name__)


class Recorder:
    """Counts each answer for the collections that it stands on; where nothing was found, for all that were synced.

    Args:
        outbox: Keeps the counters.
        policy: Says whether anything is counted.
        generations: The live generation of each synced collection.
    """

    def __init__(self, outbox: Outbox, policy: OutboxPolicy, generations: Callable[[], Mapping[str, int]]) -> None:
        self._outbox = outbox
        self._policy = policy
        self._generations = generations

    def __call__(self, answer: Answer, failed: bool) -> None:
        """Count one answer. A counter that can't be written is no reason to fail an answer.

        Args:
            failed: The language model did.
        """
        if not self._policy.counts_answers:
            return
        name = ERRORS if failed else ABSTENTIONS if answer.status == "abstained" else ANSWERS
        try:
            live = self._generations()
            seen = {passage.collection for passage in answer.evidence.passages} & live.keys() or live.keys()
            count(self._outbox, {(one, live[one], name): 1 for one in seen})
        except EdgeCopilotError as error:
            log.warning("an answer was not counted: %s", type(error).__name__)
