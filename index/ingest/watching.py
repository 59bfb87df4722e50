"""Following files and folders: what changes on the disk changes in the index."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Protocol

from watchfiles import watch

from index.errors import StoreBusy, UnreadableFile
from index.ingest.report import IngestReport

_DEBOUNCE_MS: Final = 1_600  # the longest that changes are gathered before they are ingested
_QUIET_MS: Final = 300  # ... and how long nothing must have changed for it to be ingested at once
_RETRY_S: Final = 5.0


class Pass(Protocol):
    """Ingests everything that is watched, once; what is unchanged costs it a stat."""

    def __call__(self) -> IngestReport:
        """Raise `StoreBusy` to be called again shortly."""
        ...


def follow(
    paths: Sequence[Path], ingest: Pass, stop: threading.Event, *, retry_s: float = _RETRY_S
) -> Iterator[IngestReport | StoreBusy]:
    """Ingest at once, then after every change, until ``stop`` is set or Ctrl-C.

    The whole of ``paths`` is looked at after a change: what the system reports of files being moved, replaced or
    written slowly differs from one to the next, what it finds on the disk does not.

    Args:
        paths: Files and folders.
        ingest: Does one pass.
        stop: Ends it, within a tenth of a second when idle, else after the pass at hand.
        retry_s: How long to wait while another process is writing.

    Yields:
        After each pass its report; or why it has to wait: another process is writing, and it is tried again shortly.

    Raises:
        UnreadableFile: None of ``paths`` is there.
        KeyboardInterrupt: Not by itself; where the caller's own handler raises it, everything is released.
        EdgeCopilotError: What ``ingest`` raises but for StoreBusy.
    """
    roots = [Path(os.path.realpath(path)) for path in paths]
    # Programs save a file by putting another in its place, which only its folder's watch survives.
    folders = sorted({root if root.is_dir() else root.parent for root in roots if root.parent.is_dir()})
    if not folders:
        raise UnreadableFile("None of the folders to watch is there.", "Check the paths.")

    def concerns(_change: object, path: str) -> bool:
        return any(Path(path).is_relative_to(root) for root in roots)

    # Opened before the first pass, so that nothing which changes during it is missed.
    changes = watch(
        *folders,
        watch_filter=concerns,
        debounce=_DEBOUNCE_MS,
        step=_QUIET_MS,
        stop_event=stop,
        rust_timeout=100,
        yield_on_timeout=True,
        raise_interrupt=True,
        ignore_permission_denied=True,
    )
    next(changes, None)
    due = True
    while not stop.is_set():
        if due:
            try:
                report = ingest()
            except StoreBusy as busy:
                yield busy
                stop.wait(retry_s)
                continue
            due = False
            yield report
        found = next(changes, None)
        if found is None:
            return
        due = bool(found)
