"""When a device may sync: metered links, batteries and quiet hours, decided on values that others have measured."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from index.errors import SyncRefused, UsageError


@dataclass(frozen=True, slots=True)
class Conditions:
    """How things stand.

    Attributes:
        metered: Whether the network costs by the byte; None where nobody knows.
        on_mains: Whether there is mains power.
        battery_percent: None without a battery.
        temperature_c: Of the processor; None where nobody knows.
    """

    metered: bool | None = None
    on_mains: bool = True
    battery_percent: float | None = None
    temperature_c: float | None = None


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours of the day in which nothing is fetched by itself; they may go past midnight."""

    begin: time
    end: time

    @classmethod
    def parse(cls, text: str) -> QuietHours:
        """Read ``22:00-06:00``.

        Raises:
            UsageError: It isn't of that form.
        """
        found = re.fullmatch(r"\s*(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})\s*", text)
        try:
            if found is None:
                raise ValueError
            hours = [int(part) for part in found.groups()]
            begin, end = time(hours[0], hours[1]), time(hours[2] % 24 if hours[2] == 24 else hours[2], hours[3])
            if begin == end:
                raise ValueError
        except ValueError:
            raise UsageError(f"“{text}” are no quiet hours.", "Write them as 22:00-06:00.") from None
        return cls(begin, end)

    def contain(self, now: datetime) -> bool:
        """Whether it is quiet at a local time."""
        at = now.time().replace(tzinfo=None)
        if self.begin < self.end:
            return self.begin <= at < self.end
        return at >= self.begin or at < self.end

    def over_at(self, now: datetime) -> datetime:
        """Return when they end next, seen from a local time within them."""
        over = now.replace(hour=self.end.hour, minute=self.end.minute, second=0, microsecond=0)
        return over if over > now else over + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the owner of a device allows.

    Attributes:
        on_metered: Whether it may sync over a metered link.
        least_battery_percent: Below this, it syncs on mains only; 0: always.
        quiet_hours: None: none.
    """

    on_metered: bool = False
    least_battery_percent: int = 30
    quiet_hours: QuietHours | None = None

    def check(self, conditions: Conditions) -> None:
        """Say whether a sync may begin.

        Raises:
            SyncRefused: Not now.
        """
        if conditions.metered and not self.on_metered:
            raise SyncRefused(
                "This network is metered, and the rules of this device keep it from syncing over one.",
                "Wait for another network, or sync all the same: edge-copilot sync now --anyway",
            )
        charge = conditions.battery_percent
        if not conditions.on_mains and charge is not None and charge < self.least_battery_percent:
            raise SyncRefused(
                f"The battery is at {charge:.0f} %, and the rules of this device ask for "
                f"{self.least_battery_percent} % where there is no mains power.",
                "Plug it in, or sync all the same: edge-copilot sync now --anyway",
            )
