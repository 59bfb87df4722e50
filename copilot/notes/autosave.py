"""Saving while somebody types: the caller never waits, the newest state of each note is written, in order.

One thread writes. While it does, later states of the same note replace the one that waits, so however fast a person
types, at most one transaction lies between the screen and the file. What could not be written (a full disk, a locked
file) stays in memory and is tried again until it can.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Final

from copilot.notes.values import Note
from index.errors import EdgeCopilotError

log = logging.getLogger(__name__)

RETRY_S: Final = 1.0
SETTLE_S: Final = 1.0
"""Without a keystroke for so long, what was saved is also made to survive a loss of power."""

Write = Callable[[Mapping[str, Note], bool], None]
"""Writes notes in one transaction. The flag says whether it, and all before it, has to be on the disk for good; then
there may be no notes at all. Raises `EdgeCopilotError`."""


class Autosave:
    """Saves notes in the background. Threads: any may call; ``write`` is called by one at a time.

    Args:
        write: Writes notes.
        retry_s: How long to wait after a failure.
        settle_s: After how long without anything to write the last state is made durable.
    """

    def __init__(self, write: Write, *, retry_s: float = RETRY_S, settle_s: float = SETTLE_S) -> None:
        self._write = write
        self._retry_s = retry_s
        self._settle_s = settle_s
        self._changed = threading.Condition()
        self._waiting: dict[str, Note] = {}
        self._writing: dict[str, Note] = {}
        self._unsettled = False
        self._failure: EdgeCopilotError | None = None
        self._thread: threading.Thread | None = None
        self._closing = False

    @property
    def failure(self) -> EdgeCopilotError | None:
        """Why the newest states are not on the disk; None where nothing is wrong."""
        return self._failure

    def newest(self, note_id: str) -> Note | None:
        """The state of a note that waits to be written; None where the file has the newest."""
        with self._changed:
            return self._waiting.get(note_id) or self._writing.get(note_id)

    def save(self, note: Note) -> None:
        """Have ``note`` written as soon as may be. Returns at once."""
        with self._changed:
            self._waiting.pop(note.id, None)
            self._waiting[note.id] = note
            if self._thread is None or not self._thread.is_alive():
                self._closing = False
                self._thread = threading.Thread(target=self._run, name="notes", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def forget(self, note_id: str) -> None:
        """Leave a note that is being deleted unwritten; waits for a writing that has begun."""
        with self._changed:
            self._changed.wait_for(lambda: note_id not in self._writing)
            self._waiting.pop(note_id, None)

    def flush(self, timeout_s: float | None = 5.0) -> None:
        """Wait until everything is written.

        Args:
            timeout_s: How long to wait at most; None: as long as it takes.

        Raises:
            EdgeCopilotError: What keeps it from being written. It is tried again all the same.
        """
        with self._changed:
            self._failure = None
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._failure is not None or not (self._waiting or self._writing), timeout_s)
            if self._failure is not None:
                raise self._failure

    def close(self) -> None:
        """Write what waits, as far as that can be done, and end."""
        with self._changed:
            self._closing = True
            thread = self._thread
            self._changed.notify_all()
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._waiting and not self._closing:
                    self._changed.wait(self._settle_s if self._unsettled else None)
                if self._waiting:
                    batch, durable = self._waiting, self._closing
                    self._waiting = {}
                elif self._unsettled:
                    batch, durable = {}, True
                elif self._closing:
                    self._thread = None
                    return
                else:
                    continue
                self._writing = batch
            failure = self._attempt(batch, durable)
            with self._changed:
                self._failure = failure
                self._writing = {}
                if failure is None:
                    self._unsettled = not durable
                else:
                    self._waiting = {**batch, **self._waiting}  # what came meanwhile is newer
                    if self._closing:
                        self._thread = None
                        self._changed.notify_all()
                        return
                self._changed.notify_all()
                if failure is not None:
                    self._wait_to_retry()

    def _wait_to_retry(self) -> None:
        end = time.monotonic() + self._retry_s
        while self._failure is not None and not self._closing and (left := end - time.monotonic()) > 0:
            self._changed.wait(left)

    def _attempt(self, batch: Mapping[str, Note], durable: bool) -> EdgeCopilotError | None:
        try:
            self._write(batch, durable)
        except EdgeCopilotError as error:
            log.warning("notes were not saved: %s", type(error).__name__)
            return error
        return None
