"""Threads for one kind of work, given out by turns."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from copilot.http.queueing.fair import FairQueue

T = TypeVar("T")


class Pool:
    """Runs what blocks, off the event loop.

    Args:
        name: Of its threads, for whoever looks at a stack dump.
        threads: How much at the same time.
        most: How much in all, waiting included.
    """

    def __init__(self, name: str, threads: int, most: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self.queue = FairQueue(threads, most, most, what="requests", first_guess_s=0.05)

    async def run(self, work: Callable[[], T], client: str) -> T:
        """Run ``work`` when it is the client's turn.

        Raises:
            Busy: Too much waits already.
            EngineError: The pool was closed meanwhile.
        """
        with self.queue.admit(client) as seat:
            await seat.turn()
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        """Refuse what waits, finish what runs, end the threads."""
        self.queue.close()
        self._threads.shutdown(cancel_futures=True)
