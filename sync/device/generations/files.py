"""Files of collections of files (models, prompts, calibration, configuration): plain files, named by their digest.

Programs open them by their path, and a model is too large for the index. Which generation a file belongs to is said in
the index; so a switch changes no file, and a file of two generations is stored once.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from index.errors import PackError
from index.store.faults import files_translated
from index.store.files import sync_folder
from sync.format import FileRef, digest_of
from sync.format.limits import AGAIN, PIECE

Fetch = Callable[[Iterable[bytes]], Iterator[tuple[bytes, bytes]]]


class FileFolder:
    """A folder of files named by their SHA-256.

    Args:
        folder: Created with the first file.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, file: FileRef) -> Path:
        """Where a file is, or would be."""
        return self.folder / file.sha256.hex()

    def has(self, file: FileRef) -> bool:
        """Whether a file is here; it was checked when it was put."""
        try:
            return self.path(file).stat().st_size == file.size
        except OSError:
            return False

    def is_whole(self, file: FileRef) -> bool:
        """Whether a file is here and has its content still; reads it all."""
        if not self.has(file):
            return False
        with self.path(file).open("rb") as content:
            return hashlib.file_digest(content, "sha256").digest() == file.sha256

    def put(self, file: FileRef, fetch: Fetch) -> None:
        """Fetch a file's pieces, those left from an earlier attempt excepted; then it is here at once and whole.

        Raises:
            PackError: The pieces are not those of the file, or some can't be had.
            DiskFull, ReadOnlyData: What was written so far is kept.
        """
        if self.has(file):
            return
        part = self.path(file).with_suffix(".part")
        with files_translated(part):
            self.folder.mkdir(parents=True, exist_ok=True)
            part.touch()
            with part.open("r+b") as content:
                content.truncate(file.size)
                places: dict[bytes, list[int]] = {}
                for number, digest in enumerate(file.pieces):
                    if digest_of(content.read(PIECE)) != digest:
                        places.setdefault(digest, []).append(number)
                for digest, data in fetch(places.keys()):
                    for number in places.pop(digest, ()):
                        content.seek(number * PIECE)
                        content.write(data)
                content.flush()
                os.fsync(content.fileno())
                content.seek(0)
                right = content.seek(0, os.SEEK_END) == file.size
                content.seek(0)
                right = right and hashlib.file_digest(content, "sha256").digest() == file.sha256
            if places or not right:
                part.unlink()
                raise PackError("The pieces of a file don't make up the file that was announced.", AGAIN)
            part.replace(self.path(file))
            sync_folder(self.folder)

    def collect(self, wanted: Collection[str]) -> int:
        """Remove files that nothing refers to; return how many bytes that freed.

        Args:
            wanted: Digests in hex.
        """
        freed = 0
        if not self.folder.is_dir():
            return 0
        with files_translated(self.folder):
            for path in self.folder.iterdir():
                if path.name not in wanted:
                    freed += path.stat().st_size
                    path.unlink()
        return freed
