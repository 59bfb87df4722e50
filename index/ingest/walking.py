"""Which files the given paths stand for.

A folder is walked with everything below it, in the order of names. Hidden files and folders, and what by its name is
no document but belongs to one (pictures and style sheets of a web page), are passed over in silence there; a file that
is named itself is always taken. Links are followed: a document keeps the path by which it was reached. A link to
something that is walked anyway adds nothing, so that loops end and nothing is taken twice.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from index.ingest.report import Skipped
from index.loaders.files import unreadable

_COMPANIONS: Final = frozenset(
    {".avif", ".bmp", ".gif", ".ico", ".jpeg", ".jpg", ".png", ".svg", ".svgz", ".tif", ".tiff", ".webp"}
    | {".css", ".js", ".map", ".mjs", ".eot", ".otf", ".ttf", ".woff", ".woff2"}
    | {".mp3", ".mp4", ".ogg", ".wav", ".webm"}
)
_LITTER: Final = frozenset({"thumbs.db", "desktop.ini"})


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to ingest, and its size in bytes when it was found."""

    path: str
    size: int


@dataclass(slots=True)
class Walk:
    """What was found.

    Attributes:
        roots: The given paths that are there, resolved.
        missing: The given paths where nothing is.
        files: Each once, in order.
        skipped: What could not be looked at.
        ignored: How many files were passed over for their names.
    """

    roots: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    files: list[FoundFile] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    ignored: int = 0


def walk(paths: Sequence[Path], store_file: Path) -> Walk:
    """Find the files that ``paths`` stand for.

    Args:
        paths: Files and folders, in any form.
        store_file: The index; it and its companions are never taken, nor its folder when it lies inside another
            that is walked.
    """
    return _Walker(paths, store_file).run()


class _Walker:
    def __init__(self, paths: Sequence[Path], store_file: Path) -> None:
        self._given = list(dict.fromkeys(Path(os.path.realpath(path)) for path in paths))
        self._store_file = Path(os.path.realpath(store_file))
        self._found = Walk()
        self._files: dict[str, FoundFile] = {}
        self._folders: set[tuple[int, int]] = set()

    def run(self) -> Walk:
        for root in self._given:
            try:
                status = root.stat()
            except (FileNotFoundError, NotADirectoryError):
                self._found.missing.append(str(root))
                continue
            except OSError as error:
                self._skip(root, error)
                continue
            self._found.roots.append(str(root))
            if stat.S_ISDIR(status.st_mode):
                self._folder(root, status)
            else:
                self._take(root, status.st_size)
        self._found.files = list(self._files.values())
        return self._found

    def _folder(self, top: Path, status: os.stat_result) -> None:
        pending = [(top, status)]
        while pending:
            folder, status = pending.pop()
            # Windows has no inode numbers on some file systems; there the real path was compared already.
            identity = (status.st_dev, status.st_ino)
            if status.st_ino and identity in self._folders:
                continue
            self._folders.add(identity)
            inner = []
            for entry in self._entries(folder):
                path = folder / entry.name
                try:
                    status = entry.stat()
                    if entry.is_symlink() and self._walked_anyway(path):
                        continue
                except OSError as error:
                    if entry.is_symlink() and isinstance(error, FileNotFoundError):
                        self._found.skipped.append(Skipped(str(path), f"{path.name} is a link that leads nowhere."))
                    else:
                        self._skip(path, error)
                    continue
                if stat.S_ISDIR(status.st_mode):
                    if path != self._store_file.parent:
                        inner.append((path, status))
                elif path.suffix.lower() in _COMPANIONS or path.name.lower() in _LITTER:
                    self._found.ignored += 1
                else:
                    self._take(path, status.st_size)
            pending.extend(reversed(inner))

    def _entries(self, folder: Path) -> Iterator[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                # "~$" is how office programs name the lock file of an open document.
                seen = [entry for entry in entries if not entry.name.startswith((".", "~$"))]
        except OSError as error:
            self._skip(folder, error)
            return
        yield from sorted(seen, key=lambda entry: entry.name)

    def _walked_anyway(self, link: Path) -> bool:
        real = Path(os.path.realpath(link))
        return any(real.is_relative_to(root) for root in self._given)

    def _take(self, path: Path, size: int) -> None:
        if path.parent == self._store_file.parent and path.name.startswith(self._store_file.stem + "."):
            return
        try:
            str(path).encode()
        except UnicodeEncodeError:
            self._found.skipped.append(
                Skipped(str(path), "The file's name holds bytes that are no text. Rename the file.")
            )
            return
        self._files.setdefault(str(path), FoundFile(str(path), size))

    def _skip(self, path: Path, error: OSError) -> None:
        self._found.skipped.append(Skipped(str(path), str(unreadable(path, error))))
