"""What a pull, an import or a verification tells whoever watches it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

from index.errors import EdgeCopilotError

Stage = Literal["waiting", "checking", "downloading", "joining", "copying", "verifying", "remark", "done"]


@dataclass(frozen=True, slots=True)
class Progress:
    """One report.

    Attributes:
        model_id: The model it is about.
        stage: waiting: another process is at it. remark: only ``text`` says something, once.
        done_bytes: How much of this stage is done; of a download, what had arrived before counts too.
        total_bytes: How much there is; 0 where nobody knows.
        text: A file's name, or a sentence for people.
    """

    model_id: str
    stage: Stage
    done_bytes: int = 0
    total_bytes: int = 0
    text: str = ""


Watch = Callable[[Progress], None]


def unwatched(progress: Progress) -> None:
    """Take no notice."""


class Stopped(EdgeCopilotError):
    """Somebody asked to stop; what has arrived is kept, and the next pull goes on from there."""

    exit_code: ClassVar[int] = 130


def stop_if(event: threading.Event | None) -> None:
    """Raise `Stopped` once the event is set."""
    if event is not None and event.is_set():
        raise Stopped("Stopped. What has arrived is kept; the next pull goes on from there.")


def size_text(count: int) -> str:
    """Return a size as people read it: 1.12 GB, 93.0 MB, 612 bytes (decimal, as disks and downloads are sold)."""
    for unit, factor, digits in (("GB", 10**9, 2), ("MB", 10**6, 1), ("kB", 10**3, 1)):
        if count >= factor:
            return f"{count / factor:.{digits}f} {unit}"
    return f"{count} bytes"
