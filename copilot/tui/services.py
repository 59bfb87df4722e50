"""The application as the screens see it: built off the event loop at its first use, and built anew when it changed.

Nothing here runs on the event loop for longer than it takes to hand work to a thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from copilot.settings import Settings

if TYPE_CHECKING:
    from copilot.answering.flow import Copilot
    from copilot.assembly import Assembly
    from copilot.doctor import Finding
    from copilot.library import Shelf

T = TypeVar("T")

_THREADS = 6


class Services:
    """The parts of the application, for one set of settings.

    Args:
        settings: Of the data directory.
        examine: Looks at this machine, for the health screen; default: the doctor.
        look: Looks around, for the status line; default: `copilot.tui.surroundings.look`.
    """

    def __init__(
        self,
        settings: Settings,
        examine: Callable[[], Iterator[Finding]] | None = None,
        look: Callable[[Assembly], Mapping[str, object]] | None = None,
    ) -> None:
        self.settings = settings
        self._examine = examine
        self._look = look
        # Of its own: a long ingest must not take the threads that answering works on.
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="tui")
        self._building = asyncio.Lock()
        self._assembly: Assembly | None = None
        self._copilot: Copilot | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def off(self, work: Callable[..., T], *arguments: object) -> T:
        """Run ``work`` on a thread. It goes on to its end if whoever waits is cancelled."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    async def assembly(self) -> Assembly:
        """The assembly, built at the first call."""
        async with self._building:
            if self._assembly is None:
                self._assembly = await self.off(self._build)
        return self._assembly

    def _build(self) -> Assembly:
        from copilot.assembly import Assembly

        return Assembly(self.settings)

    async def copilot(self) -> Copilot:
        """The answer flow."""
        assembly = await self.assembly()
        async with self._building:
            if self._copilot is None or self._assembly is not assembly:
                self._copilot = await self.off(assembly.copilot)
        return self._copilot

    async def begin_loading(self) -> None:
        """Let the language model load beside everything else. What fails is told by the first answer."""
        assembly = await self.assembly()
        await self.off(assembly.begin_loading)

    async def refresh(self) -> None:
        """Build anew at the next use: models or the index have changed. An answer in the making ends as it began."""
        async with self._building:
            old, self._assembly, self._copilot = self._assembly, None, None
        if old is not None:
            task = asyncio.create_task(old.close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    @property
    def shelf(self) -> Shelf:
        """The documents. Called off the event loop."""
        from copilot.library import Shelf

        return Shelf(self.settings)

    def examine(self) -> Iterator[Finding]:
        """What the doctor finds, as he finds it. Called off the event loop."""
        if self._examine is not None:
            return self._examine()
        from copilot.doctor import examine

        return examine(lambda: self.settings, self.settings.data_dir, _embedder_name)

    def look(self, assembly: Assembly) -> Mapping[str, object]:
        """How things stand, for the status line. Called off the event loop."""
        if self._look is not None:
            return self._look(assembly)
        from copilot.tui.surroundings import look

        return look(assembly)

    async def close(self) -> None:
        """Close everything; waits for a model that is being loaded."""
        await self.refresh()
        await asyncio.gather(*self._closing, return_exceptions=True)
        self._threads.shutdown(wait=False, cancel_futures=True)


def _embedder_name(settings: Settings) -> str | None:
    from copilot.assembly import Assembly

    embedder = Assembly(settings).embedder
    return embedder.name if embedder is not None else None
