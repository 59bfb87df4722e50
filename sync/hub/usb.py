"""A copy of what is served, for a stick: only what current releases need, resumable, metadata last."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from index.errors import DiskFull, UsageError
from index.store.faults import files_translated
from index.store.files import sync_folder
from sync.format import Publication
from sync.hub.cleaning import named_by
from sync.hub.folder import HubFolder
from sync.hub.report import HubProgress, Tell, tell_nobody
from sync.trust.signing import SigningRepository, role_of

_PIECE: Final = 1 << 20
_SPARE: Final = 16 << 20  # bytes left free: a file system's own tables grow too
_BLOCK: Final = 32 << 10  # what a small file takes on a stick


@dataclass(frozen=True, slots=True)
class Exported:
    """What a copy took.

    Attributes:
        copied_bytes: Written now.
        total_bytes: Of the whole copy.
        files: Of the whole copy.
        removed: Files of an older copy that nothing needs any more.
    """

    collections: tuple[str, ...]
    copied_bytes: int
    total_bytes: int
    files: int
    removed: int


def export(hub: HubFolder, target: Path, collections: Sequence[str] = (), tell: Tell = tell_nobody) -> Exported:
    """Copy what is served into a folder; what is there already is not copied again.

    Args:
        hub: The hub.
        target: Made where it is missing.
        collections: Only these; none for all.
        tell: Told how far it is, in bytes.

    Raises:
        UsageError: A collection isn't published; or the target lies in the hub.
        StoreBusy: Another process is changing the hub.
        DiskFull: The target has too little room, which is said before anything is written.
        ReadOnlyData: It can't be written to.
    """
    target = target.absolute()
    if target.resolve().is_relative_to(hub.path.resolve()):
        raise UsageError(f"{target} lies in the hub's own folder.", "Give a folder on the stick.")
    with hub.lock(), files_translated(target / "x"):
        signing = hub.signing()
        wanted = _wanted(hub, signing, collections)
        sizes = {name: (hub.public / name).stat().st_size for name in wanted}
        missing = [name for name in wanted if not _is_there(hub.public / name, target / name, sizes[name])]
        _check_room(target, [sizes[name] for name in missing])
        total, done = sum(sizes[name] for name in missing), 0
        for name in missing:
            tell(HubProgress("writing", str(target), done, total, name))
            _copy(hub.public / name, target / name)
            done += sizes[name]
        removed = _remove_others(target, set(wanted))
        tell(HubProgress("writing", str(target), done, total))
    return Exported(tuple(collections) or tuple(signing.delegated()), done, sum(sizes.values()), len(wanted), removed)


def _wanted(hub: HubFolder, signing: SigningRepository, collections: Sequence[str]) -> list[str]:
    """Return names of files below ``public/``: objects first, the timestamp last."""
    names = collections or signing.delegated()
    publications = []
    for name in names:
        content = signing.publication(name)
        if content is None:
            raise UsageError(f"“{name}” is not published.", f"There are: {', '.join(signing.delegated()) or 'none'}.")
        publications.append(Publication.decode(content))
    found = [f"objects/{name}" for name in named_by(hub, publications, only_current=True).files()]
    files = (signing.publication_file(publication.collection) for publication in publications)
    found += [file.relative_to(hub.public).as_posix() for file in files]
    metadata = hub.public / "metadata"
    found += sorted((f"metadata/{path.name}" for path in metadata.glob("*.root.json")), key=_number)
    snapshot = signing.snapshot().signed
    roles = ["targets", *map(role_of, names)]
    found += [f"metadata/{snapshot.meta[f'{role}.json'].version}.{role}.json" for role in roles]
    return [*found, f"metadata/{snapshot.version}.snapshot.json", "metadata/timestamp.json"]


def _is_there(source: Path, target: Path, size: int) -> bool:
    try:
        if target.stat().st_size != size:
            return False
        # Objects are named by what they hold and get their name only once they are whole.
        return source.parent.parent.name == "objects" or source.read_bytes() == target.read_bytes()
    except OSError:
        return False


def _check_room(target: Path, sizes: Sequence[int]) -> None:
    there = target
    while not there.exists():
        there = there.parent
    needed = sum(-(-size // _BLOCK) * _BLOCK for size in sizes)
    free = shutil.disk_usage(there).free
    if needed and needed + _SPARE > free:
        raise DiskFull(
            f"The copy needs {needed / 1e6:,.0f} MB more, and {there} has {max(free - _SPARE, 0) / 1e6:,.0f} MB free.",
            "Nothing was written. Take a larger stick, or name fewer collections with --collection.",
        )


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f".{target.name}.new")
    try:
        with source.open("rb") as read, fresh.open("wb") as written:
            shutil.copyfileobj(read, written, _PIECE)
            written.flush()
            os.fsync(written.fileno())
        fresh.replace(target)
    except BaseException:
        with suppress(OSError):
            fresh.unlink()
        raise
    sync_folder(target.parent)


def _remove_others(target: Path, wanted: set[str]) -> int:
    removed = 0
    for folder in ("objects", "metadata", "targets"):
        for path in (target / folder).rglob("*"):
            if path.is_file() and path.relative_to(target).as_posix() not in wanted:
                path.unlink()
                removed += 1
    return removed


def _number(name: str) -> int:
    return int(name.rpartition("/")[2].partition(".")[0])
