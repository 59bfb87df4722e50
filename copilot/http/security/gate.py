"""The gate: tells who asks, and lets through whoever may."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from copilot.http.security.callers import Caller, Role


class Gate:
    """Knows who asks."""

    def admit(self, connection: HTTPConnection, role: Role) -> Caller:
        """Who sent a request."""
        client = connection.client
        return Caller(f"{client.host}:{client.port}" if client else "unknown")
