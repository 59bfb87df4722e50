"""Other protocols under a path of the endpoint: behind its keys, limits and rules, and none of its business."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from copilot.http.problems import problem_of, respond
from copilot.http.security.callers import Caller, Role
from copilot.http.services import Services
from index.errors import EdgeCopilotError

_CALLER: Final = "edge_copilot.caller"


@dataclass(frozen=True, slots=True)
class Mounted:
    """What answers under the path, made for one server.

    Attributes:
        app: Answers.
        running: Entered when the server has begun, left before it ends.
    """

    app: ASGIApp
    running: AbstractAsyncContextManager[object]


@dataclass(frozen=True, slots=True)
class Mount:
    """A path of the endpoint that something else answers.

    Attributes:
        path: Exactly this one.
        role: What whoever calls it must be allowed to do at least.
        build: Makes what answers.
    """

    path: str
    role: Role
    build: Callable[[Services], Mounted]

    def route(self) -> Route:
        """The path as a route."""
        return Route(self.path, endpoint=_Guarded(self), include_in_schema=False)

    @asynccontextmanager
    async def running(self, app: Starlette, services: Services) -> AsyncIterator[None]:
        """Let it answer for as long as this is entered."""
        made = self.build(services)
        setattr(app.state, _answering(self.path), made.app)
        async with made.running:
            yield


class _Guarded:
    """Lets through whoever has the role, and tells what is behind it who that is."""

    def __init__(self, mount: Mount) -> None:
        self._mount = mount

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = HTTPConnection(scope)
        state = connection.app.state
        try:
            caller = state.services.gate.admit(connection, self._mount.role)
        except EdgeCopilotError as error:
            await respond(problem_of(error))(scope, receive, send)
            return
        scope.setdefault("state", {})[_CALLER] = caller
        await getattr(state, _answering(self._mount.path))(scope, receive, send)


def _answering(path: str) -> str:
    return f"answering {path}"


def caller_of(request: Request) -> Caller:
    """Who sent a request that came through a mount."""
    caller: Caller = request.scope["state"][_CALLER]
    return caller
