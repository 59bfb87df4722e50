"""How things stand around a question: network, power, time of day, what was spent. Values that others have measured."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sync.device.rules import QuietHours

Link = Literal["up", "down", "unknown"]
Wish = Literal["auto", "local", "cloud"]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """As of now.

    Attributes:
        link: Whether any endpoint can be reached, as far as is known.
        metered: Whether the network costs by the byte; None where nobody knows.
        on_mains: Whether there is mains power.
        battery_percent: None without a battery.
        now: Local time.
        over_budget: Why nothing more may be spent today; "" where it may.
    """

    now: datetime
    link: Link = "unknown"
    metered: bool | None = None
    on_mains: bool = True
    battery_percent: float | None = None
    over_budget: str = ""


@dataclass(frozen=True, slots=True)
class RoutePolicy:
    """What the owner of a device allows.

    Attributes:
        threshold: Probability from which a question goes to a larger model; over 1: never by itself.
        on_metered: Whether questions leave over a metered link.
        least_battery_percent: Below this charge, without mains power, questions stay.
        hours: When questions may leave; None: always.
        queue: Whether a hard question without a network waits for one.
    """

    threshold: float = 0.5
    on_metered: bool = True
    least_battery_percent: int = 0
    hours: QuietHours | None = None
    queue: bool = True
