"""The answer flow as a session sees it: with the server's turns at the model, within what the caller may see."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace

from copilot.answering.events import Event
from copilot.answering.flow import AskOptions
from copilot.http.queueing.fair import Waiting
from copilot.http.security.callers import Caller
from copilot.http.services import Services
from index.passages import SearchFilter


class DeskAsking:
    """Asks at the server's desk.

    Args:
        services: Of the server.
        caller: Who asks.
        looked_at: What the caller may see, as `Finder.scope` gave it.
    """

    def __init__(self, services: Services, caller: Caller, looked_at: SearchFilter) -> None:
        self._services = services
        self._caller = caller
        self._looked_at = looked_at

    async def ask(self, question: str, options: AskOptions | None = None) -> AsyncGenerator[Event, None]:
        """See `Copilot.ask`; waits for its turn.

        Raises:
            Busy: Too many wait already.
            Refused: The server is stopping.
        """
        wanted = replace(options or AskOptions(), filter=self._looked_at)
        async with self._services.ask(question, wanted, self._caller) as asking:
            async for event in asking:
                if not isinstance(event, Waiting):
                    yield event
