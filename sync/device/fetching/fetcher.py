"""Fetches whole files and parts of files into sparse files, as long as anything comes."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, Literal, TypeVar

from index.errors import DiskFull, NetworkError, PackError
from sync.device.fetching.sparse import Span, SparseFile, merged, remove
from sync.device.link.base import LineBroken, Link, Patience

T = TypeVar("T")
Stage = Literal["checking", "fetching", "building", "testing", "switching", "remark"]

MARGIN_BYTES: Final = 32 << 20
"""Left free on the disk: what a device's other programs need to go on."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sync is.

    Attributes:
        stage: What is being done.
        collection: Of which collection; empty where it concerns all.
        done: Bytes fetched so far; where it is built, documents.
        total: To be fetched or built in all; 0 where nothing is.
        text: A sentence, for a remark.
    """

    stage: Stage
    collection: str = ""
    done: int = 0
    total: int = 0
    text: str = ""


Watch = Callable[[Progress], None]


class Stopped(NetworkError):
    """Somebody asked to stop; what has arrived is kept."""


class Fetcher:
    """Fetches files from one hub.

    Args:
        link: The way to it.
        folder: Where partial files are kept; created.
        patience: When a line counts as dead.
        watch: Told of every piece that arrives.
        cancel: Set from outside to stop.
        free_bytes: Asks for the room on the disk of a folder.

    Attributes:
        fetched_bytes: What came over the line for objects so far.
    """

    def __init__(
        self,
        link: Link,
        folder: Path,
        patience: Patience | None = None,
        watch: Watch = lambda progress: None,
        cancel: threading.Event | None = None,
        free_bytes: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
    ) -> None:
        self.link = link
        self.folder = folder
        self.fetched_bytes = 0
        self.collection = ""
        self._patience = patience or Patience()
        self._watch = watch
        self._cancel = cancel
        self._free_bytes = free_bytes
        self._expected = 0
        self._arrived = 0
        self._ranges = True
        folder.mkdir(parents=True, exist_ok=True)

    def begin(self, collection: str) -> None:
        """Say what the next files belong to, for the progress."""
        self.collection, self._expected, self._arrived = collection, 0, 0

    def more(self, bytes_: int) -> None:
        """Say that so many bytes more are to be fetched."""
        self._expected += bytes_

    def require_room(self, needed_bytes: int) -> None:
        """Look before fetching whether there is room.

        Raises:
            DiskFull: There isn't.
        """
        free = self._free_bytes(self.folder)
        if free < needed_bytes + MARGIN_BYTES:
            raise DiskFull(
                f"There is not enough room: about {(needed_bytes + MARGIN_BYTES) >> 20:,} MiB are needed, "
                f"{free >> 20:,} MiB are free.",
                "Nothing was changed. Free some space, then try again.",
            )

    def whole(self, path: str, name: str, size: int, take: Callable[[SparseFile], T]) -> T:
        """Fetch a whole file and hand it to whoever checks it.

        A damaged one is fetched once more: what was left from before may have been spoilt by a loss of power. The
        file stays until `discard`, so that what was taken of it can be taken again after a kill.

        Args:
            path: On the hub.
            name: Of the partial file: a digest.
            size: In bytes, as whoever named it said.
            take: Checks it and makes something of it; raises `PackError` where it is damaged.

        Raises:
            Missing: The hub lacks it.
            PackError: It is damaged, longer or shorter than was said, twice.
            NetworkError: The hub can't be reached.
            DiskFull: No room.
        """
        fault: PackError | None = None
        with SparseFile(self.place_of(path, name), size) as file:
            for _ in range(2):
                self.spans(path, file, [(0, size)])
                try:
                    return take(file)
                except PackError as error:
                    fault = error
                file.forget()
                self.remark(f"{path} arrived damaged: it is fetched once more.")
        self.discard(path, name)
        assert fault is not None
        raise PackError(
            f"{path} is damaged or has been tampered with ({self.link.address}). {fault.message}", fault.remedy
        ) from fault

    def discard(self, path: str, name: str) -> None:
        """Remove a partial file."""
        remove(self.place_of(path, name))

    def tidy(self, keep: Iterable[str]) -> None:
        """Remove what is left of other files than those.

        Args:
            keep: Names, as given to `whole`.
        """
        wanted = set(keep)
        for place in self.folder.iterdir():
            if place.name.partition(".")[0] not in wanted:
                place.unlink(missing_ok=True)

    def place_of(self, path: str, name: str) -> Path:
        """Where the partial file of something is kept."""
        return self.folder / f"{name}{PurePosixPath(path).suffix}"

    def spans(self, path: str, file: SparseFile, wanted: Iterable[Span]) -> None:
        """Fetch parts of a file, as far as they aren't here.

        Raises:
            Missing, PackError, NetworkError, DiskFull: As `file`.
        """
        missing = merged([gap for start, end in wanted for gap in file.missing(start, end)])
        if not self._ranges and missing:
            missing = [(0, missing[-1][1])]
        fruitless = 0
        while missing:
            start, end = missing[0]
            before = self.fetched_bytes
            fault = LineBroken(f"The line to {self.link.address} breaks again and again.")
            try:
                self._one_try(path, file, start, end, missing[-1][1])
            except LineBroken as error:
                fault = error
            missing = merged([gap for start, end in missing for gap in file.missing(start, end)])
            self._stop_if_asked()
            fruitless = 0 if self.fetched_bytes > before else fruitless + 1
            if missing and fruitless >= self._patience.fruitless:
                raise fault
            if missing:
                self._patience.wait(fruitless)

    def _one_try(self, path: str, file: SparseFile, start: int, end: int, last: int) -> None:
        note = file.path.with_name(file.path.name + ".etag")
        validator = _read(note)
        with self.link.ask(path, start, None if end == file.size else end, validator) as answer:
            if answer.total is not None and answer.total != file.size:
                raise _wrong_length(path, answer.total, file.size, self.link.address)
            if answer.validator != validator:
                if file.arrived_bytes and validator is not None and answer.start == 0 and start:
                    file.forget()  # it is no longer the same file: what we have of the old one is of no use
                _write(note, answer.validator)
            if answer.start > start:
                raise LineBroken(f"{self.link.address} answers with another part of {path} than was asked for.")
            if answer.start < start:
                # The server ignores ranges: take what comes on the way to all that is wanted, and remember it.
                self._ranges, end = False, last
            at = answer.start
            for block in answer.blocks:
                self._stop_if_asked()
                piece = block[: end - at]
                file.write(at, piece)
                at += len(piece)
                self._count(len(block))
                if at >= end:
                    return  # whatever else comes was never asked for

    def _count(self, arrived: int) -> None:
        self.fetched_bytes += arrived
        self._arrived += arrived
        self._watch(Progress("fetching", self.collection, self._arrived, max(self._expected, self._arrived)))

    def remark(self, text: str) -> None:
        """Tell the person something."""
        self._watch(Progress("remark", self.collection, text=text))

    def _stop_if_asked(self) -> None:
        if self._cancel is not None and self._cancel.is_set():
            raise Stopped("Stopped.", "What has arrived is kept: the next sync goes on from there.")


def _wrong_length(path: str, found: int | None, wanted: int, address: str) -> PackError:
    has = f"has {found:,} bytes" if found is not None else "goes on"
    return PackError(
        f"{path} {has}, where {wanted:,} bytes were announced ({address}).",
        "It was not used. The copy may be incomplete: try again later, or tell whoever keeps the hub.",
    )


def _read(note: Path) -> str | None:
    try:
        return note.read_text(encoding="utf-8") or None
    except (OSError, UnicodeDecodeError):
        return None


def _write(note: Path, validator: str | None) -> None:
    if validator is None:
        note.unlink(missing_ok=True)
    else:
        note.write_text(validator, encoding="utf-8")
