"""From when on a summary tells: a moment, or so long ago."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from typing import Final

from index.errors import UsageError

_SPAN: Final = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)\s*(s|m|min|h|d)")
_SECONDS: Final = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}
_LONGEST_S: Final = 366 * 86_400.0


def since_of(text: str, now_s: float, zone: tzinfo | None = None) -> float:
    """Read "8h", "90min", "2d", "2025-03-11T06:00" or "2025-03-11 06:00+01:00" as seconds since 1970.

    Args:
        text: A time without a zone is this device's.
        now_s: Now.
        zone: Of a time without one; default: this device's.

    Raises:
        UsageError: It is neither, lies in the future, or more than a year ago.
    """
    text = text.strip()
    if match := _SPAN.fullmatch(text):
        since = now_s - float(match[1]) * _SECONDS[match[2]]
    else:
        try:
            at = datetime.fromisoformat(text.replace("Z", "+00:00"))
            if at.tzinfo is None:
                at = at.replace(tzinfo=zone) if zone is not None else at.astimezone()
            since = at.astimezone(UTC).timestamp()
        except (ValueError, OverflowError, OSError) as error:
            raise UsageError(
                f"“{text[:40]}” is no time from when on to tell.",
                "Write how long ago (8h, 90min, 2d), or a moment (2025-03-11T06:00).",
            ) from error
    if since > now_s:
        raise UsageError("A summary can't begin in the future.", "Write how long ago (8h), or an earlier moment.")
    if now_s - since > _LONGEST_S:
        raise UsageError("A summary reaches back a year at most.", "Write a later moment.")
    return since
