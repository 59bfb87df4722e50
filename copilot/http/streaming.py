"""Server-sent events, and stopping what nobody waits for any more."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Final, TypeVar

from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from pydantic import BaseModel
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from copilot.http.problems import ClientGone, Problem, problem_of, problem_of_fault
from index.errors import EdgeCopilotError

log = logging.getLogger(__name__)

T = TypeVar("T")

PING_S: Final = 15.0
"""How often a silent stream shows that it is alive; also how a client that vanished is noticed."""
_PATIENCE_S: Final = 30.0  # for a client that does not read
_PING: Final = b": alive\n\n"


def sse(event: str, data: BaseModel) -> bytes:
    """One event as bytes."""
    return format_sse_event(event=event, data_str=data.model_dump_json())


class EventStream(StreamingResponse):
    """An answer of server-sent events.

    An error on the way becomes an event ``error`` with the problem, and ends it. A silent stream is kept alive; a
    client that has stopped reading is given up.

    Args:
        events: Each as `sse` makes it; closed when the client goes away.
        closed: Awaited at the very end, whatever happened, also where ``events`` was never begun.
    """

    media_type = "text/event-stream"

    def __init__(self, events: AsyncIterator[bytes], closed: Callable[[], Awaitable[None]] | None = None) -> None:
        self._told = _told(_alive(events))
        super().__init__(self._told, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self._closed = closed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events; see ASGI."""

        async def patiently(message: object) -> None:
            async with asyncio.timeout(_PATIENCE_S):
                await send(message)  # type: ignore[arg-type]

        try:
            await super().__call__(scope, receive, patiently)
        except TimeoutError:
            log.info("a client that did not read was given up")
        finally:
            await self._told.aclose()  # at once, not when its memory is wanted: it may hold a turn or a subscription
            if self._closed is not None:
                await self._closed()


async def _told(events: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    try:
        async with aclosing(events):
            async for event in events:
                yield event
    except EdgeCopilotError as error:
        yield sse("error", problem_of(error))
    except Exception as error:
        yield sse("error", problem_of_fault(error))


async def _alive(events: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    coming: asyncio.Task[bytes] | None = None
    try:
        while True:
            coming = coming or asyncio.ensure_future(anext(events))
            done, _ = await asyncio.wait([coming], timeout=PING_S)
            if not done:
                yield _PING
                continue
            try:
                event = coming.result()
            except StopAsyncIteration:
                return
            finally:
                coming = None
            yield event
    finally:
        if coming is not None:
            coming.cancel()
            await asyncio.wait([coming])
        if hasattr(events, "aclose"):
            await events.aclose()


def error_event(problem: Problem) -> bytes:
    """The event that tells of a problem."""
    return sse("error", problem)


async def unless_gone(request: Request, work: Awaitable[T]) -> T:
    """Await ``work``, but cancel it when the client goes away.

    Raises:
        ClientGone: It went away.
    """
    doing = asyncio.ensure_future(work)
    watching = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait([doing, watching], return_when=asyncio.FIRST_COMPLETED)
        if not doing.done():
            raise ClientGone
        return doing.result()
    finally:
        for task in (doing, watching):
            task.cancel()
        await asyncio.wait([doing, watching])


async def _gone(request: Request) -> None:
    # The body has been read: what comes now can only be the end of the connection.
    while (await request.receive())["type"] != "http.disconnect":
        pass
