"""A folder, or one file, on a disk or share that this machine has."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from index.errors import NetworkError
from sync.hub.settings import SourceSettings
from sync.hub.sources.mirror import Mirror, TooLarge

_PIECE: Final = 1 << 20
_RACE_NS: Final = 2_000_000_000  # file systems keep times in steps of up to 2 s (FAT)


class FolderSource:
    """Compares by modification time and size."""

    def __init__(self, settings: SourceSettings) -> None:
        self._root = Path(settings.location)

    def refresh(self, mirror: Mirror) -> str:
        """See `sync.hub.sources.base.Source.refresh`."""
        try:
            status = self._root.stat()
        except OSError as error:
            raise NetworkError(
                f"{self._root} is not there ({error.strerror}).",
                "Connect the disk or share, or remove the source: edge-copilot hub remove-source",
            ) from error
        if stat.S_ISREG(status.st_mode):
            self._take(mirror, self._root, self._root.name, status)
        else:
            self._folder(mirror, self._root)
        return ""

    def _folder(self, mirror: Mirror, top: Path) -> None:
        real_root = Path(os.path.realpath(top))
        pending, walked = [top], set()
        while pending:
            folder = pending.pop()
            real = os.path.realpath(folder)
            if real in walked:
                continue
            walked.add(real)
            try:
                with os.scandir(folder) as found:
                    entries = sorted(found, key=lambda entry: entry.name)
            except OSError as error:
                mirror.incomplete(_relative(folder, top), f"The folder can't be read ({error.strerror}).")
                continue
            for entry in entries:
                path = folder / entry.name
                relative = _relative(path, top)
                try:
                    status = entry.stat()
                except OSError as error:
                    if not entry.is_symlink():
                        mirror.problem(relative, f"The file can't be looked at ({error.strerror}).")
                    continue
                # A link out of the folder would publish what its owner never put there.
                if entry.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(real_root):
                    continue
                if stat.S_ISDIR(status.st_mode):
                    if not entry.name.startswith("."):
                        pending.append(path)
                elif stat.S_ISREG(status.st_mode):
                    self._take(mirror, path, relative, status)

    def _take(self, mirror: Mirror, path: Path, relative: str, status: os.stat_result) -> None:
        try:
            relative.encode()
        except UnicodeEncodeError:
            mirror.problem(ascii(relative), "Its name holds bytes that are no text. Rename the file.")
            return
        if not mirror.wanted(relative):
            return
        version = f"{status.st_mtime_ns}-{status.st_size}"
        if mirror.known(relative) == version:
            mirror.keep(relative)
            return
        try:
            with path.open("rb") as file:
                before = os.fstat(file.fileno())
                # Written this shortly ago it may be written again without its time changing: look again next time.
                raced = mirror.now_ns() - before.st_mtime_ns < _RACE_NS
                version = f"{before.st_mtime_ns}-{before.st_size}" + ("?" if raced else "")
                mirror.put(relative, version, _pieces(file.fileno()))
        except TooLarge as error:
            mirror.problem(relative, str(error))
        except OSError as error:
            mirror.problem(relative, f"The file can't be read ({error.strerror}).")


def _pieces(handle: int) -> Iterator[bytes]:
    while piece := os.read(handle, _PIECE):
        yield piece


def _relative(path: Path, top: Path) -> str:
    return path.relative_to(top).as_posix()
