"""What the routes stand on: the assembled application, with what only a server needs beside it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from copilot.assembly import Assembly
from copilot.http.finding import Finder
from copilot.http.queueing.desk import Desk
from copilot.http.security.callers import Caller, Role
from copilot.http.security.gate import Gate
from copilot.settings import Settings


@dataclass(frozen=True, slots=True)
class Services:
    """Made when the server starts, closed when it ends.

    Attributes:
        settings: Of the server.
        assembly: Every part of the application.
        desk: Takes questions for the model.
        finder: Searches, in threads of its own.
        gate: Knows who asks.
        stopping: Set when the server is told to stop: endless streams end then.
        started_at: With a time zone.
        use_model: False where answers only quote.
    """

    settings: Settings
    assembly: Assembly
    desk: Desk
    finder: Finder
    gate: Gate
    stopping: asyncio.Event
    started_at: datetime
    use_model: bool


def services_of(connection: HTTPConnection) -> Services:
    """The services of the server that a request came to."""
    services: Services = connection.app.state.services
    return services


ServicesOf = Annotated[Services, Depends(services_of)]
"""Declare a parameter with it to get the services; works for requests and WebSockets."""


def _caller_who_may(role: Role) -> object:
    def caller(connection: HTTPConnection, services: ServicesOf) -> Caller:
        return services.gate.admit(connection, role)

    return Depends(caller)


Reader = Annotated[Caller, _caller_who_may("read")]
Asker = Annotated[Caller, _caller_who_may("ask")]
Noter = Annotated[Caller, _caller_who_may("note")]
Admin = Annotated[Caller, _caller_who_may("admin")]
"""Declare a parameter with one of these to learn who asks; whoever may not is answered before the route runs."""
