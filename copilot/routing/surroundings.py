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
        temperature_c: Of the processor; None where nobody knows.
        round_trip_s: To the endpoint that would be asked; None where nothing was measured.
        first_word_s: What its first word has taken; None where nothing was measured.
    """

    now: datetime
    link: Link = "unknown"
    metered: bool | None = None
    on_mains: bool = True
    battery_percent: float | None = None
    over_budget: str = ""
    temperature_c: float | None = None
    round_trip_s: float | None = None
    first_word_s: float | None = None


@dataclass(frozen=True, slots=True)
class RoutePolicy:
    """What the owner of a device allows.

    Attributes:
        threshold: Probability from which a question goes to a larger model; over 1: never by itself.
        on_metered: Whether questions leave over a metered link.
        least_battery_percent: Below this charge, without mains power, questions stay.
        hours: When questions may leave; None: always.
        queue: Whether a hard question without a network waits for one.
        slowest_link_s: Over a longer round trip only questions leave that a person wishes to; None: no matter.
        hot_c: From this temperature of the processor on, questions leave to spare it; None: no matter.
    """

    threshold: float = 0.5
    on_metered: bool = True
    least_battery_percent: int = 0
    hours: QuietHours | None = None
    queue: bool = True
    slowest_link_s: float | None = None
    hot_c: float | None = None
