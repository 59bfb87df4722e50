"""Procedures of the index: by what somebody looks for, or of a passage that is on the screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final, Protocol

from copilot.procedures.parsing import parse
from copilot.procedures.values import Procedure
from index.errors import NotThere
from index.passages import Passage, SearchFilter, SearchResult
from index.search.merging import Group, passage_of
from index.store import Store, reading

LOOKED_AT: Final = 12
"""Passages in whose sections a procedure is looked for."""
LONGEST_SECTION: Final = 60_000  # characters


class Search(Protocol):
    """What finding needs of the index."""

    def search(self, query: str, k: int = ..., filter: SearchFilter = ...) -> SearchResult:  # noqa: A002 - as it is there
        """Passages for ``query``, best first."""
        ...


def procedures_of(passage: Passage) -> list[Procedure]:
    """The procedures in the text of a passage that has been grown to its section."""
    title = passage.section[-1] if passage.section else passage.title
    return [
        one.model_copy(
            update={
                "document": passage.document,
                "document_title": passage.title,
                "section": passage.section,
                "page": one.page if one.page is not None else passage.page,
                "collection": passage.collection,
                "access": passage.access,
                "chunk_id": passage.chunk_id,
            }
        )
        for one in parse(passage.text, title, passage.language, passage.page_at)
    ]


class Finder:
    """Finds procedures.

    Args:
        store: The index.
        search: Looks in it.
    """

    def __init__(self, store: Store, search: Search) -> None:
        self._store = store
        self._search = search

    def find(self, query: str, filter: SearchFilter | None = None, k: int = 5) -> list[Procedure]:  # noqa: A002 - as in the search
        """Procedures for ``query``, best first; each once.

        Raises:
            QuestionError: There are no words in the query.
            UsageError: A collection or document of the filter isn't in the index.
            StoreError: The index can't be read.
        """
        result = self._search.search(query, LOOKED_AT, filter or SearchFilter())
        found: list[Procedure] = []
        for passage in self._sections(result.passages):
            found += procedures_of(passage)
            if len(found) >= k:
                break
        return found[:k]

    def of_passage(self, passage: Passage) -> list[Procedure]:
        """The procedures of the section in which a passage stands."""
        return procedures_of(self._grown(passage))

    def of_chunk(self, chunk_id: int) -> list[Procedure]:
        """The procedures of the section in which a chunk stands.

        Raises:
            NotThere: The index has no such chunk.
        """
        with self._store.reader() as connection:
            chunks = reading.chunks_by_id(connection, [chunk_id])
            documents = {one.id: one for one in reading.documents(connection)} if chunks else {}
        if not chunks:
            raise NotThere("This passage is not in the index any more.", "Search again.")
        [chunk] = chunks
        return self.of_passage(passage_of(chunk, documents[chunk.document_id]))

    def _sections(self, passages: Sequence[Passage]) -> Iterable[Passage]:
        seen: set[tuple[str, tuple[int, ...]]] = set()
        for passage in passages:
            grown = self._grown(passage)
            if (name := (grown.document, grown.chunk_ids)) not in seen:
                seen.add(name)
                yield grown

    def _grown(self, passage: Passage) -> Passage:
        """``passage`` with the text of its whole section; one that is gone, or of no document, as it is."""
        with self._store.reader() as connection:
            chunks = reading.section_chunks(connection, passage.chunk_id)
        if not chunks or sum(len(chunk.body) for chunk in chunks) > LONGEST_SECTION:
            return passage
        return replace(Group(chunks[0], tuple(chunks)).grown(passage), page=chunks[0].page)
