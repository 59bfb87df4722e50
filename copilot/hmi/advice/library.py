"""The index as advice looks into it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from copilot.answering.excerpts import Excerpts
from index.passages import Passage, SearchFilter, SearchResult
from index.store import Store, reading


class _Search(Protocol):
    def search(self, query: str, k: int = ..., filter: SearchFilter = ...) -> SearchResult: ...  # noqa: A002


class IndexLibrary:
    """The documents of this device.

    Args:
        search: Finds passages.
        excerpts: Grows them to their sections.
        store: The index, open for reading.
    """

    def __init__(self, search: _Search, excerpts: Excerpts, store: Store) -> None:
        self._search = search
        self._excerpts = excerpts
        self._store = store

    def search(self, query: str, k: int = 5, filter: SearchFilter = SearchFilter()) -> SearchResult:  # noqa: A002, B008
        """See `Library.search`."""
        return self._search.search(query, k, filter)

    def whole_section(self, passage: Passage) -> Passage:
        """See `Library.whole_section`."""
        return self._excerpts.whole_section(passage)

    def documents(self) -> Sequence[tuple[str, str]]:
        """See `Library.documents`."""
        with self._store.reader() as connection:
            return [(document.path, document.title) for document in reading.documents(connection)]
