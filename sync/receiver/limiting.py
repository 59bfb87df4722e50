"""How often somebody may ask: a token bucket for each."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_MOST_KNOWN: Final = 100_000  # buckets in memory; the one that was quiet for longest is forgotten, and full again


@dataclass(slots=True)
class _Bucket:
    left: float
    at_s: float


class RateLimiter:
    """Lets each caller ask ``burst`` times at once, and ``per_minute`` times a minute in the long run.

    Args:
        clock: Seconds that only grow.
    """

    def __init__(self, per_minute: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_s = per_minute / 60
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, caller: str) -> float:
        """Count one request of ``caller``: 0 where it may go on, else how many seconds it should wait."""
        with self._lock:
            now = self._clock()
            bucket = self._buckets.setdefault(caller, _Bucket(self._burst, now))
            self._buckets.move_to_end(caller)
            if len(self._buckets) > _MOST_KNOWN:
                self._buckets.popitem(last=False)
            bucket.left = min(self._burst, bucket.left + (now - bucket.at_s) * self._per_s)
            bucket.at_s = now
            if bucket.left >= 1:
                bucket.left -= 1
                return 0.0
            return (1 - bucket.left) / self._per_s
