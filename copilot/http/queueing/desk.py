"""Where questions are handed in: evidence for everybody at once, the model by turns, a stop when nobody listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from copilot.answering.events import Answer, Event
from copilot.answering.flow import AskOptions, Copilot
from copilot.engines.base import ChatEngine
from copilot.http.queueing.fair import FairQueue, Seat, Waiting
from index.errors import EngineError


def _nothing(*_told: object) -> None:
    pass


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None = None


class Desk:
    """Takes questions.

    Args:
        build: Makes the answer flow, once that is possible; called off the event loop.
        engine: Gives the model, loading it where it isn't yet; None answers by quoting alone.
        queue: Whose turn it is.
        answered: Told of each answer that came to its end.
        broken_off: Told of each that was stopped.
    """

    def __init__(
        self,
        build: Callable[[], Copilot],
        engine: Callable[[], Awaitable[ChatEngine]] | None,
        queue: FairQueue,
        answered: Callable[[Answer], None] = _nothing,
        broken_off: Callable[[], None] = _nothing,
    ) -> None:
        self._build = build
        self._engine = engine
        self._copilot: Copilot | None = None
        self._building = asyncio.Lock()
        self.queue = queue
        self.answered = answered
        self.broken_off = broken_off

    @property
    def engine(self) -> Callable[[], Awaitable[ChatEngine]] | None:
        """Gives the model; None where there is none."""
        return self._engine

    async def copilot(self) -> Copilot:
        """The answer flow.

        Raises:
            StoreError: There is no index yet, or none that can be read.
        """
        if self._copilot is None:
            async with self._building:
                if self._copilot is None:
                    self._copilot = await asyncio.to_thread(self._build)
        return self._copilot

    def ask(
        self, question: str, options: AskOptions, client: str, answered: Callable[[Answer], None] = _nothing
    ) -> Asking:
        """Begin to answer; needs a running event loop.

        Args:
            question: As it was typed.
            options: For this question.
            client: Who takes turns with whom.
            answered: Told of the answer, beside whoever else is.

        Raises:
            Busy: Too many wait already.
        """
        return Asking(self, self.queue.admit(client), question, options, answered)


class Asking:
    """A question that is being answered: iterate over it for its events, close it (``async with``) to stop the model.

    Whoever reads slowly, or not at all, holds up nobody: the answer is made in a task of its own.
    """

    def __init__(
        self,
        desk: Desk,
        seat: Seat,
        question: str,
        options: AskOptions,
        answered: Callable[[Answer], None],
    ) -> None:
        self._desk = desk
        self._seat = seat
        self._answered = answered
        self._deadline_s = options.deadline_s
        self._events: asyncio.Queue[Event | Waiting | _End] = asyncio.Queue()
        self._first: Event | Waiting | None = None
        self._task = asyncio.create_task(self._run(question, options))
        self._task.add_done_callback(self._done)  # also where it was cancelled before it began

    async def _run(self, question: str, options: AskOptions) -> None:
        copilot = await self._desk.copilot()
        by_turns = copilot.with_engine(self._by_turns if self._desk.engine is not None else None)
        async with aclosing(by_turns.ask(question, options)) as events:
            async for event in events:
                if isinstance(event, Answer):
                    self._desk.answered(event)
                    self._answered(event)
                self._events.put_nowait(event)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._seat.leave()
        if task.cancelled():
            self._desk.broken_off()
        error = None if task.cancelled() else task.exception()
        self._events.put_nowait(_End(error))

    async def _by_turns(self) -> ChatEngine:
        engine = self._desk.engine
        assert engine is not None, "who asks for a turn asks for a model"
        try:
            async with asyncio.timeout(self._deadline_s):
                await self._seat.turn(self._events.put_nowait)
        except TimeoutError as error:
            raise EngineError("Others are still being answered, and your answer had to begin by now.") from error
        return await engine()

    async def begun(self) -> None:
        """Wait for the first event, so that what makes the question unanswerable is raised before anything is told.

        Raises:
            EdgeCopilotError: As `Copilot.ask`.
        """
        if self._first is None:
            self._first = await anext(self._iterate())

    def __aiter__(self) -> AsyncIterator[Event | Waiting]:
        return self._iterate()

    async def _iterate(self) -> AsyncIterator[Event | Waiting]:
        if self._first is not None:
            first, self._first = self._first, None
            yield first
        while not isinstance(event := await self._events.get(), _End):
            yield event
        self._events.put_nowait(event)  # whoever iterates again is told the same
        if event.error is not None:
            raise event.error

    async def answer(self) -> Answer:
        """Wait for the answer.

        Raises:
            EdgeCopilotError: As `Copilot.ask`.
        """
        answer: Answer | None = None
        async for event in self:
            if isinstance(event, Answer):
                answer = event
        if answer is None:
            raise EngineError("The answer was broken off.", "Ask again.")
        return answer

    async def aclose(self) -> None:
        """Stop at once; returns when the model has been told so and the turn is given on."""
        self._task.cancel()
        await asyncio.wait([self._task])

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
