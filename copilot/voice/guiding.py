"""A guided procedure by voice: the walk that is under way, or one begun from the passage that an answer stands on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from copilot.voice.session.seams import Step
from copilot.wording import translated
from index.errors import UsageError
from index.passages import Passage

if TYPE_CHECKING:
    from copilot.procedures import Guide, Procedure, Walk, Walking

_STILL_GOING: Final = timedelta(hours=12)
"""A walk that nobody has touched for longer is not gone on with by a word said in passing."""


class SpokenGuide:
    """Walks with the procedures of this device; every action is on the disk within milliseconds.

    Args:
        guide: Finds and keeps walks.
        language: Of the person: what a comma in a number means, and how a warning is called.
        now: The clock, with a time zone.
    """

    def __init__(
        self, guide: Guide, language: str = "en", now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._guide = guide
        self._language = language
        self._now = now
        self._walking: Walking | None = None
        self._asked_for: int | None = None  # index of the step whose missing value was told

    def current(self) -> Step | None:
        """See `seams.Guide`."""
        walking = self._running()
        return _told(walking.walk, self._language) if walking is not None else None

    def go(self, by: int) -> Step | None:
        """See `seams.Guide`. Going on checks the step off; after the last one the record is kept."""
        walking = self._running()
        if walking is None:
            return None
        if by < 0:
            return _told(walking.back(), self._language) if walking.walk.at > 0 else None
        walk = walking.walk
        if walk.step.limits and not walk.state.entries and self._asked_for != walk.at:
            self._asked_for = walk.at
            raise UsageError(
                f"Step {_number(walk)} wants a value: {walk.step.limits[0].text}.",
                "Say it, for example “set it to 20 newton metres”, or say next step again to leave it out.",
            )
        if (early_s := walking.early_s()) is not None and self._asked_for != walk.at:
            self._asked_for = walk.at
            raise UsageError(
                f"Step {_number(walk)} says to wait: {round(early_s)} s are left.", "Say next step again to go on."
            )
        walking.check_off()
        if not walking.walk.open_steps:
            walking.finish()
            self._walking = None
            return None
        return _told(walking.walk, self._language)

    def set_value(self, value: str, step: int | None) -> str:
        """See `seams.Guide`."""
        walking = self._running()
        if walking is None:
            raise UsageError("No procedure is running.", "Begin one: edge-copilot procedure --help")
        if step is not None:
            walking.go(step - 1)
        walk = walking.enter(value)
        entry = walk.state.entries[-1]
        return f"Out of its limits: {entry.reason}" if entry.verdict == "out" else entry.reason

    def offer(self, passage: Passage) -> str:
        """See `seams.Guide`."""
        found = self._guide.of_passage(passage)
        return found[0].title if found else ""

    def begin(self, passage: Passage) -> Step | None:
        """See `seams.Guide`."""
        found: list[Procedure] = self._guide.of_passage(passage)
        if not found:
            return None
        self._walking = self._guide.begin(found[0], language=self._language)
        return _told(self._walking.walk, self._language)

    def _running(self) -> Walking | None:
        if self._walking is None:
            recent = [one for one in self._guide.unfinished() if self._now() - one.walk.touched_at < _STILL_GOING]
            if recent:
                self._walking = self._guide.resume(recent[0].id, self._language)
        return self._walking


def _told(walk: Walk, language: str) -> Step:
    step = walk.step
    before = walk.procedure.warnings if walk.at == 0 else ()
    return Step(
        _number(walk),
        step.text,
        bool(step.limits),
        tuple(
            f"{translated(hazard.severity.capitalize(), language)}: {hazard.text}"
            for hazard in (*before, *step.warnings)
        ),
    )


def _number(walk: Walk) -> str:
    return walk.step.number or str(walk.at + 1)
