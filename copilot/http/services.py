"""What the routes stand on: the assembled application, with what only a server needs beside it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from copilot.answering.flow import AskOptions
from copilot.assembly import Assembly
from copilot.http.finding import Finder
from copilot.http.metrics import Metrics
from copilot.http.problems import Refused
from copilot.http.queueing.desk import Asking, Desk
from copilot.http.queueing.pool import Pool
from copilot.http.recent import RecentAnswers
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
        finder: Looks into the index, in threads of its own.
        keeping: Threads in which conversations, notes and the outbox are read and written.
        drawing: A thread in which pages are drawn.
        recent: The answers given lately.
        metrics: What is counted.
        gate: Knows who asks.
        stopping: Set when the server is told to stop: endless streams end then.
        started_at: With a time zone.
        use_model: False where answers only quote.
    """

    settings: Settings
    assembly: Assembly
    desk: Desk
    finder: Finder
    keeping: Pool
    drawing: Pool
    recent: RecentAnswers
    metrics: Metrics
    gate: Gate
    stopping: asyncio.Event
    started_at: datetime
    use_model: bool

    def ask(self, question: str, options: AskOptions, caller: Caller) -> Asking:
        """Begin to answer a caller's question; see `Desk.ask`. Its ``filter`` must be one that `Finder.scope` gave.

        Raises:
            Busy: Too many wait already.
            Refused: The server is stopping.
        """
        if self.stopping.is_set():
            raise Refused(503, "The server is being shut down.", "Ask again in a moment.", 5.0)
        return self.desk.ask(question, options, caller.client, lambda answer: self.recent.add(caller.key, answer))


async def services_of(connection: HTTPConnection) -> Services:
    """The services of the server that a request came to."""
    services: Services = connection.app.state.services
    return services


ServicesOf = Annotated[Services, Depends(services_of)]
"""Declare a parameter with it to get the services; works for requests and WebSockets."""


def _caller_who_may(role: Role) -> object:
    async def caller(connection: HTTPConnection, services: ServicesOf) -> Caller:
        return services.gate.admit(connection, role)

    return Depends(caller)


Reader = Annotated[Caller, _caller_who_may("read")]
Asker = Annotated[Caller, _caller_who_may("ask")]
Noter = Annotated[Caller, _caller_who_may("note")]
Admin = Annotated[Caller, _caller_who_may("admin")]
"""Declare a parameter with one of these to learn who asks; whoever may not is answered before the route runs."""
