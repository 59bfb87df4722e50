"""From sources to the hub's own index: mirrors brought up to date, and read with the code that devices use."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from index.documents import AccessLabel
from index.embedding.base import Embedder
from index.errors import InputError, NetworkError, ResourceError
from index.ingest import Ingestor, IngestProgress
from index.loaders import LoadLimits
from index.store import Store, reading, writing
from sync.hub.folder import HubFolder
from sync.hub.report import HubProgress, Left, Tell
from sync.hub.settings import HubSettings
from sync.hub.sources import Mirror, open_source
from sync.hub.state import HubState


def refresh(
    hub: HubFolder, settings: HubSettings, state: HubState, collections: Iterable[str], tell: Tell
) -> list[Left]:
    """Bring the mirrors of these collections' sources up to date; return what couldn't be had.

    A source that can't be reached keeps its last good state.

    Raises:
        DiskFull, ReadOnlyData: The hub's disk can't take it.
    """
    left: list[Left] = []
    wanted = set(collections)
    for settings_of_source in settings.sources:
        if settings_of_source.collection not in wanted:
            continue

        def report(source: str, files: int, _: int) -> None:
            tell(HubProgress("fetching", source, files))

        mirror = Mirror(hub.mirror(settings_of_source.id), settings_of_source, state, hub.now, report)
        version, collection = "", settings_of_source.collection
        try:
            version = open_source(settings_of_source).refresh(mirror)
        except (NetworkError, InputError) as error:
            mirror.incomplete(settings_of_source.location, str(error))
        except ResourceError as error:
            if type(error) is not ResourceError:
                raise  # the disk; a missing program or package only keeps this source away
            mirror.incomplete(settings_of_source.location, str(error))
        refreshed = mirror.finish(version)
        left += [Left(collection, problem.path, problem.reason) for problem in refreshed.problems]
    return left


def build(
    hub: HubFolder,
    settings: HubSettings,
    store: Store,
    embedder: Embedder | None,
    limits: LoadLimits,
    collections: Iterable[str],
    tell: Tell,
) -> list[Left]:
    """Bring the index up to date with the mirrors; return the documents that couldn't be read.

    Raises:
        ModelError, StoreError, DiskFull: As `index.ingest.Ingestor.run`.
    """
    forget_strangers(hub, settings, store)
    left: list[Left] = []
    ingestor = Ingestor(store, embedder, limits)
    for name in collections:
        collection = settings.collections[name]
        if collection.kind != "documents":
            continue
        mirrors = {source.id: hub.mirror(source.id) for source in settings.sources_of(name)}
        _label(store, name, collection.access)

        def progress(at: IngestProgress, name: str = name) -> None:
            if at.phase == "vectors":
                tell(HubProgress("reading", name, at.chunks_done, at.chunks_total, "vectors"))
            else:
                tell(HubProgress("reading", name, at.files_done, at.files_total, Path(at.path).name))

        there = [mirror for mirror in mirrors.values() if mirror.is_dir()]
        report = ingestor.run(there, name, collection.access, prune=True, progress=progress)
        below = Below(there)
        for skipped in report.skipped:
            found = below(skipped.path)
            left.append(Left(name, found[1] if found else skipped.path, skipped.reason))
    return left


class Below:
    """Tells which of some folders a path of the index lies in.

    Args:
        folders: Mirrors; the index has their real paths.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        self._roots = [(folder, os.path.join(os.path.realpath(folder), "")) for folder in folders]  # noqa: PTH118 - ends with a slash

    def __call__(self, path: str) -> tuple[Path, str] | None:
        """Return the folder and the path below it, with forward slashes; None where it lies in none of them."""
        for folder, root in self._roots:
            if path.startswith(root):
                return folder, path[len(root) :].replace(os.sep, "/")
        return None


def forget_strangers(hub: HubFolder, settings: HubSettings, store: Store) -> None:
    """Take out of the index what belongs to no source any more, also where the hub's folder was moved."""
    with store.writing("removing what has no source"):
        with store.reader() as connection:
            collections = [info.name for info in reading.collections(connection)]
        for name in collections:
            known = settings.collections.get(name)
            with store.transaction() as connection:
                if known is None or known.kind != "documents":
                    writing.remove_collection(connection, name)
                    continue
                below = Below(hub.mirror(source.id) for source in settings.sources_of(name))
                strange = [
                    document.id for document in reading.documents(connection, name) if below(document.path) is None
                ]
                writing.remove_documents(connection, strange)


def _label(store: Store, name: str, access: AccessLabel) -> None:
    with store.reader() as connection:
        labels = {info.name: info.access for info in reading.collections(connection)}
    if labels.get(name, access) != access:
        with store.transaction() as connection:
            writing.set_access(connection, name, access)
