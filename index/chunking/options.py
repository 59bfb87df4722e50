"""How large chunks are."""

from __future__ import annotations

from dataclasses import dataclass

from index.errors import UsageError


@dataclass(frozen=True, slots=True)
class ChunkOptions:
    """Sizes in tokens as `index.chunking.size` estimates them: about 1.6 to an English word of a manual.

    Attributes:
        target: What a chunk should have where its section is long enough.
        limit: What it may have at most, its repeated table header included.

    Raises:
        UsageError: The sizes contradict each other.
    """

    target: int = 320
    limit: int = 480

    def __post_init__(self) -> None:
        if not 8 <= self.target <= self.limit:
            raise UsageError(f"A chunk of {self.target} tokens can't be held under a limit of {self.limit}.")
