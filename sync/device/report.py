"""What a sync came to."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one collection.

    Attributes:
        generation, previous: Numbers after and before; ``generation`` is None where the collection was removed.
        note: Why nothing was changed although the hub has something else, or that it is gone.
    """

    collection: str
    generation: int | None
    previous: int | None
    changed_documents: int = 0
    removed_documents: int = 0
    fetched_bytes: int = 0
    note: str = ""


@dataclass(slots=True)
class Report:
    """What a sync came to.

    Attributes:
        fetched_bytes: All that came over the line, metadata included.
        took_s: Wall time.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    fetched_bytes: int = 0
    took_s: float = 0.0

    @property
    def changed(self) -> set[str]:
        """The collections of which another generation answers now."""
        return {outcome.collection for outcome in self.outcomes if outcome.generation != outcome.previous}
