"""Where the tools run: what they need of it, and the plainest such place, the assembled application itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from starlette.requests import Request

from copilot.answering.events import Event
from copilot.answering.flow import AskOptions, Copilot
from copilot.assembly import Assembly
from index.store import Store

T = TypeVar("T")

Right = Literal["read", "ask", "note"]


@dataclass(frozen=True, slots=True)
class Guest:
    """Whoever calls a tool.

    Attributes:
        name: Tells one from another; "" where there is only one.
        rights: What they may do.
        sees: Whether they may see what is in a collection.
    """

    name: str = ""
    rights: frozenset[Right] = frozenset({"read", "ask", "note"})
    sees: Callable[[str], bool] = lambda _collection: True


class Host(Protocol):
    """Where the tools run."""

    @property
    def assembly(self) -> Assembly:
        """The application."""
        ...

    def guest(self, request: Request | None) -> Guest:
        """Who calls; ``request`` is None where the transport is no HTTP."""
        ...

    async def look(self, guest: Guest, work: Callable[[Store], T]) -> T:
        """Run ``work`` on the index, off the event loop.

        Raises:
            StoreError: There is no index, or none that can be read.
        """
        ...

    def ask(self, guest: Guest, question: str, options: AskOptions) -> AsyncGenerator[Event, None]:
        """Answer; closing the generator stops the model."""
        ...


class LocalHost:
    """The application in this process, for one guest who may do everything.

    Args:
        assembly: The application; closed by whoever built it.
        use_model: False answers by quoting alone.
    """

    def __init__(self, assembly: Assembly, *, use_model: bool = True) -> None:
        self.assembly = assembly
        self._use_model = use_model
        self._copilot: Copilot | None = None

    def guest(self, request: Request | None) -> Guest:
        """See `Host.guest`."""
        return Guest()

    async def look(self, guest: Guest, work: Callable[[Store], T]) -> T:
        """See `Host.look`."""
        return await asyncio.to_thread(lambda: work(self.assembly.store))

    async def ask(self, guest: Guest, question: str, options: AskOptions) -> AsyncGenerator[Event, None]:
        """See `Host.ask`."""
        if self._copilot is None:
            built = await asyncio.to_thread(self.assembly.copilot)
            self._copilot = built if self._use_model else built.with_engine(None)
        events = self._copilot.ask(question, options)
        try:
            async for event in events:
                yield event
        finally:
            await events.aclose()
