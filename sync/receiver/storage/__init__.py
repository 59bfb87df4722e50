"""Where a hub keeps what devices hand in: SQLite by default, PostgreSQL for a hub that outgrows one file."""

from sync.receiver.storage.base import (
    Delivered,
    Device,
    LatestReport,
    Observation,
    RivalDevice,
    Role,
    Storage,
    StoredItem,
)
from sync.receiver.storage.opening import open_storage

__all__ = [
    "Delivered",
    "Device",
    "LatestReport",
    "Observation",
    "RivalDevice",
    "Role",
    "Storage",
    "StoredItem",
    "open_storage",
]
