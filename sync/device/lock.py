"""One sync at a time on a device."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from index.errors import SyncError
from index.store.faults import files_translated
from index.store.files import write_atomically
from sync.device.places import Places


@contextmanager
def syncing_alone(places: Places, wait_s: float = 0.0) -> Iterator[None]:
    """Keep other processes from syncing the same data directory.

    Raises:
        SyncError: Another one does.
        ReadOnlyData, DiskFull: The lock can't be made.
    """
    about = places.lock.with_suffix(".holder")
    with files_translated(places.lock):
        places.root_dir.mkdir(parents=True, exist_ok=True)
        lock = FileLock(places.lock, thread_local=False)
        try:
            lock.acquire(timeout=wait_s, poll_interval=0.05)
        except Timeout:
            raise _busy(about) from None
    try:
        told = {"pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds")}
        with suppress(OSError):
            write_atomically(about, json.dumps(told), durable=False)
        yield
    finally:
        with suppress(OSError):
            about.unlink(missing_ok=True)
        lock.release()


def _busy(about: Path) -> SyncError:
    remedy = "Wait until it is done; it goes on by itself."
    try:
        told = json.loads(about.read_text(encoding="utf-8"))
        since = datetime.fromisoformat(told["since"]).astimezone().strftime("%H:%M:%S")
        return SyncError(f"This device is being synced already (process {int(told['pid'])}, since {since}).", remedy)
    except (OSError, ValueError, KeyError, TypeError):
        return SyncError("This device is being synced already, by another process.", remedy)
