"""Fetches what is missing of models: from the first source that delivers, resumed, checked, moved into place."""

from __future__ import annotations

import errno
import shutil
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace

from copilot.catalogue.carrying import IMPORT_REMEDY, carrying_text, what_to_carry
from copilot.catalogue.fetching import folder, packages, web
from copilot.catalogue.fetching.base import Job, SourceFailed
from copilot.catalogue.fetching.download import Patience
from copilot.catalogue.fetching.pip import AHEAD
from copilot.catalogue.progress import Progress, Watch, size_text, unwatched
from copilot.catalogue.schema import FileSource, ModelEntry, ModelFile, Package, PackageSource, Source
from copilot.catalogue.store import ModelStore
from index.errors import DiskFull, EdgeCopilotError, ModelCorrupt, NetworkError

_MARGIN = 64 << 20  # bytes left free, so that a pull doesn't take the index's last room


def pull_all(
    store: ModelStore,
    entries: Sequence[ModelEntry],
    watch: Watch = unwatched,
    cancel: threading.Event | None = None,
    patience: Patience = Patience(),  # noqa: B008 - immutable
) -> list[ModelEntry]:
    """Fetch what is missing of several models, one after the other; packages that two of them need only once.

    A model that can't be had doesn't keep the others from being fetched.

    Args:
        store: Where they go.
        entries: What to fetch.
        watch: Told of the progress.
        cancel: Set from outside to stop; what has arrived is kept.
        patience: When a server counts as out of reach.

    Returns:
        The models of which anything was fetched.

    Raises:
        NetworkError: No source of a model can be reached; names what to carry over, for all such models.
        ModelCorrupt: Sources can be reached, but what they deliver is not what the catalogue lists.
        DiskFull: There is not enough room; said before the download starts.
        ReadOnlyData: The data directory can't be written to.
        Stopped: ``cancel`` was set.
    """
    fetched: list[ModelEntry] = []
    failures: list[EdgeCopilotError] = []
    wanted: list[tuple[ModelEntry, tuple[ModelFile, ...]]] = []
    for entry in entries:
        missing = store.missing_files(entry, watch, cancel)
        if missing:
            wanted.append((entry, missing))
        else:
            watch(Progress(entry.id, "done", entry.bytes, entry.bytes, "already there"))
    if not wanted:
        return fetched
    with store.lock(wanted[0][0].id, watch, cancel):
        wanted = [(entry, store.missing_files(entry, watch, cancel)) for entry, _ in wanted]  # others may have fetched
        _check_room(store, wanted)
        for position, (entry, missing) in enumerate(wanted):
            if not missing:
                watch(Progress(entry.id, "done", entry.bytes, entry.bytes, "already there"))
                continue
            keep = _wheels(entry for entry, files in wanted[position + 1 :] if files)
            job = Job(entry, missing, store.own, store.cache_dir, store.hub_url, watch, cancel, keep)
            try:
                _pull(job, store, patience)
            except (NetworkError, ModelCorrupt) as error:
                failures.append(error)
                continue
            except OSError as error:
                raise _room_ran_out(error, store) from error
            fetched.append(entry)
            watch(Progress(entry.id, "done", entry.bytes, entry.bytes, "fetched"))
        if not failures:
            shutil.rmtree(store.cache_dir, ignore_errors=True)
    if failures:
        raise _together(failures)
    return fetched


def _pull(job: Job, store: ModelStore, patience: Patience) -> None:
    reasons: list[str] = []
    only_wrong_content = True
    sources = job.entry.sources
    for number, source in enumerate(sources):
        covered = job.entry.covered_by(source)
        part = replace(job, wanted=tuple(file for file in job.wanted if file.name in covered))
        if not part.wanted:
            continue
        try:
            _fetch(part, source, patience)
        except SourceFailed as error:
            job.stop_if_asked()
            reasons.append(f"{source.kind}: {error.message}")
            only_wrong_content &= error.wrong_content
            if number + 1 < len(sources):
                job.watch(
                    Progress(
                        job.entry.id,
                        "remark",
                        text=f"{error.message[:1].upper()}{error.message[1:]}; trying the next source.",
                    )
                )
        job.wanted = tuple(file for file in job.wanted if store.own.check(job.entry, file) != "good")
        if not job.wanted:
            shutil.rmtree(store.own.staging(job.entry), ignore_errors=True)
            return
    raise _nothing_left(job, reasons, bool(reasons) and only_wrong_content)


def _fetch(job: Job, source: Source, patience: Patience) -> None:
    if isinstance(source, PackageSource):
        packages.fetch(job, source)
    elif isinstance(source, FileSource):
        folder.fetch(job, source)
    else:
        web.fetch(job, source, patience)


def _nothing_left(job: Job, reasons: list[str], only_wrong_content: bool) -> EdgeCopilotError:
    why = "; ".join(reasons) or "the catalogue names no source for it"
    if only_wrong_content:
        return ModelCorrupt(
            f"“{job.entry.id}” was fetched but refused: {why}.",
            "Nothing of it is loaded. Try again; if it stays so, the source has changed and the catalogue must follow.",
        )
    return NetworkError(
        f"“{job.entry.id}” could not be fetched ({why}).\n{carrying_text(what_to_carry(job))}", IMPORT_REMEDY
    )


def _together(failures: list[EdgeCopilotError]) -> EdgeCopilotError:
    if len(failures) == 1:
        return failures[0]
    network = next((error for error in failures if isinstance(error, NetworkError)), failures[0])
    return type(network)("\n".join(error.message for error in failures), network.remedy)


def _check_room(store: ModelStore, wanted: Sequence[tuple[ModelEntry, tuple[ModelFile, ...]]]) -> None:
    missing = sum(file.expected_bytes for _, files in wanted for file in files)
    arrived = sum(_disk_use(store, entry) for entry, files in wanted if files)
    passing = sorted((package.bytes for entry, files in wanted if files for package in _packages(entry)), reverse=True)
    # pip keeps a package in its temporary folder and copies it out: twice its size for a moment.
    needed = max(0, missing - arrived) + 2 * sum(passing[:AHEAD])
    free = store.free_bytes(store.models_dir)
    if needed + _MARGIN > free:
        names = ", ".join(entry.id for entry, files in wanted if files)
        raise DiskFull(
            f"Not enough room for {names}: {size_text(needed + _MARGIN)} needed, {size_text(free)} free in "
            f"{store.models_dir}.",
            "Nothing was downloaded. Free some space, choose a smaller model, or give another folder with --data-dir.",
        )


def _disk_use(store: ModelStore, entry: ModelEntry) -> int:
    staging = store.own.staging(entry)
    return sum(path.stat().st_size for path in staging.rglob("*") if path.is_file()) if staging.is_dir() else 0


def _packages(entry: ModelEntry) -> list[Package]:
    return [package for source in entry.sources if isinstance(source, PackageSource) for package in source.packages]


def _wheels(entries: Iterable[ModelEntry]) -> frozenset[str]:
    return frozenset(package.wheel_name for entry in entries for package in _packages(entry))


def _room_ran_out(error: OSError, store: ModelStore) -> BaseException:
    if error.errno not in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return error
    return DiskFull(
        f"The disk filled up while models were fetched into {store.models_dir}.",
        "What has arrived is kept. Free some space, then pull again; it goes on from there.",
    )
