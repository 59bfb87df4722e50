"""Network and power, measured beside the question: asking the system takes longer than a decision may."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic

from sync.device.rules import Conditions


class ConditionsWatch:
    """Knows how things stood a moment ago.

    Args:
        measure: Asks the system; may take a while.
        clock: Seconds that only go forward.
        fresh_s: For how long a measurement holds.
        longest_s: Waited at most for a measurement.
    """

    def __init__(
        self,
        measure: Callable[[], Conditions],
        clock: Callable[[], float] = monotonic,
        *,
        fresh_s: float = 60.0,
        longest_s: float = 3.0,
    ) -> None:
        self._measure = measure
        self._clock = clock
        self._fresh_s = fresh_s
        self._longest_s = longest_s
        self._known = Conditions()
        self._until = float("-inf")
        self._measuring: threading.Thread | None = None

    @property
    def known(self) -> Conditions:
        """As last measured; before the first time, as if nothing stood in the way."""
        return self._known

    def begin(self) -> None:
        """Measure anew where that is due, beside whatever else is done."""
        if self._clock() < self._until or (self._measuring is not None and self._measuring.is_alive()):
            return
        self._measuring = threading.Thread(target=self._take, name="measure conditions", daemon=True)
        self._measuring.start()

    def measured(self) -> Conditions:
        """Wait for a measurement that is due."""
        self.begin()
        if self._measuring is not None:
            self._measuring.join(self._longest_s)
        return self._known

    def _take(self) -> None:
        self._known = self._measure()
        self._until = self._clock() + self._fresh_s
