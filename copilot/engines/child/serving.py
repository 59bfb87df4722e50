"""The other end: runs in the engine's process and lets an engine be asked through two pipes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import threading
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from copilot.engines.base import ChatEngine, ReadingEngine
from copilot.engines.child.framing import FrameError, FrameReader
from copilot.engines.child.messages import (
    AskWarm,
    Cancel,
    Close,
    Ended,
    Failed,
    Kept,
    Load,
    Loaded,
    Order,
    Piece,
    Read,
    Readings,
    Report,
    Stream,
    Warm,
    order,
    written,
)

_PIPE_BYTES: Final = 65536


class AskedEngine(ChatEngine, ReadingEngine, Protocol):
    """What can be served."""


Loader = Callable[[Load], tuple[AskedEngine, tuple[str, ...]]]
"""Gives the engine and warnings for the person. Takes its time; runs off the event loop."""


def _leave() -> None:
    os._exit(0)  # the parent is gone: nobody is left to answer to, and a native call must not hold the end up


class EngineServer:
    """Serves one engine for as long as the other side is there.

    Args:
        load: Loads it.
        source: File descriptor to read orders from.
        sink: File descriptor to write reports to.
        orphaned: Called, on a thread of its own, when the other side is gone without a word.
    """

    def __init__(self, load: Loader, source: int, sink: int, orphaned: Callable[[], None] = _leave) -> None:
        self._load = load
        self._source = source
        self._sink = sink
        self._orphaned = orphaned
        self._orders: asyncio.Queue[Order] = asyncio.Queue()
        self._reports: queue.SimpleQueue[Report | None] = queue.SimpleQueue()
        self._tasks: dict[int, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Serve until told to close."""
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._receive, args=(loop,), name="orders", daemon=True).start()
        writer = threading.Thread(target=self._tell, name="reports", daemon=True)
        writer.start()
        engine = await self._loaded(await self._orders.get())
        if engine is not None:
            try:
                await self._serve(engine)
            finally:
                for task in self._tasks.values():
                    task.cancel()
                await asyncio.gather(*self._tasks.values(), return_exceptions=True)
                await engine.close()
        self._reports.put(None)
        await asyncio.to_thread(writer.join)

    async def _loaded(self, first: Order) -> AskedEngine | None:
        try:
            if not isinstance(first, Load):
                raise FrameError("the first order loads nothing")
            engine, warnings = await asyncio.to_thread(self._load, first)
        except Exception as error:
            self._reports.put(Failed.of(None, error))
            return None
        self._reports.put(Loaded(info=engine.info, warnings=warnings))
        return engine

    async def _serve(self, engine: AskedEngine) -> None:
        while True:
            match await self._orders.get():
                case Close():
                    return
                case Cancel(id=number):
                    if task := self._tasks.get(number):
                        task.cancel()
                case Load():
                    continue
                case request:
                    # Begun in the order in which they came: a reply may continue where the reading before it ended.
                    task = asyncio.create_task(self._answer(request.id, self._work(engine, request)))
                    self._tasks[request.id] = task

    async def _answer(self, number: int, work: Awaitable[Report]) -> None:
        try:
            self._reports.put(await work)
        except Exception as error:
            self._reports.put(Failed.of(number, error))
        finally:
            self._tasks.pop(number, None)

    async def _work(self, engine: AskedEngine, request: Stream | Read | Warm | AskWarm) -> Report:
        match request:
            case Stream():
                async with contextlib.aclosing(engine.stream(request.prompt, request.options)) as pieces:
                    async for piece in pieces:
                        self._reports.put(Piece(id=request.id, text=piece))
                return Ended(id=request.id, stats=engine.last_stats)
            case Read():
                return Readings(id=request.id, readings=tuple(await engine.read(request.prompts)))
            case Warm():
                return Kept(id=request.id, flags=(await engine.warm(request.prompt),))
            case AskWarm():
                return Kept(id=request.id, flags=tuple(await engine.is_warm(request.prompts)))

    def _receive(self, loop: asyncio.AbstractEventLoop) -> None:
        reader = FrameReader()
        closing = False
        with contextlib.suppress(OSError, FrameError):
            while piece := os.read(self._source, _PIPE_BYTES):
                for value in reader.feed(piece):
                    message = order(value)
                    closing = closing or isinstance(message, Close)
                    loop.call_soon_threadsafe(self._orders.put_nowait, message)
        if not closing:
            self._orphaned()

    def _tell(self) -> None:
        try:
            while (message := self._reports.get()) is not None:
                view = memoryview(written(message))
                while view:
                    view = view[os.write(self._sink, view) :]
        except OSError:
            self._orphaned()
