"""A queue that is fair between clients: each in turn, however many questions one of them has sent.

Belongs to one event loop. Whoever comes in has a seat; a seat stands in line only once it needs the model, so that a
question which turns out to need none keeps nobody waiting.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from types import TracebackType
from typing import Final, Self

from index.errors import EdgeCopilotError, EngineError

_FIRST_GUESS_S: Final = 5.0
_WEIGHT: Final = 0.2  # of the newest turn in the average


class Busy(EdgeCopilotError):
    """Too many are waiting.

    Attributes:
        retry_after_s: When it is worth asking again.
    """

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message, "Wait, then ask again.")
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Waiting:
    """Where a question stands in line.

    Attributes:
        position: How many turns are before it; 0: it is its turn.
        expected_wait_s: By how long turns have taken lately.
    """

    position: int
    expected_wait_s: float


class FairQueue:
    """Gives out turns.

    Args:
        at_once: How many turns there are at the same time.
        most: Seats in all: those whose turn it is, and those who wait.
        most_each: Seats of one client.
        what: Is waiting, in messages.
        first_guess_s: How long a turn takes, before there was one.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        at_once: int = 1,
        most: int = 64,
        most_each: int = 64,
        *,
        what: str = "questions",
        first_guess_s: float = _FIRST_GUESS_S,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._at_once = at_once
        self._most = most
        self._most_each = most_each
        self._what = what
        self._clock = clock
        self._seats: dict[str, int] = {}
        self._lines: OrderedDict[str, deque[Seat]] = OrderedDict()
        self._running: set[Seat] = set()
        self._average_s = first_guess_s
        self._closed = False

    @property
    def running(self) -> int:
        """How many have their turn."""
        return len(self._running)

    @property
    def waiting(self) -> int:
        """How many stand in line."""
        return sum(map(len, self._lines.values()))

    @property
    def seated(self) -> int:
        """How many are in, in line or not."""
        return sum(self._seats.values())

    def expected_wait_s(self, position: int) -> float:
        """How long whoever has so many turns before it will wait."""
        return round(position * self._average_s / self._at_once, 1)

    def admit(self, client: str) -> Seat:
        """Let a client in.

        Raises:
            Busy: It has too many seats already, or all are taken.
        """
        seats = self.seated
        if seats >= self._most:
            raise Busy(f"{seats} {self._what} are waiting already.", max(1.0, self.expected_wait_s(1)))
        if self._seats.get(client, 0) >= self._most_each:
            raise Busy(
                f"{self._most_each} of your {self._what} are waiting already.", max(1.0, self.expected_wait_s(1))
            )
        self._seats[client] = self._seats.get(client, 0) + 1
        return Seat(self, client)

    def close(self) -> None:
        """Refuse everybody who waits from now on; turns that were given stay."""
        self._closed = True
        for line in self._lines.values():
            for seat in line:
                seat.refuse()
        self._lines.clear()

    def _stand(self, seat: Seat) -> None:
        if self._closed:
            raise _closing()
        self._lines.setdefault(seat.client, deque()).append(seat)
        self._advance()

    def _leave(self, seat: Seat) -> None:
        left = self._seats[seat.client] - 1
        if left:
            self._seats[seat.client] = left
        else:
            del self._seats[seat.client]
        if seat in self._running:
            self._running.discard(seat)
            self._average_s += _WEIGHT * (self._clock() - seat.since_s - self._average_s)
        elif seat in (line := self._lines.get(seat.client, deque())):
            line.remove(seat)
            if not line:
                del self._lines[seat.client]
        self._advance()

    def _advance(self) -> None:
        while self._lines and len(self._running) < self._at_once:
            client, line = self._lines.popitem(last=False)
            seat = line.popleft()
            if line:
                self._lines[client] = line  # behind all others
            self._running.add(seat)
            seat.give(self._clock())
        for position, seat in enumerate(self._order(), start=len(self._running) - self._at_once + 1):
            seat.place(Waiting(position, self.expected_wait_s(position)))

    def _order(self) -> list[Seat]:
        """Those in line in the order in which it will be their turn."""
        lines = [list(line) for line in self._lines.values()]
        deepest = max(map(len, lines), default=0)
        return [line[depth] for depth in range(deepest) for line in lines if depth < len(line)]


class Seat:
    """Of one question. Leave it, or use it in ``with``."""

    def __init__(self, queue: FairQueue, client: str) -> None:
        self.client = client
        self.since_s = 0.0
        self._queue = queue
        self._turn: asyncio.Future[None] | None = None
        self._place: Waiting | None = None
        self._tell: Callable[[Waiting], None] | None = None
        self._left = False

    async def turn(self, tell: Callable[[Waiting], None] | None = None) -> None:
        """Stand in line until it is this seat's turn, which lasts until it is left. Once it is, comes back at once.

        Args:
            tell: Told of the place in line whenever it changes; not at all where nobody is before it.

        Raises:
            EngineError: The queue was closed meanwhile.
        """
        if self._turn is None:
            self._tell = tell
            self._turn = asyncio.get_running_loop().create_future()
            self._queue._stand(self)
        await asyncio.shield(self._turn)

    def give(self, now_s: float) -> None:
        """Called by the queue: it is this seat's turn."""
        self.since_s = now_s
        if self._turn is not None and not self._turn.done():
            if self._place is not None:
                self.place(Waiting(0, 0.0))
            self._turn.set_result(None)

    def place(self, place: Waiting) -> None:
        """Called by the queue: where in line it stands."""
        if place != self._place:
            self._place = place
            if self._tell is not None:
                self._tell(place)

    def refuse(self) -> None:
        """Called by the queue: it will never be this seat's turn."""
        if self._turn is not None and not self._turn.done():
            self._turn.set_exception(_closing())

    def leave(self) -> None:
        """Give the turn, or the place in line, to others. Leaving twice is leaving once."""
        if not self._left:
            self._left = True
            self._queue._leave(self)
            if self._turn is not None and not self._turn.done():
                self._turn.cancel()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()


def _closing() -> EngineError:
    return EngineError("The copilot is being shut down.")
