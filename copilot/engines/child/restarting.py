"""When an engine's process that ended is started again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """At once after the first end, then with pauses that double.

    Attributes:
        first_pause_s: Before the second start in a row.
        longest_pause_s: No pause is longer.
        stalled_after_s: Where somebody waits and nothing is heard for so long, the process is taken for hung and
            killed. Reading a full context on a slow machine takes a minute or two.
    """

    first_pause_s: float = 0.5
    longest_pause_s: float = 60.0
    stalled_after_s: float = 300.0

    def pause_s(self, failures: int) -> float:
        """How long to wait before the next start.

        Args:
            failures: Ends in a row, without one request answered between them; at least 1.
        """
        if failures <= 1:
            return 0.0
        return min(self.longest_pause_s, self.first_pause_s * 2.0 ** min(failures - 2, 32))
