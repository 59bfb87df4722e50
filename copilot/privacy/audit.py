"""The audit log: every request that left, without a word of it.

One JSON object a line. A request is written down, and is on the disk, before its first byte is sent; a line for what
became of it follows. Where the log can't be written, nothing is sent.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from filelock import FileLock

from copilot.privacy.outgoing import Outgoing
from index.errors import DiskFull, ReadOnlyData

FILE_NAME: Final = "audit.jsonl"
_BYTES: Final = 4 << 20
_KEPT: Final = 8
_ONLY_OWNER: Final = 0o600
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})

Outcome = Literal["answered", "refused", "unreachable", "broken off", "cancelled"]


@dataclass(frozen=True, slots=True)
class Departure:
    """A request that was written down and may leave now.

    Attributes:
        id: Ties what became of it to it.
        body: The bytes that were written down.
    """

    id: str
    body: bytes


class AuditLog:
    """Writes and reads the log.

    Args:
        path: The file; older ones stand beside it as ``audit.jsonl.1`` and so on.
        now: The clock, with a time zone.
        max_bytes: Of one file.
        kept: How many older files.
    """

    def __init__(
        self,
        path: Path,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        max_bytes: int = _BYTES,
        kept: int = _KEPT,
    ) -> None:
        self.path = path
        self._now = now
        self._max_bytes = max_bytes
        self._kept = kept

    def departing(self, outgoing: Outgoing, *, attempt: int = 1) -> Departure:
        """Write down that ``outgoing`` leaves now. On the disk when this returns.

        Args:
            outgoing: The request.
            attempt: From 1; each retry is a request of its own.

        Raises:
            DiskFull, ReadOnlyData: It can't be written; then it must not be sent.
        """
        body = outgoing.as_request()
        departure = Departure(secrets.token_hex(8), body)
        self._write(
            {
                "event": "sent",
                "id": departure.id,
                "at": self._now().isoformat(timespec="milliseconds"),
                "endpoint": outgoing.endpoint,
                "trusted": outgoing.trusted,
                "attempt": attempt,
                "bytes": len(body),
                "sha256": outgoing.sha256,
                "labels": dict(outgoing.labels),
                "held_passages": sum(one.what == "passage" for one in outgoing.held),
                "held_turns": sum(one.what == "turn" for one in outgoing.held),
                "placeholders": dict(outgoing.placeholders),
                "question_only": outgoing.question_only,
            }
        )
        return departure

    def ended(
        self, departure: Departure, outcome: Outcome, *, status: int | None = None, received_bytes: int = 0
    ) -> None:
        """Write down what became of a request.

        Args:
            departure: The request.
            outcome: How it ended.
            status: The HTTP status; None where none came.
            received_bytes: Of the reply's body.

        Raises:
            DiskFull, ReadOnlyData: It can't be written.
        """
        self._write(
            {
                "event": "ended",
                "id": departure.id,
                "at": self._now().isoformat(timespec="milliseconds"),
                "outcome": outcome,
                "status": status,
                "received_bytes": received_bytes,
            }
        )

    def entries(self) -> Iterator[dict[str, Any]]:
        """Every line that is kept, oldest first. A line that was cut by a power failure is passed over."""
        for path in [*reversed([self._older(number) for number in range(1, self._kept + 1)]), self.path]:
            try:
                lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            except FileNotFoundError:
                continue
            for line in lines:
                try:
                    entry = json.loads(line)
                except ValueError:
                    continue
                if isinstance(entry, dict):
                    yield entry

    def _older(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")

    def _write(self, entry: dict[str, Any]) -> None:
        line = json.dumps(entry, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self.path.with_name(self.path.name + ".lock"), mode=_ONLY_OWNER):
                self._rotate(len(line))
                descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, _ONLY_OWNER)
                try:
                    self._append(descriptor, line)
                finally:
                    os.close(descriptor)
        except OSError as error:
            if error.errno in _NO_ROOM:
                raise DiskFull(
                    f"The disk of the audit log is full ({self.path}); without it nothing is sent.",
                    "Free some space, then try again.",
                ) from error
            raise ReadOnlyData(
                f"The audit log can't be written ({self.path}); without it nothing is sent.",
                "Make the file and its folder writable.",
            ) from error

    def _append(self, descriptor: int, line: bytes) -> None:
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            line = b"\n" + line  # the line before was cut by a power failure
        while line:
            line = line[os.write(descriptor, line) :]
        os.fsync(descriptor)

    def _rotate(self, more: int) -> None:
        try:
            size = self.path.stat().st_size
        except FileNotFoundError:
            return
        if size + more <= self._max_bytes:
            return
        for number in range(self._kept, 0, -1):
            source = self.path if number == 1 else self._older(number - 1)
            if source.exists():
                source.replace(self._older(number))
