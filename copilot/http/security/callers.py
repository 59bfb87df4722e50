"""Who asks, and what they may do and see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

Role = Literal["read", "ask", "note", "admin"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)

_IMPLIED: Final[dict[Role, frozenset[Role]]] = {
    "read": frozenset({"read"}),
    "ask": frozenset({"read", "ask"}),
    "note": frozenset({"read", "note"}),
    "admin": frozenset(ROLES),
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever sent a request.

    Attributes:
        client: Who takes turns with whom: the key, or without one the connection.
        key: Id of the key; None for whoever needs none.
        roles: What they may do, what is implied included.
        collections: What they may see; None: everything.
    """

    client: str
    key: str | None = None
    roles: frozenset[Role] = frozenset(ROLES)
    collections: frozenset[str] | None = None

    def may(self, role: Role) -> bool:
        """Whether they may do what ``role`` stands for."""
        return role in self.roles

    def sees(self, collection: str) -> bool:
        """Whether they may see what is in ``collection``."""
        return self.collections is None or collection in self.collections


def with_implied(roles: frozenset[Role]) -> frozenset[Role]:
    """The roles with those that they contain: who may ask may also read."""
    return frozenset().union(*(_IMPLIED[role] for role in roles))
