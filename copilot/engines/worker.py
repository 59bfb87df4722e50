"""The one thread that owns a model.

Jobs run one after another; those of a person go before background work, which is asked to stop when one arrives.
The event loop never waits for the model: results and pieces of text come back through it.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import os
import sys
import threading
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, Generic, TypeVar

from index.errors import EngineError

T = TypeVar("T")

_NICER: Final = 5
"""On the scale of nice(2): of one core that both want, the model has a quarter."""


def _let_others_go_first() -> None:
    """Lower the priority of this thread, and of those that it starts, which compute.

    A model takes every core that there is; what draws the screen, hears a word and speaks needs little of one, but at
    once. Only Linux has a priority of single threads behind this call (setpriority(2), "C library/kernel differences").
    """
    if sys.platform == "linux":
        own = threading.get_native_id()
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, own, min(19, os.getpriority(os.PRIO_PROCESS, own) + _NICER))


class Priority(IntEnum):
    """Who waits for a job."""

    CLOSE = 0
    PERSON = 1
    BACKGROUND = 2


@dataclass(order=True)
class _Job:
    priority: Priority
    number: int
    run: Callable[[], None] = field(compare=False)
    stop: Callable[[], None] = field(compare=False)
    refuse: Callable[[], None] = field(compare=False)


class StopSignal:
    """Tells a job to end, whether it runs or still waits."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def __bool__(self) -> bool:
        return self._event.is_set()

    def set(self) -> None:
        """Ask the job to stop."""
        self._event.set()


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None = None


class _Stream(Generic[T]):
    """Carries pieces from the thread into an event loop that may be gone by then."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.queue: asyncio.Queue[T | _End] = asyncio.Queue()

    def put(self, piece: T | _End) -> None:
        with contextlib.suppress(RuntimeError):  # the loop was closed: nobody waits any more
            self._loop.call_soon_threadsafe(self.queue.put_nowait, piece)


class EngineThread:
    """Runs jobs on its thread.

    Args:
        name: Of the thread, for whoever looks at a stack dump.
        interrupt: Called (from any thread) when the running job is asked to stop, to break off a long native call.
        resume: Takes an interrupt back; called before each job, so that none is met by an interrupt that was meant
            for the one before, and none misses its own.
    """

    def __init__(
        self, name: str, interrupt: Callable[[], None] = lambda: None, resume: Callable[[], None] = lambda: None
    ) -> None:
        self._jobs: list[_Job] = []
        self._numbers = itertools.count()
        self._interrupt = interrupt
        self._resume = resume
        # One lock over what waits and what runs: a job is never between the two, where nothing could stop it.
        self._lock = threading.Condition()
        self._running: _Job | None = None
        self._closed = False
        self._freed = threading.Event()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def _work(self) -> None:
        _let_others_go_first()
        while True:
            with self._lock:
                self._lock.wait_for(lambda: self._jobs)
                job = self._running = heapq.heappop(self._jobs)
                self._resume()
            job.run()
            with self._lock:
                self._running = None
            if job.priority is Priority.CLOSE:
                break
        for waiting in self._jobs:
            waiting.refuse()

    def _put(self, job: _Job) -> None:
        heapq.heappush(self._jobs, job)
        self._lock.notify()

    def _submit(
        self, priority: Priority, run: Callable[[], None], refuse: Callable[[], None], stop: StopSignal
    ) -> _Job:
        def stop_now() -> None:
            stop.set()
            with self._lock:
                if self._running is job:
                    self._interrupt()

        job = _Job(priority, next(self._numbers), run, stop_now, refuse)
        with self._lock:
            if self._closed:
                raise _closed()
            running = self._running
            self._put(job)
        if priority is Priority.PERSON and running and running.priority is Priority.BACKGROUND:
            running.stop()
        return job

    async def run(self, work: Callable[[StopSignal], T], priority: Priority = Priority.PERSON) -> T:
        """Run ``work`` on the thread and return its result; cancelling the task stops it.

        Raises:
            EngineError: The thread was closed before ``work`` began.
        """
        loop = asyncio.get_running_loop()
        stream: _Stream[T] = _Stream(loop)
        stop = StopSignal()
        cancelled = False

        def run() -> None:
            if cancelled:
                return
            try:
                stream.put(work(stop))
            except BaseException as error:
                stream.put(_End(error))

        job = self._submit(priority, run, lambda: stream.put(_End(_closed())), stop)
        try:
            result = await stream.queue.get()
        except asyncio.CancelledError:
            cancelled = True
            job.stop()
            raise
        if isinstance(result, _End):
            assert result.error is not None
            raise result.error
        return result

    async def stream(self, work: Callable[[StopSignal, Callable[[T], None]], None]) -> AsyncGenerator[T, None]:
        """Run ``work`` on the thread and yield what it emits; closing the generator stops it.

        Raises:
            EngineError: The thread was closed before ``work`` had ended.
        """
        loop = asyncio.get_running_loop()
        stream: _Stream[T] = _Stream(loop)
        stop = StopSignal()

        def run() -> None:
            error: BaseException | None = None
            try:
                if not stop:
                    work(stop, stream.put)
            except BaseException as caught:
                error = caught
            # Only `close` stops a job that is still listened to: what came so far must not pass for all of it.
            stream.put(_End(error or (_closed() if stop else None)))

        job = self._submit(Priority.PERSON, run, lambda: stream.put(_End(_closed())), stop)
        ended = False
        try:
            while True:
                piece = await stream.queue.get()
                if isinstance(piece, _End):
                    ended = True
                    if piece.error is not None:
                        raise piece.error
                    return
                yield piece
        finally:
            if not ended:
                job.stop()

    def post(self, work: Callable[[], None]) -> None:
        """Run ``work`` when nobody waits for anything else; not at all where the thread is closed before."""
        with self._lock:
            if not self._closed:
                self._put(_Job(Priority.BACKGROUND, next(self._numbers), work, _nothing, _nothing))

    async def close(self, work: Callable[[], None]) -> None:
        """Stop what runs, refuse what waits, run ``work`` last and end the thread. Closing twice is closing once."""
        with self._lock:
            first, self._closed = not self._closed, True
            running = self._running
            if first:
                self._put(_Job(Priority.CLOSE, next(self._numbers), self._free(work), _nothing, _nothing))
        if first and running:
            running.stop()
        await asyncio.to_thread(self._freed.wait)

    def _free(self, work: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                work()
            finally:
                self._freed.set()

        return run


def _closed() -> EngineError:
    return EngineError("The language model has been closed.")


def _nothing() -> None:
    pass
