"""What time it is, as far as it can be known: a device's clock may be wrong, but time does not run backwards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_TOLERATED = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class TrustedTime:
    """The time by which expiry is judged.

    Attributes:
        now: The later of the device's clock and the latest time that is known to have passed.
        system: What the device's clock says.
    """

    now: datetime
    system: datetime

    @property
    def clock_behind(self) -> bool:
        """Whether the device's clock lies before what is known to have passed."""
        return self.now - self.system > _TOLERATED

    @property
    def warning(self) -> str:
        """What to say of a clock that is behind; empty where it isn't."""
        if not self.clock_behind:
            return ""
        return (
            f"This device's clock says {self.system:%Y-%m-%d %H:%M} UTC, but it must be at least "
            f"{self.now:%Y-%m-%d %H:%M}: the later time is taken. Set the clock."
        )


def trusted_time(system: datetime, latest: datetime | None) -> TrustedTime:
    """Return what time it must at least be.

    Args:
        system: What the device's clock says, with a time zone.
        latest: The latest time known to have passed; None before the first sync.
    """
    system = system.astimezone(UTC)
    return TrustedTime(max(system, latest.astimezone(UTC)) if latest else system, system)


def latest_time(known: datetime | None, judged: datetime, published: Iterable[datetime], expires: datetime) -> datetime:
    """Return the latest time known to have passed after metadata was verified.

    Nothing beyond the timestamp's expiry is believed: neither a publication dated years ahead nor a clock that runs
    ahead can make a device refuse all that comes later.

    Args:
        known: From before.
        judged: The time by which the metadata was found not to be expired.
        published: When verified releases say that they were published.
        expires: When the verified timestamp expires.
    """
    times = [judged, *(time for time in published if time < expires)]
    return max([*times, *([known] if known else [])])
