"""What the model reads: one chunk at a time, in exactly the same words whatever the question.

A passage shown as evidence may join several chunks, differently for different questions. Its KV could then never be
kept. So the reading is done on the best chunk alone, under a heading made from what is stored with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from index.passages import Passage, SearchFilter
from index.search.merging import Group
from index.search.scope import scope_of
from index.store import Store, reading
from index.store.reading import DocumentInfo, StoredChunk

LONGEST_SECTION: Final = 8000  # characters


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A chunk as the model reads it.

    Attributes:
        chunk_id: In the index.
        place: Document, section and page, for the model and for people.
        text: The chunk's text.
    """

    chunk_id: int
    place: str
    text: str


def place(title: str, section: Sequence[str], page: int | None) -> str:
    """Document, section and page in one line."""
    named = " › ".join(part for part in (title, *section[-1:]) if part)
    return f"{named}, page {page}" if page is not None else named


def place_of(passage: Passage) -> str:
    """Where a passage stands, in one line."""
    return place(passage.title, passage.section, passage.page)


class Excerpts:
    """Chunks of the index as excerpts.

    Args:
        store: The index.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, passages: Sequence[Passage]) -> list[Excerpt]:
        """The best chunk of each passage; of one that has just been removed, the passage's own text."""
        with self._store.reader() as connection:
            stored = {
                chunk.id: chunk
                for chunk in reading.chunks_by_id(connection, [passage.chunk_id for passage in passages])
            }
        return [
            _excerpt(passage.title, chunk)
            if (chunk := stored.get(passage.chunk_id))
            else Excerpt(passage.chunk_id, place_of(passage), passage.text)
            for passage in passages
        ]

    def whole_section(self, passage: Passage) -> Passage:
        """``passage`` grown to the section that it lies in, so that no step is missing; itself where that is long."""
        with self._store.reader() as connection:
            chunks = reading.section_chunks(connection, passage.chunk_id)
        if not chunks or sum(len(chunk.body) for chunk in chunks) > LONGEST_SECTION:
            return passage
        return Group(chunks[0], tuple(chunks)).grown(passage)

    def count(self, collections: Sequence[str] = ()) -> int:
        """How many chunks `all` yields.

        Raises:
            UsageError: There is no such collection.
        """
        return sum(document.chunks for document in self._documents(collections))

    def all(self, collections: Sequence[str] = ()) -> Iterator[Excerpt]:
        """Every chunk of the collections (all without any), document by document."""
        for document in self._documents(collections):
            with self._store.reader() as connection:
                chunks = list(reading.chunks(connection, document.id))
            for chunk in chunks:
                yield _excerpt(document.title, chunk)

    def _documents(self, collections: Sequence[str]) -> list[DocumentInfo]:
        with self._store.reader() as connection:
            scope = scope_of(connection, SearchFilter(collections=tuple(collections)))
            documents = reading.documents(connection)
        return [document for document in documents if scope.documents is None or document.id in scope.documents]


def _excerpt(title: str, chunk: StoredChunk) -> Excerpt:
    return Excerpt(chunk.id, place(title, chunk.section, chunk.page), chunk.text)
