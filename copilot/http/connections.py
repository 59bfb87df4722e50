"""Uvicorn's connections, without those that stay for ever: a cable that was pulled, a client that never asks."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from h11 import Request
from uvicorn.protocols.http.h11_impl import H11Protocol

_LOOK_EVERY_S: Final = 30.0


class PatientProtocol(H11Protocol):
    """Uvicorn's HTTP/1.1, which gives up a connection on which no whole request has begun for a while.

    Uvicorn closes one that is idle after a request, but waits without end for the first one, and for the rest of one
    whose head has begun.
    """

    _looking: asyncio.TimerHandle | None = None
    _seen: object = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """See `asyncio.Protocol`."""
        super().connection_made(transport)
        self._look_later()

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._stop_looking()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self, event: Request) -> None:
        """Hand the connection to a WebSocket, which looks after itself."""
        self._stop_looking()
        super().handle_websocket_upgrade(event)

    def _look_later(self) -> None:
        self._looking = self.loop.call_later(_LOOK_EVERY_S, self._look)

    def _stop_looking(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None

    def _look(self) -> None:
        cycle: Any = self.cycle
        idle = cycle is None or cycle.response_complete
        if idle and self._seen is self._state_of(cycle):
            self.transport.close()
            return
        self._seen = self._state_of(cycle) if idle else None
        self._look_later()

    @staticmethod
    def _state_of(cycle: object) -> object:
        return cycle if cycle is not None else PatientProtocol
