"""A question that is begun before it is sure that the person has finished.

The flow is driven only up to its first word: searching, reading and the model's first token happen, but nothing is
kept, counted or shown of a question that turns out to have been half of one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from copilot.answering.events import Event, Token


class Question:
    """The events of a question, held back until it is adopted.

    Args:
        events: Of `Copilot.ask`.
        adopted: False where the question is begun early.
    """

    def __init__(self, events: AsyncGenerator[Event, None], *, adopted: bool = True) -> None:
        self._events = events
        self._adopted = asyncio.Event()
        if adopted:
            self._adopted.set()
        self._ready: asyncio.Queue[Event | BaseException | None] = asyncio.Queue()
        self._task = asyncio.create_task(self._drive(), name="question")

    def adopt(self) -> None:
        """It is what was meant: go on, and give out what is there."""
        self._adopted.set()

    async def events(self) -> AsyncIterator[Event]:
        """The events, once it is adopted.

        Raises:
            EdgeCopilotError: What the flow raises.
        """
        await self._adopted.wait()
        try:
            while (event := await self._ready.get()) is not None:
                if isinstance(event, BaseException):
                    raise event
                yield event
        finally:
            await self.cancel()

    async def cancel(self) -> None:
        """Stop it; the model ends at once, and nothing of it is kept."""
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _drive(self) -> None:
        try:
            async with aclosing(self._events) as events:
                async for event in events:
                    self._ready.put_nowait(event)
                    if isinstance(event, Token):
                        await self._adopted.wait()
        except asyncio.CancelledError:
            raise
        except Exception as error:
            self._ready.put_nowait(error)
        else:
            self._ready.put_nowait(None)
