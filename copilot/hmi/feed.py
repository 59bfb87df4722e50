"""What happens, for whoever follows it: the screen of a panel, a stream of events, a terminal.

Sources and alarms live in threads of their own, followers in the loop of whoever shows them. A follower who is slow
never holds anybody up: of signals it gets the newest state, of alarms and advice everything, up to a bound.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from copilot.hmi.values import Advice, Alarm, SignalState

EVERY_S: Final = 0.25
"""How often a follower is told of changed signals: more often nobody can see."""
_MOST_WAITING: Final = 1000


@dataclass(frozen=True, slots=True)
class SignalsChanged:
    """Signals have new values: their newest state."""

    states: tuple[SignalState, ...]


@dataclass(frozen=True, slots=True)
class AlarmChanged:
    """An alarm came, changed, or ended."""

    alarm: Alarm


@dataclass(frozen=True, slots=True)
class AdviceReady:
    """An advice is ready."""

    advice: Advice


FeedEvent = SignalsChanged | AlarmChanged | AdviceReady


@dataclass(eq=False)
class _Follower:
    loop: asyncio.AbstractEventLoop
    wake: asyncio.Event
    changed: set[str] = field(default_factory=set)
    events: deque[FeedEvent] = field(default_factory=lambda: deque(maxlen=_MOST_WAITING))
    woken: bool = False


class Feed:
    """Hands on what happens.

    Args:
        states: Gives the newest state of signals.
    """

    def __init__(self, states: Callable[[Sequence[str]], Sequence[SignalState]]) -> None:
        self._states = states
        self._lock = threading.Lock()
        self._followers: set[_Follower] = set()

    def changed(self, names: Iterable[str]) -> None:
        """Signals have new values. Called thousands of times a second: does next to nothing."""
        if not self._followers:
            return
        with self._lock:
            for follower in self._followers:
                follower.changed.update(names)
                self._wake(follower)

    def happened(self, event: AlarmChanged | AdviceReady) -> None:
        """Tell every follower, at once."""
        with self._lock:
            for follower in self._followers:
                follower.events.append(event)
                self._wake(follower)

    async def follow(self, *, every_s: float = EVERY_S) -> AsyncGenerator[FeedEvent, None]:
        """What happens from now on, until the generator is closed.

        Args:
            every_s: How often changed signals are told of at most; alarms and advice come at once.
        """
        follower = _Follower(asyncio.get_running_loop(), asyncio.Event())
        loop = follower.loop
        with self._lock:
            self._followers.add(follower)
        told_s = 0.0
        try:
            while True:
                due = told_s + every_s - loop.time() if follower.changed else None
                if due is None or due > 0:
                    try:
                        async with asyncio.timeout(due):
                            await follower.wake.wait()
                    except TimeoutError:
                        pass
                with self._lock:
                    follower.wake.clear()
                    follower.woken = False
                    events = list(follower.events)
                    follower.events.clear()
                    names: set[str] = set()
                    if loop.time() - told_s >= every_s:
                        names, follower.changed = follower.changed, set()
                for event in events:
                    yield event
                if names:
                    told_s = loop.time()
                    yield SignalsChanged(tuple(self._states(sorted(names))))
        finally:
            with self._lock:
                self._followers.discard(follower)

    def _wake(self, follower: _Follower) -> None:
        if follower.woken:
            return
        follower.woken = True
        try:
            follower.loop.call_soon_threadsafe(follower.wake.set)
        except RuntimeError:  # its loop has been closed: the follower is gone without having said so
            follower.woken = False
