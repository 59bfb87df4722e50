"""What the last syncs came to, kept over restarts: times, failures, what is due next."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from index.store.files import write_atomically
from sync.device.places import Places


class Failure(BaseModel):
    """Why the last sync failed."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    kind: str
    message: str
    remedy: str = ""


class Trial(BaseModel):
    """How the last generation that was built here did in its test questions; for the device's health report.

    Attributes:
        refused: Why it was not switched to; None where it was.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    generation: int
    asked: int = 0
    passed: int = 0
    refused: str | None = None


class SyncState(BaseModel):
    """The content of ``sync/state.json``. What it holds can be learned again, but for ``latest_time``.

    Attributes:
        latest_time: The latest time known to have passed, from verified metadata and from successful syncs.
        synced_at: When the last sync succeeded: what is live was then what the hub had.
        tried_at: When the last one was begun.
        failures: In a row, since the last success.
        next_at: When `watch` tries next.
        last_error: Of the last sync, where it failed.
        retake: Collections that may take a generation again from which the device went back, and its number.
        collection_synced_at: The same as ``synced_at`` for each collection.
        trials: Of each collection, the last.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    format: Literal[1] = 1
    latest_time: AwareDatetime | None = None
    synced_at: AwareDatetime | None = None
    tried_at: AwareDatetime | None = None
    failures: int = Field(default=0, ge=0)
    next_at: AwareDatetime | None = None
    last_error: Failure | None = None
    retake: dict[str, int] = {}
    collection_synced_at: dict[str, AwareDatetime] = {}
    trials: dict[str, Trial] = {}

    @classmethod
    def read(cls, places: Places) -> Self:
        """Read it; an empty one where there is none, or none that can be read."""
        try:
            return cls.model_validate_json(places.state.read_bytes())
        except (OSError, ValidationError):
            return cls()

    def write(self, places: Places) -> None:
        """Replace the file.

        Raises:
            OSError: No room, or no right to.
        """
        places.root_dir.mkdir(parents=True, exist_ok=True)
        write_atomically(places.state, self.model_dump_json(indent=2) + "\n")

    def with_(self, **changes: object) -> Self:
        """The same with some fields changed."""
        return self.model_copy(update=changes)
