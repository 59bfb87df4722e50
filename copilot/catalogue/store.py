"""The models on this device: where they lie, whether they may be loaded, and how they get here."""

from __future__ import annotations

import contextlib
import errno
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from copilot.catalogue.hashing import HashMemory
from copilot.catalogue.progress import Progress, Watch, stop_if, unwatched
from copilot.catalogue.schema import ModelEntry, ModelFile
from copilot.catalogue.shelf import FileState, Shelf
from index.errors import ModelCorrupt, ModelMissing, ReadOnlyData

if TYPE_CHECKING:
    from copilot.catalogue.catalogue import Catalogue
    from copilot.catalogue.importing import ImportReport

State = Literal["present", "partial", "missing", "corrupt"]


@dataclass(frozen=True, slots=True)
class FileVerdict:
    """What was found of one file.

    Attributes:
        path: Where it lies; of a missing file, where it would.
    """

    name: str
    path: Path
    state: FileState


def free_disk(folder: Path) -> int:
    """Return the free bytes of the disk that a folder, or its nearest existing parent, is on."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


class ModelStore:
    """Finds models by their catalogue entry; hands out only files whose hash is right.

    Looked up in the data directory first, then in the shared folders, which are only read.
    """

    def __init__(
        self,
        data_dir: Path,
        shared_dirs: Sequence[Path] = (),
        *,
        hub_url: str = "",
        free_bytes: Callable[[Path], int] = free_disk,
    ) -> None:
        """Open the models of a data directory; nothing is created before something is pulled.

        Args:
            data_dir: Models are kept in its ``models`` folder, downloads in its ``cache`` folder.
            shared_dirs: Other ``models`` folders.
            hub_url: Where hub sources are looked up.
            free_bytes: How much room is left on the disk of a folder.
        """
        self.models_dir = data_dir / "models"
        self.cache_dir = data_dir / "cache" / "models"
        self.hub_url = hub_url.rstrip("/")
        self.free_bytes = free_bytes
        memory = HashMemory(self.models_dir)
        self.own = Shelf(self.models_dir, memory)
        self.shelves = (
            self.own,
            *(Shelf(folder, memory, (HashMemory(folder),)) for folder in shared_dirs if folder != self.models_dir),
        )

    def path(self, entry: ModelEntry, filename: str | None = None, watch: Watch = unwatched) -> Path:
        """Return where a file of a model lies, once its hash is known to be right.

        The first time, the whole file is read; later its size and times are enough.

        Args:
            entry: The model.
            filename: Default: its first file.
            watch: Told of the reading.

        Raises:
            ModelMissing: It is not on this device.
            ModelCorrupt: It is, but its hash differs: it must not be loaded.
        """
        file = entry.files[0] if filename is None else entry.file(filename)
        return self._find(entry, (file,), watch) / file.name

    def directory(self, entry: ModelEntry, watch: Watch = unwatched) -> Path:
        """Return the folder of a model all of whose files lie there and are right.

        Raises:
            ModelMissing, ModelCorrupt: As in `path`.
        """
        return self._find(entry, entry.files, watch)

    def state(self, entry: ModelEntry) -> State:
        """Return what is known of a model without reading its files."""
        verdicts = [self._judge([shelf.glance(entry, file) for file in entry.files]) for shelf in self.shelves]
        for state in ("present", "corrupt", "partial"):
            if state in verdicts:
                return state
        return "partial" if self.own.has_staged(entry) else "missing"

    def verify(
        self, entry: ModelEntry, watch: Watch = unwatched, cancel: threading.Event | None = None
    ) -> list[FileVerdict]:
        """Read every file of a model anew, in the first folder that has any of it, and say what was found."""
        shelf = next((shelf for shelf in self.shelves if (shelf.folder / entry.id).is_dir()), self.own)
        return [
            FileVerdict(file.name, shelf.file_path(entry, file), state)
            for file, state in self._check_all(shelf, entry, entry.files, watch, cancel, afresh=True)
        ]

    def missing_files(
        self, entry: ModelEntry, watch: Watch = unwatched, cancel: threading.Event | None = None
    ) -> tuple[ModelFile, ...]:
        """Return the files that a pull must fetch: none where a folder has them all and they are right."""
        wanting: tuple[ModelFile, ...] = entry.files
        for shelf in reversed(self.shelves):
            checked = self._check_all(shelf, entry, entry.files, watch, cancel)
            wanting = tuple(file for file, state in checked if state != "good")
            if not wanting:
                return ()
        return wanting

    def pull(self, entry: ModelEntry, watch: Watch = unwatched, cancel: threading.Event | None = None) -> bool:
        """Fetch what is missing of a model; see `copilot.catalogue.pulling.pull_all`, which takes several.

        Returns:
            Whether anything was fetched.
        """
        from copilot.catalogue.pulling import pull_all

        return bool(pull_all(self, [entry], watch, cancel))

    def import_(
        self,
        paths: Iterable[Path],
        catalogue: Catalogue,
        trust_as: ModelEntry | None = None,
        watch: Watch = unwatched,
        cancel: threading.Event | None = None,
    ) -> ImportReport:
        """Take in files that were carried here; see `copilot.catalogue.importing.import_files`."""
        from copilot.catalogue.importing import import_files

        return import_files(self, catalogue, paths, trust_as, watch, cancel)

    def remove(self, entry: ModelEntry) -> int:
        """Delete a model from the data directory, with what has arrived of it; shared folders stay as they are.

        Returns:
            The bytes set free; 0 where there was nothing.
        """
        folder = self.models_dir / entry.id
        if not folder.is_dir():
            return 0
        with self.lock(entry.id):
            freed = sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
            shutil.rmtree(folder)
        return freed

    @contextlib.contextmanager
    def lock(
        self, model_id: str = "", watch: Watch = unwatched, cancel: threading.Event | None = None
    ) -> Iterator[None]:
        """Keep other processes from pulling, importing or removing in this data directory; wait for those that do.

        The operating system gives the lock back when its holder ends, however it ends.

        Raises:
            ReadOnlyData: The data directory can't be written to.
        """
        from filelock import FileLock, Timeout

        try:
            self.models_dir.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.models_dir / ".lock")
            told = False
            while True:
                stop_if(cancel)
                try:
                    lock.acquire(timeout=0.2 if told else 0)
                    break
                except Timeout:
                    if not told:
                        watch(Progress(model_id, "waiting", text="Another process is fetching models; waiting for it."))
                    told = True
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise
            raise ReadOnlyData(
                f"The models folder {self.models_dir} can't be written to: {error.strerror or error}.",
                "Make it writable, or give another folder with --data-dir.",
            ) from error
        try:
            yield
        finally:
            lock.release()

    def _find(self, entry: ModelEntry, files: Sequence[ModelFile], watch: Watch) -> Path:
        wrong: Path | None = None
        for shelf in self.shelves:
            checked = self._check_all(shelf, entry, files, watch, None)
            if all(state == "good" for _, state in checked):
                return shelf.folder / entry.id
            bad = [shelf.file_path(entry, file) for file, state in checked if state in ("wrong", "unpinned")]
            wrong = wrong or next(iter(bad), None)
        if wrong is not None:
            raise ModelCorrupt(
                f"The model file {wrong} is not what the catalogue lists under “{entry.id}”, so it is not loaded.",
                f"Fetch it again: edge-copilot models pull {entry.id}",
            )
        raise ModelMissing(
            f"The model “{entry.id}” ({entry.title}) is not on this device.",
            f"Fetch it: edge-copilot models pull {entry.id}",
        )

    @staticmethod
    def _check_all(
        shelf: Shelf,
        entry: ModelEntry,
        files: Sequence[ModelFile],
        watch: Watch,
        cancel: threading.Event | None,
        afresh: bool = False,
    ) -> list[tuple[ModelFile, FileState]]:
        total = sum(file.expected_bytes for file in files)
        done = 0

        def on_bytes(count: int) -> None:
            nonlocal done
            stop_if(cancel)
            done += count
            watch(Progress(entry.id, "verifying", done, total))

        return [(file, shelf.check(entry, file, on_bytes, afresh)) for file in files]

    @staticmethod
    def _judge(states: list[FileState]) -> State:
        if all(state in ("good", "unread") for state in states):
            return "present"
        if any(state in ("wrong", "unpinned") for state in states):
            return "corrupt"
        return "missing" if all(state == "missing" for state in states) else "partial"
