"""Looking into the index for many at once, in threads of its own, so that it stays quick while a model writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from copilot.answering.present import documents_of
from copilot.answering.wire import PassageJson
from copilot.assembly import Assembly
from copilot.http.queueing.pool import Pool
from copilot.http.security.callers import Caller
from copilot.http.security.scope import within
from copilot.http.wire import SearchJson
from index.passages import SearchFilter
from index.store import Store

T = TypeVar("T")


class Finder:
    """Looks things up in the index, within what a caller may see.

    Args:
        assembly: Gives the index once it is there.
        pool: Where it looks.
    """

    def __init__(self, assembly: Assembly, pool: Pool) -> None:
        self._assembly = assembly
        self.pool = pool

    async def look(self, work: Callable[[Store], T], caller: Caller) -> T:
        """Run ``work`` on the index.

        Raises:
            Busy: Too many look already.
            StoreError: There is no index, or none that can be read.
        """
        return await self.pool.run(lambda: work(self._assembly.store), caller.client)

    async def scope(
        self,
        caller: Caller,
        collections: Sequence[str] = (),
        documents: Sequence[str] = (),
        languages: Sequence[str] = (),
    ) -> SearchFilter:
        """What is asked for, within what the caller may see.

        Raises:
            UsageError, Refused: As `within`.
        """
        wanted = collections or self._usual(caller)
        if caller.collections is None:
            return SearchFilter(tuple(wanted), tuple(documents), tuple(languages))
        return await self.look(lambda store: within(caller, store, wanted, documents, languages), caller)

    async def search(
        self,
        caller: Caller,
        query: str,
        k: int,
        collections: Sequence[str] = (),
        documents: Sequence[str] = (),
        languages: Sequence[str] = (),
    ) -> SearchJson:
        """Find passages.

        Raises:
            Busy: Too many searches wait already.
            QuestionError, UsageError, StoreError: As `Searcher.search`.
            Refused: As `within`.
        """
        wanted = collections or self._usual(caller)

        def search(store: Store) -> SearchJson:
            scope = documents_of(within(caller, store, wanted, documents, languages))
            if scope is None:
                return SearchJson(query=query, took_ms=0.0, passages=())
            result = self._assembly.searcher.search(query, k, scope)
            ages = self._assembly.ages() if result.passages else None
            return SearchJson(
                query=result.query,
                took_ms=result.took_ms,
                passages=tuple(PassageJson.of(passage, ages) for passage in result.passages),
                notices=result.notices,
            )

        return await self.look(search, caller)

    async def check(self) -> None:
        """See whether the index can be read.

        Raises:
            StoreError: It can't.
        """
        await self.pool.run(lambda: self._assembly.store.data_version(), "readiness")

    def _usual(self, caller: Caller) -> tuple[str, ...]:
        """Where it is looked when nobody says where."""
        return tuple(name for name in self._assembly.settings.search.collections if caller.sees(name))

    async def warm(self) -> None:
        """Read what would make the first search slow.

        Raises:
            EdgeCopilotError: There is no index, or none that can be read.
        """
        await self.pool.run(self._warm, "warming")

    def _warm(self) -> None:
        self._assembly.searcher.warm()
        self._assembly.searcher.search("F0001", 1)  # loads the embedder
