"""A bandwidth limit, as a token bucket."""

from __future__ import annotations

import time
from collections.abc import Callable


class TokenBucket:
    """Lets bytes through at a steady rate, and a second's worth at once after a pause.

    Args:
        bytes_per_s: The rate; None lets everything through.
        clock: Seconds that only grow.
        sleep: Waits for so many seconds.
    """

    def __init__(
        self,
        bytes_per_s: int | None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if bytes_per_s is not None and bytes_per_s < 1:
            raise ValueError("a limit of less than a byte a second lets nothing through")
        self._rate, self._clock, self._sleep = bytes_per_s, clock, sleep
        self._tokens = float(bytes_per_s or 0)
        self._at = clock()

    @property
    def block(self) -> int:
        """How many bytes to read at a time, so that the rate is steady: an eighth of a second's worth."""
        return max(512, min(65536, (self._rate or 1 << 20) // 8))

    def take(self, count: int) -> None:
        """Wait until ``count`` more bytes may come. More than a second's worth is paid for afterwards."""
        if self._rate is None:
            return
        now = self._clock()
        self._tokens = min(float(self._rate), self._tokens + (now - self._at) * self._rate) - count
        self._at = now
        if self._tokens < 0:
            self._sleep(-self._tokens / self._rate)
