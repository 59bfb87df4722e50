"""One writer at a time, between processes as between threads, and the name of the one who writes."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from index.errors import StoreBusy
from index.store.faults import files_translated
from index.store.files import write_atomically

WAIT_S: Final = 5.0


class WriterLock:
    """The right to write to an index, held for a whole ingest or for one transaction.

    The operating system drops the lock when its holder dies, however that happens; what it wrote about itself stays
    behind then, until the next holder writes.
    """

    def __init__(self, store_file: Path) -> None:
        self._store_file = store_file
        self._file = FileLock(store_file.with_name(store_file.name + ".lock"), thread_local=False)
        self._about = store_file.with_name(store_file.name + ".writer")
        self._threads = threading.RLock()
        self._depth = 0

    @contextmanager
    def held(self, purpose: str, wait_s: float = WAIT_S) -> Iterator[None]:
        """Hold the lock; the thread that holds it may take it again.

        Args:
            purpose: What the lock is for, in words that another user would understand: "ingesting".
            wait_s: How long to wait for another holder.

        Raises:
            StoreBusy: It is still held by another thread or process after ``wait_s`` seconds.
            ReadOnlyData, DiskFull: The lock file can't be made.
        """
        if not self._threads.acquire(timeout=wait_s):
            raise self._busy()
        try:
            if self._depth == 0:
                self._take(purpose, wait_s)
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._give_back()
        finally:
            self._threads.release()

    def _take(self, purpose: str, wait_s: float) -> None:
        try:
            with files_translated(self._store_file):
                self._file.acquire(timeout=wait_s, poll_interval=0.02)
        except Timeout:
            raise self._busy() from None
        about = {"pid": os.getpid(), "purpose": purpose, "since": datetime.now(UTC).isoformat(timespec="seconds")}
        with suppress(OSError):  # only a courtesy to others; a full disk is told by the write that matters
            write_atomically(self._about, json.dumps(about), durable=False)

    def _give_back(self) -> None:
        with suppress(OSError):
            self._about.unlink(missing_ok=True)
        self._file.release()

    def _busy(self) -> StoreBusy:
        remedy = "Wait until it is done, or stop it, then try again."
        try:
            about = json.loads(self._about.read_text(encoding="utf-8"))
            since = datetime.fromisoformat(about["since"]).astimezone().strftime("%H:%M:%S")
            who = "This program" if about["pid"] == os.getpid() else f"Process {int(about['pid'])}"
            return StoreBusy(f"{who} is writing to the index ({about['purpose']}, since {since}).", remedy)
        except (OSError, ValueError, KeyError, TypeError):
            return StoreBusy("Another process is writing to the index.", remedy)


def writable_folder(folder: Path) -> bool:
    """Whether files can be created in ``folder``, which may not exist yet."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return os.access(folder, os.W_OK | (0 if sys.platform == "win32" else os.X_OK))
