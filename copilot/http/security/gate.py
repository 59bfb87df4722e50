"""The gate: tells who asks, and lets through whoever may, as often as they may."""

from __future__ import annotations

from typing import Final

from starlette.requests import HTTPConnection

from copilot.http.problems import Refused
from copilot.http.security.callers import Caller, Role, with_implied
from copilot.http.security.keys import KeyEntry, KeyFile
from sync.receiver.limiting import RateLimiter

_FAILURES_PER_MINUTE: Final = 20.0
_FAILURES_AT_ONCE: Final = 10
_BURST_S: Final = 10.0  # so many seconds' worth of requests may come at once
_SUBPROTOCOL: Final = "key."
_WHERE_KEYS: Final = (
    "Send one as “Authorization: Bearer KEY”. Whoever runs this server makes keys: edge-copilot keys add"
)


class Gate:
    """Knows who asks.

    Args:
        keys: The keys.
        required: Whether nobody may ask without one.
        requests_per_minute: Of one key, in the long run.
    """

    def __init__(self, keys: KeyFile, *, required: bool, requests_per_minute: int) -> None:
        self._keys = keys
        self._required = required
        burst = max(1, round(requests_per_minute / 60 * _BURST_S))
        self._requests = RateLimiter(requests_per_minute, burst)
        self._failures = RateLimiter(_FAILURES_PER_MINUTE, _FAILURES_AT_ONCE)

    def admit(self, connection: HTTPConnection, role: Role) -> Caller:
        """Who sent a request.

        Raises:
            Refused: Nobody who is known, nobody who may do this, or too often.
        """
        peer = connection.client
        presented = presented_key(connection)
        entry = self._keys.find(presented) if presented else None
        if entry is None:
            if self._required:
                raise self._unknown(presented, peer.host if peer else "unknown")
            return Caller(f"{peer.host}:{peer.port}" if peer else "unknown")
        caller = _caller(entry)
        if not caller.may(role):
            raise Refused(
                403,
                f"This key may not do that: it lacks the role {role}.",
                "Use another key, or make one: edge-copilot keys add NAME --role " + role,
            )
        if wait_s := self._requests.wait_s(entry.id):
            raise Refused(429, "Too many requests with this key.", "Send them more slowly.", wait_s)
        return caller

    def _unknown(self, presented: str, address: str) -> Refused:
        if not presented:
            return Refused(401, "This server asks for a key.", _WHERE_KEYS)
        # Whoever has a key is not kept waiting for others behind the same address who guess.
        if wait_s := self._failures.wait_s(address):
            return Refused(429, "Too many wrong keys from this address.", "Wait before trying another key.", wait_s)
        return Refused(401, "This key is unknown, was revoked, or has expired.", _WHERE_KEYS)


def presented_key(connection: HTTPConnection) -> str:
    """The key that somebody sent; empty where there is none.

    A browser can send no header with a WebSocket: there a subprotocol ``key.KEY`` stands for it.
    """
    headers = connection.headers
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    if token := headers.get("api-key", headers.get("x-api-key", "")).strip():
        return token
    for protocol in headers.get("sec-websocket-protocol", "").split(","):
        if protocol.strip().startswith(_SUBPROTOCOL):
            return protocol.strip().removeprefix(_SUBPROTOCOL)
    return ""


def _caller(entry: KeyEntry) -> Caller:
    collections = None if entry.collections is None else frozenset(entry.collections)
    return Caller(f"key {entry.id}", entry.id, with_implied(frozenset(entry.roles)), collections)
