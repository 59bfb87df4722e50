"""Canary questions: what a collection must be able to answer, asked here before any device is offered it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from index.embedding.base import Embedder
from index.errors import SyncError, UsageError
from index.passages import SearchFilter
from index.search import Searcher
from index.store import Store
from sync.format import Canary
from sync.hub.building import Below
from sync.hub.folder import HubFolder
from sync.hub.settings import HubSettings

FIRST: Final = 5  # passages among which a document must be, as docs/sync-format.md says
_MOST: Final = 200  # questions: every device asks them before it switches over


def read_canaries(file: Path) -> tuple[Canary, ...]:
    """Read a collection's questions; none where there is no file.

    Raises:
        UsageError: A line is no question.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return ()
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is no UTF-8 text.", "Save it anew.") from error
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(Canary.model_validate_json(line))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"])) or "the line"
            raise UsageError(
                f"{file}, line {number}: {where}: {first['msg']}.",
                'A line looks like {"question": "What does F0012 mean?", "documents": ["presses/manual.pdf"]}',
            ) from error
    if len(found) > _MOST:
        raise UsageError(f"{file} has {len(found)} questions.", f"Keep the best {_MOST}: each device asks them all.")
    return tuple(found)


def try_canaries(
    hub: HubFolder, settings: HubSettings, name: str, store: Store, embedder: Embedder | None
) -> tuple[Canary, ...]:
    """Ask the hub's index a collection's questions.

    Returns:
        The questions.

    Raises:
        SyncError: One of them doesn't find its document.
    """
    canaries = read_canaries(hub.canaries_file(name))
    if not canaries:
        return ()
    published = _PublishedPaths(hub, settings, name)
    searcher, failed = Searcher(store, embedder), []
    for canary in canaries:
        result = searcher.search(canary.question, FIRST, SearchFilter(collections=(name,)))
        found = {published(passage.document) for passage in result.passages}
        if found.isdisjoint(canary.documents):
            failed.append(canary)
    if failed:
        first = failed[0]
        raise SyncError(
            f"{len(failed)} of {len(canaries)} canary questions of “{name}” don't find their document. The first: "
            f"“{first.question}” should find {first.documents[0]}.",
            f"Nothing was published. Mend the documents, or the question in {hub.canaries_file(name)}.",
        )
    return canaries


class _PublishedPaths:
    """From paths of the index to those in the collection."""

    def __init__(self, hub: HubFolder, settings: HubSettings, name: str) -> None:
        self._prefixes = {hub.mirror(source.id): source.prefix for source in settings.sources_of(name)}
        self._below = Below(self._prefixes)

    def __call__(self, path: str) -> str:
        found = self._below(path)
        return self._prefixes[found[0]] + found[1] if found else path.replace(os.sep, "/")
