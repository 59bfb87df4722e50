"""The fair queue: turns go round between clients, and none is ever lost."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from copilot.http.queueing.fair import Busy, FairQueue, Seat, Waiting
from index.errors import EngineError


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


async def _spin() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def _stand(queue: FairQueue, client: str, order: list[str], name: str) -> tuple[Seat, asyncio.Task[None]]:
    seat = queue.admit(client)

    async def wait() -> None:
        await seat.turn()
        order.append(name)

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    return seat, task


async def test_turns_go_round_between_clients_however_many_one_of_them_sent() -> None:
    queue, order = FairQueue(), []
    seats = [await _stand(queue, client, order, name) for client, name in
             (("a", "a1"), ("a", "a2"), ("a", "a3"), ("b", "b1"), ("c", "c1"), ("b", "b2"))]  # fmt: skip
    by_name = dict(zip(("a1", "a2", "a3", "b1", "c1", "b2"), seats, strict=True))
    for served in range(len(seats)):
        await _spin()
        assert len(order) == served + 1, "one at a time"
        by_name[order[-1]][0].leave()

    assert order == ["a1", "a2", "b1", "c1", "a3", "b2"]
    assert queue.seated == queue.running == queue.waiting == 0


async def test_whoever_waits_is_told_of_its_place_and_of_the_time_that_turns_take() -> None:
    clock, told = Clock(), []
    queue = FairQueue(clock=clock)
    first = queue.admit("a")
    await first.turn()
    clock.now_s = 10.0
    first.leave()

    running, second, third = queue.admit("a"), queue.admit("b"), queue.admit("c")
    await running.turn(told.append)
    tasks = [asyncio.create_task(second.turn()), asyncio.create_task(third.turn(told.append))]
    await asyncio.sleep(0)
    running.leave()
    second.leave()
    await asyncio.wait(tasks)

    assert [place.position for place in told] == [2, 1, 0]
    assert told[0].expected_wait_s == 12.0  # two turns of 6 s: the first guess of 5 s, moved towards the 10 s seen
    assert told[-1] == Waiting(0, 0.0)


async def test_more_than_there_are_seats_are_sent_away_and_told_when_to_come_back() -> None:
    queue = FairQueue(most=3, most_each=2)
    seats = [queue.admit("a"), queue.admit("a")]
    with pytest.raises(Busy) as own:
        queue.admit("a")
    seats.append(queue.admit("b"))
    with pytest.raises(Busy) as full:
        queue.admit("c")

    assert own.value.retry_after_s >= 1
    assert full.value.retry_after_s >= 1
    seats[0].leave()
    queue.admit("c").leave()


async def test_whoever_gives_up_while_waiting_leaves_its_place_to_the_next() -> None:
    queue, order = FairQueue(), []
    running, _ = await _stand(queue, "a", order, "a")
    waiting, gone = await _stand(queue, "b", order, "b")
    last, _ = await _stand(queue, "c", order, "c")

    gone.cancel()
    waiting.leave()
    running.leave()
    await _spin()

    assert order == ["a", "c"]
    last.leave()
    assert queue.seated == 0


async def test_a_closed_queue_refuses_whoever_waits_and_lets_the_running_end() -> None:
    queue = FairQueue()
    running, waiting = queue.admit("a"), queue.admit("b")
    await running.turn()
    task = asyncio.create_task(waiting.turn())
    await asyncio.sleep(0)

    queue.close()

    with pytest.raises(EngineError):
        await task
    assert queue.running == 1
    with pytest.raises(EngineError):
        await queue.admit("c").turn()


class Turns(RuleBasedStateMachine):
    """Clients come, stand in line, and leave in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.queue = FairQueue(2, most=12, most_each=5)
        self.seats: list[Seat] = []
        self.tasks: dict[Seat, asyncio.Task[None]] = {}

    def _spin(self) -> None:
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.run_until_complete(asyncio.sleep(0))

    @rule(client=st.sampled_from("abcd"))
    def come(self, client: str) -> None:
        try:
            self.seats.append(self.queue.admit(client))
        except Busy:
            own = sum(seat.client == client for seat in self.seats)
            assert len(self.seats) == 12 or own == 5

    @precondition(lambda self: self.seats)
    @rule(data=st.data())
    def stand(self, data: st.DataObject) -> None:
        seat = data.draw(st.sampled_from(self.seats))
        if seat not in self.tasks:
            self.tasks[seat] = self.loop.create_task(seat.turn())
            self._spin()

    @precondition(lambda self: self.seats)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        seat = data.draw(st.sampled_from(self.seats))
        seat.leave()
        seat.leave()
        self.seats.remove(seat)
        self.tasks.pop(seat, None)
        self._spin()

    @invariant()
    def turns_are_given_while_there_are_any(self) -> None:
        given = sum(task.done() for task in self.tasks.values())
        assert given == self.queue.running == min(2, len(self.tasks))
        assert self.queue.waiting == len(self.tasks) - given
        assert self.queue.seated == len(self.seats)

    def teardown(self) -> None:
        for seat in self.seats:
            seat.leave()
        self._spin()
        assert self.queue.seated == self.queue.running == self.queue.waiting == 0
        self.loop.close()


TestTurns = Turns.TestCase
TestTurns.settings = hypothesis_settings(max_examples=40, stateful_step_count=30, deadline=None)
