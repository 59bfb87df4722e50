"""Keeps a source running: whatever ends it, it is begun again, later and later, for as long as the program runs."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from copilot.hmi.sources.base import Intake, Source
from index.errors import EdgeCopilotError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before the next attempt.

    Attributes:
        first_s: After the first failure; doubled with each further one.
        longest_s: Never longer.
        spread: Share of the time that is left to chance, so that the clients of a server that comes back don't all
            come at once.
    """

    first_s: float = 0.5
    longest_s: float = 30.0
    spread: float = 0.3

    def delay_s(self, failures: int, rng: random.Random) -> float:
        """The wait after so many failures in a row, from 1 on."""
        whole = min(self.longest_s, self.first_s * 2.0 ** min(failures - 1, 30))
        return whole * (1 - self.spread * rng.random())


async def keep_running(
    source: Source,
    intake: Intake,
    down: Callable[[str], None],
    *,
    was_up: Callable[[], bool],
    backoff: Backoff | None = None,
    rng: random.Random | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Run ``source`` until the task is cancelled.

    Args:
        source: What to run.
        intake: What takes its values.
        down: Told, with the reason for a person, each time that it ends.
        was_up: Whether it has been up since it was last down: then the wait begins anew from its shortest.
        backoff: How long to wait.
        rng: Chance.
        sleep: Waits.
    """
    backoff = backoff or Backoff()
    rng = rng or random.Random()  # noqa: S311 - spreads attempts, guards nothing
    failures = 0
    while True:
        try:
            await source.run(intake)
            reason = "the link was closed"
        except asyncio.CancelledError:
            down("stopped")
            raise
        except EdgeCopilotError as error:
            reason = str(error)
        except Exception as error:
            # A library met something that it doesn't know; the plant's other sources go on, and this one is tried anew.
            log.warning("source %s failed: %s", source.name, type(error).__name__)
            log.debug("source %s", source.name, exc_info=error)
            reason = f"it failed ({type(error).__name__})"
        failures = 1 if was_up() else failures + 1
        down(reason)
        await sleep(backoff.delay_s(failures, rng))
