"""A circuit breaker: an endpoint that failed again and again is left alone for a while, then tried with one request.

Source: M. Nygard, Release It! (2nd ed., 2018), "Circuit Breaker". Each time that the trial fails too, the pause
doubles. An endpoint that asked for a pause gets it at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

State = Literal["closed", "open", "half-open"]


class Breaker:
    """Says whether one endpoint may be asked. Used by one event loop.

    Args:
        clock: Seconds that only go forward.
        failures: How many in a row open it.
        pause_s: How long it stays open at first.
        longest_s: The longest pause that doubling leads to.
    """

    def __init__(
        self, clock: Callable[[], float], *, failures: int = 3, pause_s: float = 10.0, longest_s: float = 300.0
    ) -> None:
        self._clock = clock
        self._most = failures
        self._first_s = pause_s
        self._longest_s = longest_s
        self._failed = 0
        self._pause_s = pause_s
        self._opened_until: float | None = None
        self._trying = False

    @property
    def state(self) -> State:
        """closed: asked as usual. open: left alone. half-open: one request may try."""
        if self._opened_until is None:
            return "closed"
        return "open" if self._clock() < self._opened_until else "half-open"

    @property
    def ready(self) -> bool:
        """Whether `begin` would let a request through."""
        return self.state == "closed" or (self.state == "half-open" and not self._trying)

    def begin(self) -> bool:
        """Ask to send a request; where the answer is True, one of the three below must follow."""
        if not self.ready:
            return False
        self._trying = self.state == "half-open"
        return True

    def succeeded(self) -> None:
        """The request was answered."""
        self._failed, self._pause_s = 0, self._first_s
        self._opened_until, self._trying = None, False

    def failed(self, asked_s: float | None = None) -> None:
        """The request failed.

        Args:
            asked_s: For how long the endpoint asked to be left alone.
        """
        was_trial, self._trying = self._trying, False
        self._failed += 1
        if was_trial:
            self._pause_s = min(self._pause_s * 2, self._longest_s)
        if asked_s is not None or was_trial or self._failed >= self._most:
            self._opened_until = self._clock() + (self._pause_s if asked_s is None else asked_s)

    def abandoned(self) -> None:
        """Nobody waited for the answer: that says nothing about the endpoint."""
        self._trying = False
