"""Several endpoints as one: asked in order of preference, with retries, a circuit breaker each, and hedging if wished.

Only the opening of a reply is retried, never a reply whose first word has come: what a person has seen is not asked for
again. Which bytes go to which endpoint says an `Exchange`, since one may see what another may not.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from time import monotonic
from typing import Literal, Protocol, TypeVar

import stamina

from copilot.engines.cloud.breaker import Breaker
from copilot.engines.cloud.client import EndpointClient, Reply
from copilot.engines.cloud.endpoint import Endpoint
from copilot.engines.cloud.faults import BrokenOff, Busy, Rejected, Unreachable
from copilot.engines.cloud.quality import LinkQuality, QualityMeter
from copilot.engines.cloud.replies import Asked, Ended, Outcome, Spent, Word
from copilot.privacy.outgoing import Outgoing
from index.errors import EdgeCopilotError, EngineError, NetworkError

log = logging.getLogger(__name__)

Link = Literal["up", "down", "unknown"]


@dataclass(frozen=True, slots=True)
class Patience:
    """How failures are borne while a person waits.

    Attributes:
        attempts: For one endpoint, in all.
        first_s, longest_s, jitter_s: Backoff between them (https://stamina.hynek.me).
        willing_s: An endpoint that asks for a longer pause is passed over.
        hedge_after_s: Also ask the next endpoint where the first is silent for so long; None: never.
        fresh_s: For how long an endpoint that was there is taken to be there still.
    """

    attempts: int = 2
    first_s: float = 0.2
    longest_s: float = 2.0
    jitter_s: float = 0.3
    willing_s: float = 3.0
    hedge_after_s: float | None = None
    fresh_s: float = 20.0


@dataclass(frozen=True, slots=True)
class Begun:
    """An endpoint's reply begins; what follows are its words."""

    endpoint: Endpoint
    outgoing: Outgoing


class Exchange(Protocol):
    """One request, as the endpoints see it."""

    @property
    def id(self) -> str:
        """Names the request; the same for every attempt at it."""
        ...

    def outgoing(self, endpoint: Endpoint) -> Outgoing | None:
        """What may go to ``endpoint``; None where nothing may."""
        ...

    async def sending(self, endpoint: Endpoint, outgoing: Outgoing) -> Callable[[Ended], None]:
        """Called right before each attempt. What it raises keeps the attempt from being made.

        Returns:
            What is told how the attempt ended.
        """
        ...


class Cloud:
    """Asks endpoints. Use it from one event loop, and close it.

    Args:
        clients: One for each endpoint, the preferred one first.
        patience: How failures are borne.
        clock: Seconds that only go forward.
    """

    def __init__(
        self,
        clients: Sequence[EndpointClient],
        patience: Patience | None = None,
        *,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._clients = tuple(clients)
        self._patience = patience or Patience()
        self._clock = clock
        self._breakers = {client.endpoint.name: Breaker(clock) for client in clients}
        self._meters = {client.endpoint.name: QualityMeter() for client in clients}
        self._seen: dict[str, tuple[bool, float]] = {}
        self._check: asyncio.Task[None] | None = None

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """All endpoints, the preferred one first."""
        return tuple(client.endpoint for client in self._clients)

    def breaker(self, name: str) -> Breaker:
        """The circuit breaker of an endpoint."""
        return self._breakers[name]

    @property
    def link(self) -> Link:
        """Whether any endpoint can be reached, as far as is known; costs nothing."""
        states = [self._known(client.endpoint.name) for client in self._clients]
        return "up" if True in states else "unknown" if None in states else "down"

    @property
    def quality(self) -> LinkQuality:
        """Of the way to the endpoint that would be asked now, as far as it was measured; costs nothing."""
        names = [client.endpoint.name for client in self._clients]
        ready = [name for name in names if self._known(name) is not False]
        return self._meters[(ready or names)[0]].quality if names else LinkQuality()

    def _known(self, name: str) -> bool | None:
        if not self._breakers[name].ready:
            return False
        there, at = self._seen.get(name, (False, float("-inf")))
        return there if self._clock() - at <= self._patience.fresh_s else None

    def begin_check(self) -> None:
        """Ask the endpoints of which nothing is known whether they are there, beside whatever else is done."""
        unknown = [client for client in self._clients if self._known(client.endpoint.name) is None]
        if unknown and (self._check is None or self._check.done()):
            self._check = asyncio.ensure_future(self._look(unknown))

    async def _look(self, clients: Sequence[EndpointClient]) -> None:
        async def one(client: EndpointClient) -> None:
            begun = self._clock()
            there = await client.healthy()
            self._seen[client.endpoint.name] = (there, self._clock())
            if there:
                self._meters[client.endpoint.name].round_trip.add(self._clock() - begun)

        await asyncio.gather(*(one(client) for client in clients))

    async def checked(self, longest_s: float) -> Link:
        """What the check that was begun found; ``unknown`` where it takes longer than ``longest_s``."""
        if self._check is not None and self.link == "unknown":
            # The check goes on: its result serves the next question.
            await asyncio.wait([self._check], timeout=longest_s)
        return self.link

    async def ask(self, exchange: Exchange) -> AsyncGenerator[Begun | Word | Asked | Spent, None]:
        """Ask the endpoints in order until one begins to answer, then yield what it says. Closing it hangs up.

        Raises:
            NetworkError: None can be reached, or the one that answers broke off (`faults.BrokenOff`).
            EngineError: The last one that could be asked refused.
            EdgeCopilotError: What `Exchange.sending` raised, where no endpoint was left.
        """
        candidates = self._candidates(exchange)
        fault: EdgeCopilotError = NetworkError(
            "No larger model may be asked, or all failed a moment ago.", "Try again later."
        )
        while candidates:
            client, outgoing = candidates.pop(0)
            try:
                opened = await self._opened(client, outgoing, exchange, candidates)
            except EdgeCopilotError as error:
                log.info("endpoint %s: %s", client.endpoint.name, type(error).__name__)
                fault = error
                continue
            async with aclosing(self._read(opened)) as pieces:
                async for piece in pieces:
                    yield piece
            return
        raise fault

    def _candidates(self, exchange: Exchange) -> list[tuple[EndpointClient, Outgoing]]:
        ready = [client for client in self._clients if self._breakers[client.endpoint.name].ready]
        found = [(client, exchange.outgoing(client.endpoint)) for client in ready]
        # One that is known to be away is asked last: what is known may be old.
        found.sort(key=lambda pair: self._known(pair[0].endpoint.name) is False)
        return [(client, outgoing) for client, outgoing in found if outgoing is not None]

    async def _opened(
        self,
        client: EndpointClient,
        outgoing: Outgoing,
        exchange: Exchange,
        spare: list[tuple[EndpointClient, Outgoing]],
    ) -> _Opened:
        first = asyncio.ensure_future(self._open_patiently(client, outgoing, exchange))
        tasks = {first}
        try:
            if spare and self._patience.hedge_after_s is not None:
                done, _ = await asyncio.wait(tasks, timeout=self._patience.hedge_after_s)
                if not done:
                    tasks.add(asyncio.ensure_future(self._open_patiently(*spare.pop(0), exchange)))
            while True:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                won = next((task for task in done if task.exception() is None), None)
                if won is not None:
                    tasks.discard(won)
                    return won.result()
                if done == tasks:
                    return first.result()  # raises what the preferred endpoint said
                tasks -= done
        finally:
            for late in await _stopped(tasks):
                late.breaker.abandoned()
                await late.pieces.aclose()
                late.tell(Ended("cancelled"))

    async def _open_patiently(self, client: EndpointClient, outgoing: Outgoing, exchange: Exchange) -> _Opened:
        patience = self._patience
        async for attempt in stamina.retry_context(
            on=self._worth_repeating,
            attempts=patience.attempts,
            timeout=None,
            wait_initial=patience.first_s,
            wait_max=patience.longest_s,
            wait_jitter=patience.jitter_s,
        ):
            with attempt:
                return await self._open(client, outgoing, exchange)
        raise AssertionError("the last attempt returns or raises")

    def _worth_repeating(self, error: Exception) -> bool | float:
        if isinstance(error, Busy):
            asked = error.retry_after_s
            return True if asked is None else asked if asked <= self._patience.willing_s else False
        return isinstance(error, Unreachable)

    async def _open(self, client: EndpointClient, outgoing: Outgoing, exchange: Exchange) -> _Opened:
        endpoint, breaker = client.endpoint, self._breakers[client.endpoint.name]
        if not breaker.begin():
            raise NetworkError(f"The endpoint {endpoint.name} failed a moment ago.", "Try again later.")
        try:
            tell = await exchange.sending(endpoint, outgoing)
        except BaseException:
            breaker.abandoned()
            raise
        pieces = client.stream(outgoing, exchange.id)
        begun = self._clock()
        try:
            first = await anext(pieces)
        except BaseException as error:
            self._note(endpoint, breaker, error)
            await pieces.aclose()
            tell(Ended(_outcome(error)))
            raise
        self._meters[endpoint.name].first_word.add(self._clock() - begun)
        return _Opened(endpoint, outgoing, first, pieces, breaker, tell)

    def _note(self, endpoint: Endpoint, breaker: Breaker, error: BaseException) -> None:
        if isinstance(error, Busy):
            breaker.failed(error.retry_after_s)
        elif isinstance(error, NetworkError | EngineError):
            breaker.failed()
            if isinstance(error, NetworkError):
                self._seen[endpoint.name] = (False, self._clock())
        else:
            breaker.abandoned()

    async def _read(self, opened: _Opened) -> AsyncGenerator[Begun | Word | Asked | Spent, None]:
        spent: Spent | None = None
        received = 0
        outcome: Outcome = "answered"
        try:
            yield Begun(opened.endpoint, opened.outgoing)
            piece: Reply | None = opened.first
            while piece is not None:
                if isinstance(piece, Spent):
                    spent = piece
                elif isinstance(piece, Word):
                    received += len(piece.text.encode("utf-8", "replace"))
                yield piece
                piece = await anext(opened.pieces, None)
            opened.breaker.succeeded()
            self._seen[opened.endpoint.name] = (True, self._clock())
        except BaseException as error:
            outcome = _outcome(error)
            self._note(opened.endpoint, opened.breaker, error)
            raise
        finally:
            await opened.pieces.aclose()
            opened.tell(Ended(outcome, spent, received))

    async def close(self) -> None:
        """Close the connections."""
        if self._check is not None:
            await _stopped({self._check})
        for client in self._clients:
            await client.close()


@dataclass(frozen=True, slots=True)
class _Opened:
    """A reply whose first piece has come."""

    endpoint: Endpoint
    outgoing: Outgoing
    first: Reply
    pieces: AsyncGenerator[Reply, None]
    breaker: Breaker
    tell: Callable[[Ended], None]


def _outcome(error: BaseException) -> Outcome:
    if isinstance(error, BrokenOff):
        return "broken off"
    if isinstance(error, Rejected | Busy):
        return "refused"
    return "unreachable" if isinstance(error, EdgeCopilotError) else "cancelled"


_T = TypeVar("_T")


async def _stopped(tasks: set[asyncio.Task[_T]]) -> list[_T]:
    """Stop tasks, and return what those brought that had come to their end meanwhile."""
    for task in tasks:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    return [result for result in results if not isinstance(result, BaseException)]
