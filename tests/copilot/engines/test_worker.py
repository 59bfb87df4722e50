"""The one thread that owns a model: who goes first, what stops a job, and that nobody waits for ever."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from copilot.engines.worker import EngineThread, Priority, StopSignal
from index.errors import EngineError

WAIT_S = 20.0


class Interrupt:
    """Stands for the flag that breaks off a native call."""

    def __init__(self) -> None:
        self.raised = threading.Event()

    def set(self) -> None:
        self.raised.set()

    def clear(self) -> None:
        self.raised.clear()


@pytest.fixture
def interrupt() -> Interrupt:
    return Interrupt()


@pytest.fixture
async def thread(interrupt: Interrupt) -> AsyncIterator[EngineThread]:
    thread = EngineThread("test engine", interrupt.set, interrupt.clear)
    yield thread
    await asyncio.wait_for(thread.close(lambda: None), WAIT_S)


class Native:
    """A long native call: it ends when it is interrupted, never by itself."""

    def __init__(self, interrupt: Interrupt) -> None:
        self._interrupt = interrupt
        self.begun = threading.Event()

    def __call__(self, _stop: StopSignal) -> str:
        self.begun.set()
        return "interrupted" if self._interrupt.raised.wait(WAIT_S) else "never interrupted"


async def begun(event: threading.Event) -> None:
    assert await asyncio.to_thread(event.wait, WAIT_S)


async def test_a_job_gives_its_result_and_its_own_error(thread: EngineThread) -> None:
    def fail(_stop: StopSignal) -> None:
        raise EngineError("The model failed.")

    assert await thread.run(lambda _stop: 42) == 42
    with pytest.raises(EngineError, match="The model failed"):
        await thread.run(fail)
    assert await thread.run(lambda _stop: "still there") == "still there"


async def test_every_job_runs_on_the_same_thread_and_never_on_the_loop_s(thread: EngineThread) -> None:
    names = [await thread.run(lambda _stop: threading.current_thread().name) for _ in range(3)]

    assert set(names) == {"test engine"}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has priorities of single threads")
async def test_what_draws_and_listens_goes_before_the_model_and_its_threads(thread: EngineThread) -> None:
    def own(_: object = None) -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    def of_a_thread_that_it_starts(_: object) -> int:
        with ThreadPoolExecutor(1) as begun:
            return begun.submit(own).result()

    assert own() < await thread.run(own) == await thread.run(of_a_thread_that_it_starts)


async def test_the_loop_goes_on_while_a_job_runs(thread: EngineThread, interrupt: Interrupt) -> None:
    native = Native(interrupt)
    job = asyncio.create_task(thread.run(native))
    await begun(native.begun)

    for _ in range(100):
        await asyncio.sleep(0)

    assert not job.done()
    interrupt.set()
    assert await job == "interrupted"


async def test_a_person_goes_before_what_waits_in_the_background(thread: EngineThread, interrupt: Interrupt) -> None:
    order: list[str] = []
    native = Native(interrupt)
    first = asyncio.create_task(thread.run(native))
    await begun(native.begun)

    waiting = [
        asyncio.create_task(thread.run(lambda _stop, name=name: order.append(name), priority))
        for name, priority in (
            ("warm 1", Priority.BACKGROUND),
            ("question 1", Priority.PERSON),
            ("warm 2", Priority.BACKGROUND),
            ("question 2", Priority.PERSON),
        )
    ]
    await asyncio.sleep(0)
    interrupt.set()
    await asyncio.gather(first, *waiting)

    assert order == ["question 1", "question 2", "warm 1", "warm 2"]


async def test_a_person_s_job_interrupts_background_work_and_no_other_person_s(
    thread: EngineThread, interrupt: Interrupt
) -> None:
    background, question = Native(interrupt), Native(interrupt)
    warming = asyncio.create_task(thread.run(background, Priority.BACKGROUND))
    await begun(background.begun)

    asking = asyncio.create_task(thread.run(question))

    assert await warming == "interrupted"
    await begun(question.begun)
    later = asyncio.create_task(thread.run(lambda _stop: "later"))
    await asyncio.sleep(0)
    assert not interrupt.raised.is_set()
    interrupt.set()
    assert (await asking, await later) == ("interrupted", "later")


async def test_cancelling_the_task_interrupts_its_job_and_the_next_one_is_not_touched(
    thread: EngineThread, interrupt: Interrupt
) -> None:
    native = Native(interrupt)
    job = asyncio.create_task(thread.run(native))
    await begun(native.begun)

    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job

    assert await thread.run(lambda _stop: interrupt.raised.is_set()) is False


async def test_a_job_that_was_cancelled_while_it_waited_never_runs(thread: EngineThread, interrupt: Interrupt) -> None:
    ran: list[str] = []
    native = Native(interrupt)
    first = asyncio.create_task(thread.run(native))
    await begun(native.begun)

    given_up = asyncio.create_task(thread.run(lambda _stop: ran.append("given up")))
    await asyncio.sleep(0)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    assert not interrupt.raised.is_set(), "the job that runs is somebody else's"
    interrupt.set()
    await first
    await thread.run(lambda _stop: None)

    assert ran == []


async def test_pieces_come_in_order_and_an_error_comes_after_them(thread: EngineThread) -> None:
    def write(_stop: StopSignal, emit: Callable[[int], None]) -> None:
        for piece in range(5):
            emit(piece)
        raise EngineError("The model failed.")

    pieces: list[int] = []

    async def consume() -> None:
        async for piece in thread.stream(write):
            pieces.append(piece)  # noqa: PERF401 - they must be kept when the error comes

    with pytest.raises(EngineError, match="The model failed"):
        await consume()

    assert pieces == [0, 1, 2, 3, 4]


async def test_closing_the_generator_stops_the_job(thread: EngineThread, interrupt: Interrupt) -> None:
    ended = threading.Event()

    def write(stop: StopSignal, emit: Callable[[str], None]) -> None:
        emit("a")
        assert interrupt.raised.wait(WAIT_S)
        assert stop
        ended.set()

    stream = thread.stream(write)
    assert await anext(stream) == "a"
    await stream.aclose()

    await begun(ended)


async def test_cancelling_who_waits_for_a_piece_stops_the_job(thread: EngineThread, interrupt: Interrupt) -> None:
    native = Native(interrupt)

    async def consume() -> None:
        async for _ in thread.stream(lambda stop, _emit: native(stop)):  # type: ignore[misc,arg-type]
            pass

    consumer = asyncio.create_task(consume())
    await begun(native.begun)
    consumer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await consumer

    assert await thread.run(lambda _stop: "free") == "free"


async def test_closing_stops_what_runs_and_refuses_what_waits(interrupt: Interrupt) -> None:
    thread = EngineThread("test engine", interrupt.set, interrupt.clear)
    freed: list[str] = []
    native = Native(interrupt)
    running = asyncio.create_task(thread.run(native))
    await begun(native.begun)
    waiting = [
        asyncio.create_task(thread.run(lambda _stop: "ran", priority))
        for priority in (Priority.PERSON, Priority.BACKGROUND)
    ]
    await asyncio.sleep(0)

    await asyncio.wait_for(thread.close(lambda: freed.append("freed")), WAIT_S)

    assert await running == "interrupted"
    assert freed == ["freed"]
    for job in waiting:
        with pytest.raises(EngineError, match="closed"):
            await asyncio.wait_for(job, WAIT_S)
    with pytest.raises(EngineError, match="closed"):
        await thread.run(lambda _stop: None)


async def test_a_reply_cut_off_by_closing_is_an_error_not_a_short_reply(interrupt: Interrupt) -> None:
    thread = EngineThread("test engine", interrupt.set, interrupt.clear)

    def write(_stop: StopSignal, emit: Callable[[str], None]) -> None:
        emit("Tighten to")
        interrupt.raised.wait(WAIT_S)

    stream = thread.stream(write)
    assert await anext(stream) == "Tighten to"
    await asyncio.wait_for(thread.close(lambda: None), WAIT_S)

    with pytest.raises(EngineError, match="closed"):
        await anext(stream)


async def test_closing_twice_at_once_frees_once_and_both_wait_for_it() -> None:
    thread = EngineThread("test engine")
    freed: list[str] = []

    await asyncio.gather(*(thread.close(lambda: freed.append("freed")) for _ in range(3)))

    assert freed == ["freed"]


def test_a_loop_that_is_gone_does_not_take_the_thread_with_it() -> None:
    thread = EngineThread("test engine")
    go = threading.Event()
    done = threading.Event()

    def work(_stop: StopSignal) -> None:
        go.wait(WAIT_S)
        done.set()

    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(thread.run(work), 0.01)

    asyncio.run(give_up())
    go.set()
    assert done.wait(WAIT_S)

    async def later() -> str:
        try:
            return await asyncio.wait_for(thread.run(lambda _stop: "alive"), WAIT_S)
        finally:
            await thread.close(lambda: None)

    assert asyncio.run(later()) == "alive"
