"""Screens on which something long is done: on a thread, with progress, to be stopped at any moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic
from typing import TypeVar

from copilot.catalogue.progress import Stopped
from copilot.tui.faults import told
from copilot.tui.screens.base import Room
from copilot.tui.widgets.progress import Progress
from copilot.tui.words import said, tr

T = TypeVar("T")

_BETWEEN_S = 0.1
"""Between two drawings of progress: threads report far more often than anybody can see."""


class Job:
    """Hands progress from the thread that works to the screen, and the wish to stop the other way."""

    def __init__(self, screen: WorkingRoom) -> None:
        self._screen = screen
        self._told_at = 0.0
        self.cancel = threading.Event()

    def tell(self, text: str, done: float = 0, total: float = 0, *, always: bool = False) -> None:
        """Called by the thread.

        Raises:
            Stopped: Somebody wants it stopped.
        """
        self.stop_if_asked()
        now = monotonic()
        if always or now - self._told_at >= _BETWEEN_S:
            self._told_at = now
            self._screen.app.call_from_thread(self._screen.show_progress, text, done, total)

    def stop_if_asked(self) -> None:
        """Called by the thread.

        Raises:
            Stopped: As `tell`.
        """
        if self.cancel.is_set():
            raise Stopped(tr("Stopped. What is done is kept."))


class WorkingRoom(Room):
    """A room with one long job at a time. Its content has a `Progress`."""

    def __init__(self) -> None:
        super().__init__()
        self._job: Job | None = None

    @property
    def working(self) -> bool:
        """Whether something is being done."""
        return self._job is not None

    def show_progress(self, text: str, done: float, total: float) -> None:
        """Draw it."""
        if self._job is not None and self.is_attached:
            self.query_one(Progress).tell(text, done, total)

    async def work(self, begin: str, do: Callable[[Job], T]) -> T | None:
        """Do something long; None where it failed or was stopped, which has been told then."""
        if self._job is not None:
            self.tell(tr("Something is being done already. Escape stops it."))
            return None
        job = self._job = Job(self)
        progress = self.query_one(Progress)
        progress.begin(begin)
        try:
            result = await self.services.off(do, job)
        except Stopped as error:
            progress.end(said(error.message))
            return None
        except Exception as error:
            message, remedy = told(error)
            progress.end(f"✗ {message} {remedy}".strip())
            self.tell_fault(error)
            return None
        finally:
            self._job = None
        progress.end()
        return result

    def action_stop(self) -> None:
        """Stop what is being done; where nothing is, go back to asking."""
        if self._job is not None:
            self._job.cancel.set()
            self.query_one(Progress).tell(tr("Stopping …"))
        else:
            self.app.call_later(self.copilot_app.action_room, "ask")
