"""Putting files that a hub sent where the program looks for them."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

from index.errors import EdgeCopilotError, PackError
from index.store import Store, reading
from index.store.files import write_atomically
from sync.device.generations import Generations
from sync.device.places import Places
from sync.format import Publication


class Installer(Protocol):
    """Puts files where the program looks for them."""

    def install(self, files: Mapping[str, Path], tell: Callable[[str], None]) -> None:
        """Make these the installed files, of all collections, and take out those that it installed before.

        Each is put into its place whole or not at all; nothing that a person put there is overwritten. Doing it again
        changes nothing.

        Args:
            files: Where each lies, by its path in its collection; also those that this installer doesn't take.
            tell: Told of what could not be installed, in sentences.
        """


def live_files(generations: Generations, places: Places, store: Store, tell: Callable[[str], None]) -> dict[str, Path]:
    """Return where the files of all live collections of files lie, by their path in their collection."""
    files: dict[str, Path] = {}
    for live in generations.all():
        if live.state != "live" or kind_of(places, live.collection) != "files":
            continue
        with store.reader() as connection:
            paths = [document.path for document in reading.documents(connection, live.collection)]
        for path in paths:
            place = generations.file(live.collection, path)
            if place is None:
                continue
            if path in files:
                tell(f"{path} is in more than one collection: that of {live.collection} is not installed.")
            else:
                files[path] = place
    return files


def kind_of(places: Places, collection: str) -> str | None:
    """Return what the last verified publication of a collection says that it holds; None where there is none."""
    try:
        return Publication.decode((places.publications / f"{collection}.json").read_bytes()).kind
    except (OSError, PackError):
        return None


class PlacedFiles:
    """An installer that copies files into a folder by a rule, and remembers which are its own.

    Args:
        place: Says where a file goes by its path in its collection; None where this installer doesn't take it.
        memory: File in which it remembers what it put where.
        check: Given a file and its path in its collection, refuses what the program couldn't read, with an
            `EdgeCopilotError`.
    """

    def __init__(
        self,
        place: Callable[[str], Path | None],
        memory: Path,
        check: Callable[[Path, str], None] = lambda file, path: None,
    ) -> None:
        self._place, self._memory, self._check = place, memory, check

    def install(self, files: Mapping[str, Path], tell: Callable[[str], None]) -> None:
        """See `Installer.install`."""
        before = _Placed.read(self._memory)
        own: dict[str, str] = {}
        for path, source in files.items():
            target = self._place(path)
            if target is None:
                continue
            wanted = _sha256(source)
            there = _sha256(target) if target.is_file() else None
            if there is not None and there not in (before.files.get(str(target)), wanted):
                tell(f"{target} was written by somebody on this device: the hub's {path} is not put in its place.")
                continue
            if there != wanted:
                try:
                    self._check(source, path)
                except EdgeCopilotError as error:
                    tell(f"{path} is not installed: {error.message}")
                    if there is not None:
                        own[str(target)] = there
                    continue
                target.parent.mkdir(parents=True, exist_ok=True)
                fresh = target.with_name(target.name + ".new")
                shutil.copyfile(source, fresh)
                fresh.replace(target)
            own[str(target)] = wanted
        for name, sha256 in before.files.items():
            gone = Path(name)
            if name not in own and gone.is_file() and _sha256(gone) == sha256:
                gone.unlink()
        if own != before.files:
            self._memory.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._memory, _Placed(files=own).model_dump_json(indent=2) + "\n")


class _Placed(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    files: dict[str, str] = {}

    @classmethod
    def read(cls, path: Path) -> _Placed:
        try:
            return cls.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            return cls()


def _sha256(place: Path) -> str:
    with place.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
