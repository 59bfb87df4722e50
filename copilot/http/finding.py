"""Searching for many at once, in threads apart from everything else, so that it stays quick while a model writes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from copilot.answering.wire import PassageJson
from copilot.assembly import Assembly
from copilot.http.queueing.fair import FairQueue
from copilot.http.wire import SearchJson
from index.passages import SearchFilter

T = TypeVar("T")


class Finder:
    """Looks things up in the index.

    Args:
        assembly: Gives the index once it is there.
        threads: Searches at the same time.
        most: Searches in all, those that wait included.
    """

    def __init__(self, assembly: Assembly, threads: int, most: int) -> None:
        self._assembly = assembly
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="search")
        self.queue = FairQueue(threads, most, most)

    async def search(self, query: str, k: int, wanted: SearchFilter, client: str) -> SearchJson:
        """Find passages.

        Raises:
            Busy: Too many searches wait already.
            QuestionError, UsageError, StoreError: As `Searcher.search`.
        """
        return await self.run(lambda: self._search(query, k, wanted), client)

    async def run(self, look: Callable[[], T], client: str) -> T:
        """Run ``look`` in one of the threads, when it is the client's turn."""
        with self.queue.admit(client) as seat:
            await seat.turn()
            return await asyncio.get_running_loop().run_in_executor(self._pool, look)

    def _search(self, query: str, k: int, wanted: SearchFilter) -> SearchJson:
        result = self._assembly.searcher.search(query, k, wanted)
        ages = self._assembly.ages()
        return SearchJson(
            query=result.query,
            took_ms=result.took_ms,
            passages=tuple(PassageJson.of(passage, ages) for passage in result.passages),
            notices=result.notices,
        )

    async def check(self) -> None:
        """See whether the index can be read.

        Raises:
            StoreError: It can't.
        """
        await asyncio.get_running_loop().run_in_executor(self._pool, lambda: self._assembly.store.data_version())

    def close(self) -> None:
        """End the threads; what is being looked up is finished first."""
        self.queue.close()
        self._pool.shutdown(cancel_futures=True)
