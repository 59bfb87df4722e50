"""How long what is signed stays valid."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

TopRole = Literal["root", "targets", "snapshot", "timestamp"]

# Renewed once less than this share is left: a hub that publishes daily never comes near the end, and one whose
# publishing stopped has a warning's time.
_RENEW_BELOW: Final = 0.5


class Lifetimes(BaseModel):
    """Days from signing to expiry, by role.

    Attributes:
        timestamp: How long a device can be kept from learning that there is news (a freeze attack).
        snapshot: The same for a mix of old and new.
        targets: Which collections there are, and whose keys sign them.
        collections: What a collection consists of.
        root: Who may sign what.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    timestamp: int = Field(default=7, ge=1, le=365)
    snapshot: int = Field(default=30, ge=1, le=730)
    targets: int = Field(default=365, ge=1, le=3650)
    collections: int = Field(default=365, ge=1, le=3650)
    root: int = Field(default=365, ge=1, le=3650)

    def of(self, role: str) -> timedelta:
        """Return the lifetime of a role; what is no top-level role is a collection's."""
        days = getattr(self, role) if role in ("timestamp", "snapshot", "targets", "root") else self.collections
        return timedelta(days=days)

    def renewal(self, role: str) -> timedelta:
        """Return how long before its expiry a role is signed anew."""
        return self.of(role) * _RENEW_BELOW
