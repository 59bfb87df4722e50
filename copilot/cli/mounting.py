"""What ``serve`` offers under paths of the endpoint: the tools for assistants, where both faces meet."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from starlette.requests import Request

from copilot.answering.events import Event
from copilot.answering.flow import AskOptions
from copilot.assembly import Assembly
from copilot.http.mounting import Mount, Mounted, caller_of
from copilot.http.queueing.fair import Waiting
from copilot.http.security.callers import Caller
from copilot.http.services import Services
from copilot.mcp import Guest, build_server
from copilot.mcp.serving import PATH
from copilot.settings import Settings
from index.store import Store

if TYPE_CHECKING:
    from copilot.mcp.hosting import Right

T = TypeVar("T")


def mounts_of(settings: Settings) -> list[Mount]:
    """What is mounted for these settings."""
    return (
        [Mount(PATH, "read", lambda services: _tools(services, settings.mcp.restricted))] if settings.mcp.serve else []
    )


def _tools(services: Services, restricted: bool) -> Mounted:
    server = build_server(ServedHost(services), restricted=restricted)
    server.streamable_http_app(stateless_http=True)  # makes the session manager; names of hosts are checked before it
    manager = server.session_manager
    return Mounted(manager.handle_request, manager.run())


_NOBODY: Final = Caller("", roles=frozenset())


@dataclass(frozen=True, slots=True)
class _KnownGuest(Guest):
    """A guest whose key is known."""

    caller: Caller = _NOBODY


class ServedHost:
    """The endpoint as the place where tools run: its callers, turns and threads."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @property
    def assembly(self) -> Assembly:
        """See `Host.assembly`."""
        return self._services.assembly

    def guest(self, request: Request | None) -> Guest:
        """See `Host.guest`."""
        assert request is not None, "it came by HTTP"
        caller = caller_of(request)
        rights: tuple[Right, ...] = ("read", "ask", "note")
        may = frozenset(right for right in rights if caller.may(right))
        return _KnownGuest(caller.client, may, caller.sees, caller)

    async def look(self, guest: Guest, work: Callable[[Store], T]) -> T:
        """See `Host.look`."""
        return await self._services.finder.look(work, _caller(guest))

    async def ask(self, guest: Guest, question: str, options: AskOptions) -> AsyncGenerator[Event, None]:
        """See `Host.ask`."""
        async with self._services.ask(question, options, _caller(guest)) as asking:
            async for event in asking:
                if not isinstance(event, Waiting):
                    yield event


def _caller(guest: Guest) -> Caller:
    assert isinstance(guest, _KnownGuest), "every guest of this host is"
    return guest.caller
