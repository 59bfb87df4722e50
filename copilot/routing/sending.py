"""Sends the questions that wait, once there is a network, and files the answers in their conversations."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from copilot.answering.conversation import sources_of
from copilot.answering.conversations import Conversations, cited_of
from copilot.answering.events import Answer, Event, Route
from copilot.answering.flow import AskOptions
from copilot.answering.turns import Turn
from copilot.routing.questions import QuestionQueue, Queued

MOST_ATTEMPTS = 5
"""With a network, but without an answer: then the question is left alone."""

Ask = Callable[[str, AskOptions], AsyncGenerator[Event, None]]


@dataclass(slots=True)
class Round:
    """What one round of sending did.

    Attributes:
        answered: Questions with their answers.
        waiting: Ids of those that still wait.
        kept: Ids of those that won't be sent, after several attempts, with the reason.
    """

    answered: list[tuple[Queued, Answer]] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)


class Sender:
    """Sends the queue.

    Args:
        queue: What waits.
        ask: The answer flow.
        conversations: Where answers are filed.
    """

    def __init__(self, queue: QuestionQueue, ask: Ask, conversations: Conversations) -> None:
        self._queue = queue
        self._ask = ask
        self._conversations = conversations

    async def send(self, only: str | None = None) -> Round:
        """Send what waits, the oldest first.

        Args:
            only: The id of one question.

        Raises:
            StoreError, ResourceError: The queue or the index can't be read, or the queue not be written.
        """
        done, seen, holder = Round(), set[str](), secrets.token_hex(8)
        while (queued := self._queue.claim(holder, only, frozenset(seen))) is not None:
            seen.add(queued.id)
            try:
                answer = await self._answer(queued)
            except BaseException:
                self._queue.release(queued.id, holder)
                raise
            if isinstance(answer, Answer):
                if self._queue.answered(queued.id, holder, answer.text):
                    self._file(queued, answer)
                    done.answered.append((queued, answer))
            elif queued.attempts + 1 >= MOST_ATTEMPTS:
                self._queue.keep(queued.id, holder, answer)
                done.kept[queued.id] = answer
            else:
                self._queue.release(queued.id, holder)
                done.waiting.append(queued.id)
        return done

    async def _answer(self, queued: Queued) -> Answer | str:
        """The answer of a larger model, or why there is none."""
        waiting = queued.waiting
        options = AskOptions(
            k=waiting.k,
            filter=waiting.filter,
            conversation=waiting.conversation,
            detail=waiting.detail,
            wish="cloud",
            queue=False,
            keep=False,
            question_id=queued.id,
        )
        async with aclosing(self._ask(waiting.question, options)) as events:
            async for event in events:
                if isinstance(event, Route) and event.target != "cloud":
                    return event.reason  # this device has answered it already
                if isinstance(event, Answer):
                    return event if event.route.target == "cloud" else event.route.reason
        raise AssertionError("the flow ends with an Answer")

    def _file(self, queued: Queued, answer: Answer) -> None:
        conversation = queued.waiting.conversation
        if conversation is None:
            return
        history = self._conversations.turns(conversation, 3)
        sources = sources_of(queued.waiting.question, answer.evidence.passages, history)
        self._conversations.add(
            conversation, Turn(queued.waiting.question, answer.text, answer.status, sources, cited_of(answer.citations))
        )
