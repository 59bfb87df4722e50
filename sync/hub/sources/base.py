"""The seam between where documents come from and the hub."""

from __future__ import annotations

from typing import Protocol

from sync.hub.sources.mirror import Mirror


class Source(Protocol):
    """Brings a mirror up to date with one kind of place."""

    def refresh(self, mirror: Mirror) -> str:
        """Call the mirror's `keep`, `put` or `problem` for each file that is wanted, but not `finish`.

        Returns:
            A version of the source as a whole where it has one, else "".

        Raises:
            NetworkError: It can't be reached or doesn't answer as such a place should; nothing is taken for gone.
            InputError: It can't be read for another reason.
            DiskFull, ReadOnlyData: The hub's disk can't take it.
        """
        ...
