"""The seam between what brings values and what makes something of them."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Protocol

from copilot.hmi.alarms.conditions import Condition
from copilot.hmi.values import Reading
from index.errors import NetworkError


class SourceLost(NetworkError):
    """A source can't be reached, or its link broke."""


class Intake(Protocol):
    """Takes what one source brings. Called in the source's thread; every method returns at once."""

    def up(self) -> None:
        """The link stands, and everything asked for has been subscribed to."""
        ...

    def take(self, readings: Sequence[Reading]) -> None:
        """Values, in the order in which they came."""
        ...

    def touch(self, signals: Iterable[str]) -> None:
        """The source stands for the last values of these signals: they have not changed."""
        ...

    def silence(self, signals: Iterable[str]) -> None:
        """What brings these signals has gone: their last values say nothing any more."""
        ...

    def reject(self, count: int = 1) -> None:
        """Something came that can't be read."""
        ...

    def condition(self, condition: Condition) -> None:
        """The state of an alarm condition."""
        ...

    def conditions_are(self, ids: Iterable[str]) -> None:
        """Of all conditions of this source, exactly these stand."""
        ...


class Source(Protocol):
    """Brings the values of its signals."""

    @property
    def name(self) -> str:
        """As in ``signals.toml``."""
        ...

    async def run(self, intake: Intake) -> None:
        """Connect and deliver until the link breaks or the task is cancelled; closes what it opened.

        Raises:
            SourceLost: It can't be reached, or no longer.
            EdgeCopilotError: It can't work as configured: a certificate or password is missing.
        """
        ...


def hush(library: str) -> None:
    """Keep a library's own complaints off the terminal; what matters of them is told as the source's state."""
    logging.getLogger(library).addHandler(logging.NullHandler())
