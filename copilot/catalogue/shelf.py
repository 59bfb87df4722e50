"""One folder of models, ``FOLDER/MODEL-ID/FILE``: what lies there, and whether it may be trusted."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from copilot.catalogue.hashing import HashMemory, hash_file, read_json, write_json
from copilot.catalogue.schema import ModelEntry, ModelFile

PINS_NAME: Final = ".pins.json"
STAGING_NAME: Final = ".incoming"

FileState = Literal["good", "unread", "wrong", "unpinned", "missing"]
"""good: its hash is known and right. unread: of the right size, its hash not yet computed. wrong: its size or hash
differs. unpinned: neither the catalogue nor a pull says what it must hash to."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder of models, read only as far as this class is concerned, but for the memory of hashes.

    Attributes:
        folder: Holds one folder for each model.
        memory: Where hashes of this folder's files are remembered.
        also: Other memories that may know them: the one of a shared folder, which may not be written to.
    """

    folder: Path
    memory: HashMemory
    also: tuple[HashMemory, ...] = ()

    def file_path(self, entry: ModelEntry, file: ModelFile) -> Path:
        """Where a file of a model lies, or would lie."""
        return self.folder / entry.id / file.name

    def staging(self, entry: ModelEntry) -> Path:
        """Where files that are not yet complete are kept."""
        return self.folder / entry.id / STAGING_NAME

    def wanted_hash(self, entry: ModelEntry, file: ModelFile) -> str | None:
        """What a file must hash to: by the catalogue, else by the pin of its first pull."""
        if file.sha256 is not None:
            return file.sha256
        pin = self._pins(entry).get(file.name)
        sha256 = pin.get("sha256") if isinstance(pin, dict) else None
        return sha256 if isinstance(sha256, str) else None

    def pin(self, entry: ModelEntry, file: ModelFile, sha256: str, origin: str) -> None:
        """Note what a file without a hash in the catalogue must hash to from now on."""
        pins = self._pins(entry) | {file.name: {"sha256": sha256, "from": origin}}
        folder = self.folder / entry.id
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / PINS_NAME, pins)

    def glance(self, entry: ModelEntry, file: ModelFile) -> FileState:
        """Judge a file by its size and by what is remembered of it, without reading it."""
        path = self.file_path(entry, file)
        try:
            status = path.stat()
        except OSError:
            return "missing"
        if not stat.S_ISREG(status.st_mode):
            return "wrong"
        wanted = self.wanted_hash(entry, file)
        if wanted is None:
            return "unpinned"
        if file.bytes is not None and status.st_size != file.bytes:
            return "wrong"
        known = self._recall(path)
        if known is None:
            return "unread"
        return "good" if known == wanted else "wrong"

    def check(
        self, entry: ModelEntry, file: ModelFile, on_bytes: Callable[[int], None] | None = None, afresh: bool = False
    ) -> FileState:
        """Judge a file by its hash, computed where it isn't remembered.

        Args:
            entry: The model.
            file: One of its files.
            on_bytes: Called as in `hash_file`.
            afresh: Read the file even if its hash is remembered.

        Returns:
            Never ``unread``. A file that can't be read counts as wrong.
        """
        state = self.glance(entry, file)
        if state == "unread" or (afresh and state in ("good", "wrong")):
            path = self.file_path(entry, file)
            try:
                sha256 = hash_file(path, on_bytes)
            except (OSError, ValueError):
                return "wrong"
            self.memory.remember(path, sha256)
            return "good" if sha256 == self.wanted_hash(entry, file) else "wrong"
        return state

    def has_staged(self, entry: ModelEntry) -> bool:
        """Whether a part of the model has arrived."""
        return any(names for _, _, names in os.walk(self.staging(entry)))

    def _recall(self, path: Path) -> str | None:
        for memory in (self.memory, *self.also):
            if (known := memory.recall(path)) is not None:
                return known
        return None

    def _pins(self, entry: ModelEntry) -> dict[str, Any]:
        return read_json(self.folder / entry.id / PINS_NAME)
