"""The audit log: every request that left, without a word of it.

One JSON object a line. A request is written down, and is on the disk, before its first byte is sent; a line for what
became of it follows. Where the log can't be written, nothing is sent.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, ValidationError

from copilot.privacy.outgoing import Outgoing
from index.errors import DiskFull, ReadOnlyData, UnreadableFile

FILE_NAME: Final = "audit.jsonl"
_BYTES: Final = 4 << 20
_KEPT: Final = 8
_ONLY_OWNER: Final = 0o600
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})

Outcome = Literal["answered", "refused", "unreachable", "broken off", "cancelled"]


class Request(BaseModel):
    """A request that left, as the log has it.

    Attributes:
        id: Ties what became of it to it.
        at: When it was about to leave.
        endpoint, trusted: Where to.
        attempt: From 1; a retry is a request of its own.
        bytes: Of the body.
        sha256: Of the body, in hexadecimal.
        labels: How many passages of each access label were in it.
        held_passages, held_turns: How many of the evidence and the conversation stayed here.
        placeholders: How many values were replaced, by kind.
        question_only: True where no evidence went along.
        outcome: None where the program ended before it was known.
        received_bytes: Of the reply's text.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    at: datetime
    endpoint: str
    trusted: bool
    attempt: int
    bytes: int
    sha256: str
    labels: Mapping[str, int]
    held_passages: int
    held_turns: int
    placeholders: Mapping[str, int]
    question_only: bool
    outcome: str | None = None
    received_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Departure:
    """A request that was written down and may leave now.

    Attributes:
        id: Ties what became of it to it.
    """

    id: str


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
        departure = Departure(secrets.token_hex(8))
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
            },
            durable=True,
        )
        return departure

    def ended(self, departure: Departure, outcome: Outcome, *, received_bytes: int = 0) -> None:
        """Write down what became of a request.

        Args:
            departure: The request.
            outcome: How it ended.
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
                "received_bytes": received_bytes,
            }
        )

    def requests(self) -> Iterator[Request]:
        """Every request that is kept, oldest first.

        Raises:
            UnreadableFile: The log is there but can't be read.
        """
        began: dict[str, dict[str, Any]] = {}
        ended: dict[str, dict[str, Any]] = {}
        for entry in self._entries():
            if entry.get("event") == "sent":
                began[str(entry.get("id"))] = entry
            elif entry.get("event") == "ended":
                ended[str(entry.get("id"))] = entry
        for id_, entry in began.items():
            fields = {key: value for key, value in entry.items() if key != "event"}
            rest = ended.get(id_, {})
            fields |= {key: rest[key] for key in ("outcome", "received_bytes") if key in rest}
            try:
                yield Request.model_validate(fields)
            except ValidationError:
                continue

    def _entries(self) -> Iterator[dict[str, Any]]:
        """Every line, oldest first. One that was cut by a power failure is passed over."""
        for path in [*reversed([self._older(number) for number in range(1, self._kept + 1)]), self.path]:
            try:
                lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise UnreadableFile(
                    f"The audit log can't be read ({path}).", "Check the file's permissions."
                ) from error
            for line in lines:
                try:
                    entry = json.loads(line)
                except ValueError:
                    continue
                if isinstance(entry, dict):
                    yield entry

    def _older(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")

    def _write(self, entry: dict[str, Any], *, durable: bool = False) -> None:
        line = json.dumps(entry, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self.path.with_name(self.path.name + ".lock"), mode=_ONLY_OWNER):
                self._rotate(len(line))
                descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, _ONLY_OWNER)
                try:
                    self._append(descriptor, line, durable)
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

    def _append(self, descriptor: int, line: bytes, durable: bool) -> None:
        if self._ends_within_a_line():
            line = b"\n" + line  # the one before was cut by a power failure
        while line:
            line = line[os.write(descriptor, line) :]
        if durable:
            os.fsync(descriptor)

    def _ends_within_a_line(self) -> bool:
        with self.path.open("rb") as file:
            if not file.seek(0, os.SEEK_END):
                return False
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"

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
