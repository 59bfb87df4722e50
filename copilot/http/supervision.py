"""Word to systemd: that the endpoint answers, that it still lives, that it stops.

Nothing happens where systemd hasn't started it. Source: ``sd_notify(3)`` and ``sd_watchdog_enabled(3)``.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final, Self

from fastapi import APIRouter

from copilot.http.services import Services

log = logging.getLogger(__name__)

router = APIRouter()

_PINGS: Final = 3  # within the time after which systemd takes the service for dead
_MICROSECONDS: Final = 1_000_000


class Supervisor:
    """Whoever started this process and watches over it.

    Args:
        address: Of its datagram socket; one that begins with ``@`` is abstract.
        watchdog_s: After so many seconds without a word it ends the process; None: it doesn't.
    """

    def __init__(self, address: str, watchdog_s: float | None) -> None:
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self.watchdog_s = watchdog_s

    @classmethod
    def of(cls, environment: Mapping[str, str], pid: int) -> Self | None:
        """The one that ``environment`` tells of; None where there is none, or where it means another process."""
        address = environment.get("NOTIFY_SOCKET", "")
        if not address.startswith(("/", "@")):
            return None
        usec = environment.get("WATCHDOG_USEC", "")
        meant = environment.get("WATCHDOG_PID", str(pid)) == str(pid)
        return cls(address, int(usec) / _MICROSECONDS if meant and usec.isdecimal() and int(usec) else None)

    def tell(self, *words: str) -> None:
        """Tell it something, such as ``READY=1``. Where it doesn't listen, the endpoint goes on all the same."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.setblocking(False)
                sender.sendto("\n".join(words).encode(), self._address)
        except OSError as error:
            log.warning("systemd could not be told: %s", error.strerror or type(error).__name__)


async def keep_telling(supervisor: Supervisor, alive: Callable[[], Awaitable[None]]) -> None:
    """Say that the endpoint lives for as long as it does: the event loop runs, and ``alive`` comes back in time.

    An error is an answer, too: an index that is missing is not mended by a restart.
    """
    if supervisor.watchdog_s is None:
        return
    while True:
        try:
            async with asyncio.timeout(supervisor.watchdog_s):
                await alive()
        except TimeoutError:
            continue
        except Exception as error:  # whatever it says, it came back
            log.debug("asked for a sign of life: %s", type(error).__name__)
        supervisor.tell("WATCHDOG=1")
        await asyncio.sleep(supervisor.watchdog_s / _PINGS)


@asynccontextmanager
async def running(services: Services) -> AsyncIterator[None]:
    """Tell systemd for as long as the server runs."""
    supervisor = Supervisor.of(os.environ, os.getpid())
    if supervisor is None:
        yield
        return
    telling = asyncio.create_task(keep_telling(supervisor, services.finder.check))
    # Connections are taken from the moment on in which the socket was opened, which was before this.
    supervisor.tell("READY=1", "STATUS=Answering.")
    stopping = asyncio.create_task(_tell_of_stopping(supervisor, services.stopping))
    try:
        yield
    finally:
        supervisor.tell("STOPPING=1")
        for task in (telling, stopping):
            task.cancel()
        await asyncio.wait([telling, stopping])


async def _tell_of_stopping(supervisor: Supervisor, stopping: asyncio.Event) -> None:
    await stopping.wait()
    supervisor.tell("STOPPING=1", "STATUS=Finishing what was begun.")
