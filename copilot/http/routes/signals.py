"""The live side: signals, alarms, advice, the summary of a shift; as of now, and as streams of events."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from fastapi.responses import Response

from copilot.answering.present import COLLECTION
from copilot.hmi.feed import AdviceReady, AlarmChanged, FeedEvent, SignalsChanged
from copilot.hmi.parts import Live
from copilot.hmi.seen import advice_for, summary_for
from copilot.hmi.summary import since_of
from copilot.hmi.values import Advice
from copilot.hmi.wire import (
    AdviceJson,
    AdvicesJson,
    AlarmJson,
    AlarmsJson,
    HistoryJson,
    SignalJson,
    SignalsJson,
    SourceJson,
    SummaryJson,
)
from copilot.http.problems import Refused
from copilot.http.security.callers import Caller
from copilot.http.services import Reader, Services, ServicesOf
from copilot.http.streaming import EventStream, sse
from index.errors import EdgeCopilotError

log = logging.getLogger(__name__)

router = APIRouter(tags=["signals"])

_STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}
}
Since = Annotated[
    str, Query(description="A moment (ISO 8601) or how long ago (8h, 90min, 2d).", max_length=40, examples=["8h"])
]
Name = Annotated[str, Query(max_length=64, description="Only the signal of this name (repeatable).")]


@asynccontextmanager
async def running(services: Services) -> AsyncIterator[None]:
    """Watch the plant for as long as the server runs. One that can't be watched keeps nothing else from working."""
    live: Live | None = None
    if services.settings.hmi.signals_file(services.settings.data_dir) is not None:
        try:
            live = services.assembly.live
            await asyncio.to_thread(live.start)
        except EdgeCopilotError as error:
            log.error("live signals can't be watched: %s", type(error).__name__)
            services.assembly.notices.append(f"Live signals can't be watched: {error}")
    try:
        yield
    finally:
        if live is not None:
            await asyncio.to_thread(live.stop)


@router.get("/v1/signals")
async def signals(
    services: ServicesOf,
    caller: Reader,
    name: Annotated[list[str] | None, Query(max_length=500, description="Only these signals.")] = None,
) -> SignalsJson:
    """Every signal with its value as of now, its quality, trend and limits; and how the sources fare."""
    live = _live(services, caller)
    states = await asyncio.to_thread(live.signals, name)
    return SignalsJson(
        signals=tuple(SignalJson.of(state) for state in states),
        sources=tuple(SourceJson.of(source) for source in live.sources()),
    )


@router.get("/v1/signals/events", responses=_STREAM, response_class=Response)
async def signal_events(services: ServicesOf, caller: Reader) -> EventStream:
    """Changed signals (`signal`, at most four times a second each) and alarms (`alarm`) as they come.

    It begins with every signal and every standing alarm.
    """
    return EventStream(_signal_events(services, _live(services, caller)))


@router.get("/v1/signals/{name}/history")
async def history(
    name: str,
    services: ServicesOf,
    caller: Reader,
    since: Since = "1h",
    points: Annotated[int, Query(ge=1, le=2000, description="At most so many values.")] = 500,
) -> HistoryJson:
    """The history of a signal, oldest first: its last values one by one, what is older by the minute."""
    live = _live(services, caller)
    since_s = since_of(since, live.clock())
    state = (await asyncio.to_thread(live.signals, [name]))[0]
    found = await asyncio.to_thread(live.history, name, since_s, points)
    return HistoryJson(signal=SignalJson.of(state), points=tuple(found))


@router.get("/v1/alarms")
async def alarms(services: ServicesOf, caller: Reader, since: Since | None = None) -> AlarmsJson:
    """The standing alarms; with `since` also those that are over and stood after that."""
    live = _live(services, caller)
    since_s = since_of(since, live.clock()) if since is not None else None
    found = await asyncio.to_thread(live.alarms, since_s)
    return AlarmsJson(alarms=tuple(AlarmJson.of(alarm) for alarm in found))


@router.get("/v1/advice")
async def advice(
    services: ServicesOf,
    caller: Reader,
    code: Annotated[
        str | None, Query(min_length=1, max_length=60, description="For this fault code, standing or not.")
    ] = None,
    alarm: Annotated[str | None, Query(max_length=64, description="For the alarm of this id.")] = None,
) -> AdvicesJson:
    """What to do about each standing alarm: meaning, first steps, where that stands, and what happened before."""
    live = _live(services, caller)
    if code is not None:
        found = [await asyncio.to_thread(live.advise_code, code)]
    elif alarm is not None:
        found = [await asyncio.to_thread(live.advice, alarm)]
    else:
        found = live.advices()
    return AdvicesJson(advice=tuple(AdviceJson.of(advice_for(one, caller.sees)) for one in found))


@router.get("/v1/advice/events", responses=_STREAM, response_class=Response)
async def advice_events(services: ServicesOf, caller: Reader) -> EventStream:
    """Advice (`advice`) as soon as it is ready, a moment after its alarm came; it begins with what is ready."""
    return EventStream(_advice_events(services, _live(services, caller), caller))


@router.get("/v1/summary")
async def summary(services: ServicesOf, caller: Reader, since: Since = "8h") -> SummaryJson:
    """What happened since then: alarms, how the signals went, notes, what was done. Made without a model."""
    live = _live(services, caller)
    since_s = since_of(since, live.clock())
    told = await asyncio.to_thread(live.summary, since_s)
    return SummaryJson.of(summary_for(told, caller.sees))


def _live(services: Services, caller: Caller) -> Live:
    """The live side, where this caller may see it.

    Raises:
        Refused: They may not.
        UsageError, UnreadableFile: ``signals.toml`` can't be used.
    """
    if not caller.sees(COLLECTION):
        raise Refused(403, "This key may not see live signals.", f"Let it see the collection “{COLLECTION}”.")
    return services.assembly.live


async def _signal_events(services: Services, live: Live) -> AsyncIterator[bytes]:
    async with aclosing(_following(services, live)) as events:
        async for event in events:
            match event:
                case None:
                    for state in await asyncio.to_thread(live.signals):
                        yield sse("signal", SignalJson.of(state))
                    for alarm in live.alarms():
                        yield sse("alarm", AlarmJson.of(alarm))
                case SignalsChanged(states):
                    for state in states:
                        yield sse("signal", SignalJson.of(state))
                case AlarmChanged(alarm):
                    yield sse("alarm", AlarmJson.of(alarm))


async def _advice_events(services: Services, live: Live, caller: Caller) -> AsyncIterator[bytes]:
    async with aclosing(_following(services, live)) as events:
        async for event in events:
            ready: Sequence[Advice] = ()
            match event:
                case None:
                    ready = live.advices()
                case AdviceReady(advice):
                    ready = (advice,)
            for one in ready:
                yield sse("advice", AdviceJson.of(advice_for(one, caller.sees)))


async def _following(services: Services, live: Live) -> AsyncGenerator[FeedEvent | None, None]:
    """None once it listens, so that nothing falls between what is and what comes; then events until the server ends."""
    stopping = asyncio.ensure_future(services.stopping.wait())
    async with aclosing(live.follow()) as events:
        coming = asyncio.ensure_future(anext(events))
        try:
            await asyncio.sleep(0)
            yield None
            while True:
                await asyncio.wait([coming, stopping], return_when=asyncio.FIRST_COMPLETED)
                if stopping.done():
                    return
                event = coming.result()
                coming = asyncio.ensure_future(anext(events))
                yield event
        finally:
            for task in (coming, stopping):
                task.cancel()
            await asyncio.wait([coming, stopping])
