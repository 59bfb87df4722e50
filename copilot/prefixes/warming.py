"""Warming: the KV of passages computed before anyone asks, in idle time, so that the first word comes at once."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from time import monotonic
from typing import Final

from copilot.engines.base import Prompt, ReadingEngine
from index.errors import EngineError, EngineGone

AWAY_S: Final = 0.5
"""Between two looks at an engine that is being started again."""


@dataclass(frozen=True, slots=True)
class WarmProgress:
    """How far a warming is.

    Attributes:
        done, total: Passages looked at, and all.
        computed: How many of those done had to be computed.
        took_s: Seconds so far.
    """

    done: int
    total: int
    computed: int
    took_s: float


async def warm(
    engine: ReadingEngine,
    prompts: Iterable[Prompt],
    total: int,
    *,
    progress: Callable[[WarmProgress], None] = lambda _: None,
    may_go_on: Callable[[], bool] = lambda: True,
) -> WarmProgress:
    """Compute and keep the prefix of every prompt that isn't kept yet, in the order given.

    A question to the engine interrupts at once; the interrupted prefix is begun again afterwards. An engine that is
    away is waited for; a passage over which it went is left out.

    Args:
        engine: Has the model.
        prompts: One for each passage, the most valuable first.
        total: How many there are.
        progress: Called after each.
        may_go_on: Asked before each: False ends (battery, a person's wish).
    """
    begun = monotonic()
    state = WarmProgress(0, total, 0, 0.0)
    for prompt in prompts:
        if not may_go_on():
            break
        while (was_warm := await _is_warm(engine, prompt)) is None:
            if not may_go_on():
                return state
            await asyncio.sleep(AWAY_S)
        try:
            while not was_warm and not await engine.warm(prompt):
                if not may_go_on():
                    return state
                await asyncio.sleep(0.05)  # let the question that interrupted come first
        except EngineError:
            was_warm = True  # longer than the model's context, or the end of its process: it will be quoted, never read
        state = WarmProgress(state.done + 1, total, state.computed + (not was_warm), monotonic() - begun)
        progress(state)
    return state


async def _is_warm(engine: ReadingEngine, prompt: Prompt) -> bool | None:
    """Whether the prefix is kept; None while the engine is away."""
    try:
        return (await engine.is_warm([prompt]))[0]
    except EngineGone:
        return None


class IdleWarmer:
    """Warms on a thread of its own while a face waits for its person.

    Args:
        engine: Has the model.
        prompts: Gives the passages' prompts, the most valuable first.
        may_run: Asked before each passage, such as whether the machine is on mains power.
    """

    def __init__(
        self, engine: ReadingEngine, prompts: Callable[[], Iterator[Prompt]], may_run: Callable[[], bool]
    ) -> None:
        self._stop = threading.Event()
        self._engine = engine
        self._prompts = prompts
        self._may_run = may_run
        self._thread = threading.Thread(target=self._work, name="idle warmer", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        with contextlib.suppress(EngineError):  # it was closed meanwhile
            self._warm()

    def _warm(self) -> None:
        asyncio.run(
            warm(
                self._engine,
                self._prompts(),
                0,
                may_go_on=lambda: not self._stop.is_set() and self._may_run(),
            )
        )

    def stop(self) -> None:
        """End; a passage that is being computed is given up by the engine's closing or ends first."""
        self._stop.set()

    def join(self) -> None:
        """Wait for the end: only then may be closed what the prompts are read from."""
        self._thread.join()
