"""A file of which some parts have arrived, and which ones, so that any later process goes on from there.

Beside the file stands a journal of 16-byte records: the first byte of a part and the byte after its last. A record is
written after its bytes; whoever is killed between the two fetches a few bytes again, and a part whose bytes a loss of
power took is found out by its digest.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_RECORD: Final = struct.Struct(">QQ")
Span = tuple[int, int]
"""First byte, and the byte after the last."""


class SparseFile:
    """Use it in ``with``.

    Args:
        path: Of the file; the journal lies beside it. The folder must exist.
        size: Bytes that it has when it is complete. Nothing is ever written beyond.
    """

    def __init__(self, path: Path, size: int) -> None:
        self.path = path
        self.size = size
        self._journal_path = path.with_name(path.name + ".parts")
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        self._journal = os.open(
            self._journal_path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600
        )
        self._spans = merged(self._recorded())

    @property
    def arrived_bytes(self) -> int:
        """How many bytes are here."""
        return sum(end - start for start, end in self._spans)

    def missing(self, start: int = 0, end: int | None = None) -> Iterator[Span]:
        """Yield the parts between ``start`` and ``end`` that have not arrived."""
        end = self.size if end is None else end
        at = start
        for begun, ended in self._spans:
            if ended <= at:
                continue
            if begun >= end:
                break
            if begun > at:
                yield at, begun
            at = max(at, ended)
        if at < end:
            yield at, end

    def write(self, offset: int, data: bytes) -> None:
        """Put bytes in their place.

        Raises:
            ValueError: They would reach beyond the end.
            OSError: No room.
        """
        if offset < 0 or offset + len(data) > self.size:
            raise ValueError("bytes beyond the end of the file")
        view = memoryview(data)
        at = offset
        while view:
            os.lseek(self._file, at, os.SEEK_SET)
            written = os.write(self._file, view)
            view, at = view[written:], at + written
        os.write(self._journal, _RECORD.pack(offset, at))
        self._spans = merged([*self._spans, (offset, at)])

    def read(self, offset: int, length: int) -> bytes:
        """Return bytes that have arrived; zeros stand where none have.

        Raises:
            OSError: The disk can't be read.
        """
        os.lseek(self._file, offset, os.SEEK_SET)
        data = bytearray()
        while len(data) < length and (block := os.read(self._file, length - len(data))):
            data += block
        return bytes(data) + bytes(length - len(data))

    def blocks(self, size: int = 1 << 20) -> Iterator[bytes]:
        """Yield the whole file."""
        for at in range(0, self.size, size):
            yield self.read(at, min(size, self.size - at))

    def forget(self, start: int = 0, end: int | None = None) -> None:
        """Take a part as not arrived: it is damaged."""
        end = self.size if end is None else end
        kept = [
            (first, last)
            for begun, ended in self._spans
            for first, last in ((begun, min(ended, start)), (max(begun, end), ended))
            if first < last
        ]
        os.ftruncate(self._journal, 0)
        for span in kept:
            os.write(self._journal, _RECORD.pack(*span))
        self._spans = merged(kept)

    def sync(self) -> None:
        """Make what has arrived survive a loss of power."""
        os.fsync(self._file)
        os.fsync(self._journal)

    def close(self) -> None:
        """Close it; it can be taken up again."""
        os.close(self._file)
        os.close(self._journal)

    def delete(self) -> None:
        """Remove the file and its journal."""
        remove(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _recorded(self) -> list[Span]:
        """What the journal says, as far as the file bears it out; half a record at its end counts for nothing."""
        raw = b""
        while block := os.read(self._journal, 1 << 20):
            raw += block
        whole = len(raw) - len(raw) % _RECORD.size
        if whole != len(raw):
            os.ftruncate(self._journal, whole)
        here = min(self.size, os.fstat(self._file).st_size)
        return [(start, min(end, here)) for start, end in _RECORD.iter_unpack(raw[:whole]) if start < min(end, here)]


def remove(path: Path) -> None:
    """Remove a sparse file and its journal, the journal first: bytes without a record count for nothing."""
    path.with_name(path.name + ".parts").unlink(missing_ok=True)
    path.with_name(path.name + ".etag").unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def merged(spans: list[Span], gap: int = 0) -> list[Span]:
    """Return the spans in order, with those joined that overlap, touch, or lie at most ``gap`` bytes apart."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1] + gap:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined
