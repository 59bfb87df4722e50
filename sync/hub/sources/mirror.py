"""The last good copy of a source, on the hub's own disk.

What can't be fetched stays as it was. A file that the source no longer has goes, but only after a complete listing: a
server that answers half is no reason to take manuals away from a fleet.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from json import dumps, loads
from pathlib import Path
from typing import Final

from index.errors import InputError
from index.store.faults import files_translated
from sync.hub.settings import SourceSettings
from sync.hub.sources.rules import PathRules
from sync.hub.state import HubState

_AT_ONCE: Final = 200  # files whose arrival is noted in one transaction
_PROBLEMS_KEPT: Final = 1000

Report = Callable[[str, int, int], None]
"""Called with a source's id, files looked at, and bytes fetched."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something of a source that couldn't be had, and why, in a sentence for whoever keeps the hub."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What refreshing a source did.

    Attributes:
        source: Its id.
        fetched, unchanged, removed: Files.
        fetched_bytes: Of the fetched ones.
        complete: Whether all of the source was seen.
        problems: What couldn't be had; its last good copy stays.
    """

    source: str
    fetched: int
    unchanged: int
    removed: int
    fetched_bytes: int
    complete: bool
    problems: tuple[Problem, ...]


class TooLarge(InputError):
    """A file is longer than the hub takes."""


class TooMany(InputError):
    """A source has more files than the hub takes."""


class Mirror:
    """One refresh of one source's copy. Call `keep` or `put` or `problem` for each file, and at last `finish`.

    Args:
        folder: Where the files go: ``sources/ID/files``.
        source: Its settings.
        state: What was there before.
        now: The time, aware, UTC.
        report: Told how far it is.
    """

    def __init__(
        self,
        folder: Path,
        source: SourceSettings,
        state: HubState,
        now: Callable[[], datetime],
        report: Report = lambda *_: None,
    ) -> None:
        self.source = source
        self._folder = folder
        self._incoming = folder.parent / "incoming"
        self._state = state
        self._now = now
        self._report = report
        self._rules = PathRules(source.include, source.exclude)
        rows = state.connection.execute("SELECT path, version, bytes FROM mirrored WHERE source = ?", (source.id,))
        self._known: dict[str, tuple[str, int]] = {path: (version, size) for path, version, size in rows}
        self._seen: set[str] = set()
        self._waiting: list[tuple[str, str, int]] = []
        self._problems: list[Problem] = []
        self._fetched = self._fetched_bytes = self._unchanged = 0
        self._complete = True
        shutil.rmtree(self._incoming, ignore_errors=True)
        with files_translated(state.path):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._incoming.mkdir(parents=True, exist_ok=True)

    @property
    def scratch(self) -> Path:
        """A folder of the source's own that stays between refreshes: a git repository."""
        return self._folder.parent

    def now_ns(self) -> int:
        """The time, nanoseconds since 1970."""
        return int(self._now().timestamp() * 1e9)

    def last_version(self) -> str:
        """Return what `finish` was given when the source was last seen wholly: a commit; empty for never."""
        row = self._state.connection.execute(
            "SELECT version, complete FROM refreshes WHERE source = ?", (self.source.id,)
        ).fetchone()
        return str(row[0]) if row and row[1] else ""

    def wanted(self, path: str) -> bool:
        """Whether a file is to be fetched; one whose name no device could keep is noted as a problem."""
        if not self._rules.wanted(path):
            return False
        if complaint := self._rules.complaint(path):
            self.problem(path, complaint)
            return False
        if path not in self._seen and len(self._seen) >= self.source.max_files:
            raise TooMany(
                f"The source has more than {self.source.max_files:,} files.",
                "Narrow it with --include or --exclude, or raise max_files in hub.toml.",
            )
        return True

    def known(self, path: str) -> str | None:
        """Return the version of the copy that is here; None where there is none, or not a whole one."""
        version, size = self._known.get(path, (None, -1))
        if version is None:
            return None
        try:
            return version if (self._folder / path).stat().st_size == size else None
        except OSError:
            return None

    def read(self, path: str) -> bytes:
        """Return the copy that is here."""
        return (self._folder / path).read_bytes()

    def keep(self, path: str) -> None:
        """The file is as it was."""
        self._seen.add(path)
        self._unchanged += 1
        self._tell()

    def put(self, path: str, version: str, pieces: Iterable[bytes]) -> None:
        """Take a file's content; the old one stays until all of it is here.

        Args:
            path: Wanted.
            version: By which the next refresh knows it again.
            pieces: May raise; the old copy stays then.

        Raises:
            TooLarge: It is over the limit.
            DiskFull, ReadOnlyData: The hub's disk can't take it.
        """
        limit, size = self.source.max_file_mb << 20, 0
        fresh = self._incoming / "file"
        try:
            with files_translated(self._state.path):
                file = fresh.open("wb")
            with file:
                for piece in pieces:  # what goes wrong there is the source's fault, not this disk's
                    size += len(piece)
                    if size > limit:
                        raise TooLarge(
                            f"The file is longer than {self.source.max_file_mb:,} MB.", "Raise max_file_mb in hub.toml."
                        )
                    with files_translated(self._state.path):
                        file.write(piece)
            with files_translated(self._state.path):
                self._place(fresh, path)
        finally:
            fresh.unlink(missing_ok=True)
        self._seen.add(path)
        self._waiting.append((path, version, size))
        self._fetched += 1
        self._fetched_bytes += size
        if len(self._waiting) >= _AT_ONCE:
            self._note()
        self._tell()

    def problem(self, path: str, reason: str) -> None:
        """The file can't be had now: its last good copy counts as seen."""
        self._seen.add(path)
        if len(self._problems) < _PROBLEMS_KEPT:
            self._problems.append(Problem(path, reason))
        self._tell()

    def gone(self, path: str) -> None:
        """The source says that there is no such file."""
        self._seen.discard(path)

    def incomplete(self, path: str, reason: str) -> None:
        """A part of the source can't be looked at: nothing is taken for gone."""
        self._complete = False
        self.problem(path, reason)
        self._seen.discard(path)

    def keep_all(self) -> bool:
        """Everything is as it was; return whether the copy is whole, without which nothing is kept."""
        if any(self.known(path) is None for path in self._known):
            return False
        for path in self._known:
            self.keep(path)
        return True

    def finish(self, version: str = "") -> Refreshed:
        """Note what has come, take away what is gone, and return what was done.

        Args:
            version: Of the source as a whole: a commit.
        """
        self._note()
        gone = sorted((self._known.keys() | self._on_disk()) - self._seen) if self._complete else []
        with self._state.transaction() as connection:
            for path in gone:
                self._remove(path)
                connection.execute("DELETE FROM mirrored WHERE source = ? AND path = ?", (self.source.id, path))
            finished = self._now().isoformat(timespec="seconds").replace("+00:00", "Z")
            problems = dumps([[problem.path, problem.reason] for problem in self._problems], ensure_ascii=False)
            connection.execute(
                "INSERT OR REPLACE INTO refreshes VALUES (?, ?, ?, ?, ?)",
                (self.source.id, finished, version, self._complete and not self._problems, problems),
            )
        shutil.rmtree(self._incoming, ignore_errors=True)
        return Refreshed(
            self.source.id,
            self._fetched,
            self._unchanged,
            len(gone),
            self._fetched_bytes,
            self._complete,
            tuple(self._problems),
        )

    def _on_disk(self) -> set[str]:
        """Return what is there: after a loss of the hub's memory more than what is known."""
        found = set()
        for folder, _, names in os.walk(self._folder):
            below = Path(folder).relative_to(self._folder)
            found |= {(below / name).as_posix() for name in names}
        return found

    def _note(self) -> None:
        if not self._waiting:
            return
        # Not waited for until it is on the disk, which takes most of the time with 10,000 small files: what a loss of
        # power takes is missed by its size, and fetched again.
        with self._state.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO mirrored VALUES (?, ?, ?, ?)",
                [(self.source.id, path, version, size) for path, version, size in self._waiting],
            )
        self._waiting.clear()

    def _place(self, fresh: Path, path: str) -> None:
        target = self._folder / path
        for parent in reversed(target.relative_to(self._folder).parents):
            above = self._folder / parent
            if above.is_file():  # what is a folder now was a file
                above.unlink()
        if target.is_dir():  # and the other way round
            shutil.rmtree(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh.replace(target)

    def _remove(self, path: str) -> None:
        target = self._folder / path
        with suppress(OSError):
            target.unlink()
        for parent in target.parents:
            if parent == self._folder:
                break
            try:
                parent.rmdir()
            except OSError:
                break

    def _tell(self) -> None:
        self._report(self.source.id, len(self._seen), self._fetched_bytes)


def last_problems(state: HubState, source_id: str) -> tuple[str, list[Problem]]:
    """Return when a source was refreshed last, and what couldn't be had then; "" for never."""
    row = state.connection.execute(
        "SELECT finished_at, problems FROM refreshes WHERE source = ?", (source_id,)
    ).fetchone()
    return (str(row[0]), [Problem(*pair) for pair in loads(row[1])]) if row else ("", [])
