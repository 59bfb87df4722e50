"""Ids that sort by the time at which they were made: version 7 of RFC 9562.

A device's clock may be wrong, so that order is told by the outbox's sequence numbers; the id only has to be unique.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from uuid import UUID


def new_id(now_s: Callable[[], float] = time.time, random_bits: Callable[[int], int] = secrets.randbits) -> str:
    """A new UUIDv7 in its usual writing.

    Args:
        now_s: Seconds since 1970; a clock before that counts as 1970.
        random_bits: Gives that many random bits.
    """
    milliseconds = max(0, int(now_s() * 1000)) & ((1 << 48) - 1)
    value = milliseconds << 80 | 7 << 76 | random_bits(12) << 64 | 0b10 << 62 | random_bits(62)
    return str(UUID(int=value))


def new_instance() -> str:
    """The name of one installation's outbox: it tells two devices with one identity apart."""
    return secrets.token_hex(16)
