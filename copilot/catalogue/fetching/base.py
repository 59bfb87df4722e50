"""What every kind of source is given, and how it says that it can't deliver."""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from dataclasses import dataclass, field
from pathlib import Path

from copilot.catalogue.hashing import sync_folder
from copilot.catalogue.progress import Progress, Watch, stop_if
from copilot.catalogue.schema import ModelEntry, ModelFile
from copilot.catalogue.shelf import Shelf
from index.errors import NetworkError


class SourceFailed(NetworkError):
    """A source can't deliver; the next one is tried.

    Attributes:
        wrong_content: Something arrived, but not what the catalogue lists.
    """

    def __init__(self, message: str, *, wrong_content: bool = False) -> None:
        super().__init__(message)
        self.wrong_content = wrong_content


@dataclass(slots=True)
class Job:
    """One model's files to be fetched from one source.

    Attributes:
        entry: The model.
        wanted: The files that this source delivers and that are still missing.
        shelf: Where they go.
        cache: Folder for packages; emptied after the pull.
        hub_url: Where hub sources are looked up.
        watch: Told how far it is.
        cancel: Set from outside to stop.
        keep: Package file names that another model of the same pull needs too.
    """

    entry: ModelEntry
    wanted: tuple[ModelFile, ...]
    shelf: Shelf
    cache: Path
    hub_url: str
    watch: Watch
    cancel: threading.Event | None = None
    keep: frozenset[str] = field(default_factory=frozenset)

    def staged(self, file: ModelFile, suffix: str) -> Path:
        """Where a file is put together until it is complete."""
        path = self.shelf.staging(self.entry) / f"{file.name}.{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def tell(self, done_bytes: int, total_bytes: int, text: str = "") -> None:
        """Report the progress of the download."""
        self.watch(Progress(self.entry.id, "downloading", done_bytes, total_bytes, text))

    def stop_if_asked(self) -> None:
        """Raise `Stopped` once somebody wants it."""
        stop_if(self.cancel)

    def install(self, file: ModelFile, staged: Path, sha256: str, origin: str) -> None:
        """Move a complete file into its place, if its hash is right; else delete it.

        Args:
            file: Which file it is.
            staged: The complete file.
            sha256: What its content was found to hash to.
            origin: Where it came from, for the pin of a file that the catalogue has no hash of.

        Raises:
            SourceFailed: It is not what the catalogue lists.
        """
        wanted = self.shelf.wanted_hash(self.entry, file)
        size = staged.stat().st_size
        if (wanted is not None and sha256 != wanted) or (file.bytes is not None and size != file.bytes):
            staged.unlink()
            raise SourceFailed(
                f"what arrived as “{file.name}” has sha256 {sha256[:12]}… and {size} bytes, "
                f"the catalogue lists {(wanted or 'none')[:12]}… and {file.bytes or 'any number of'} bytes",
                wrong_content=True,
            )
        if wanted is None:
            self.shelf.pin(self.entry, file, sha256, origin)
            self.watch(
                Progress(
                    self.entry.id,
                    "remark",
                    text=f"The catalogue has no hash for {file.name}: from now on only these bytes are accepted on "
                    f"this device, sha256 {sha256}.",
                )
            )
        with staged.open("rb") as complete:
            os.fsync(complete.fileno())
        place = self.shelf.file_path(self.entry, file)
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.is_dir():
            shutil.rmtree(place)
        staged.replace(place)
        sync_folder(place.parent)
        self.shelf.memory.remember(place, sha256)


def new_digest() -> hashlib._Hash:
    """Start a sha256."""
    return hashlib.sha256()
