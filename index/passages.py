"""Passages: chunks shown as evidence, and the answer to a search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from index.documents import AccessLabel

SearchMode = Literal["hybrid", "lexical"]


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document found for a query: one chunk, or neighbouring chunks of one section merged.

    Attributes:
        rank: From 1.
        score: Higher is better; comparable within one search only.
        document: The document's path as it was ingested.
        title: The document's title.
        section: Heading path from the top.
        page: 1-based page of its best chunk, or None; where that lies on several, the one that fits the query best.
        page_end: Page on which that chunk ends.
        page_starts: Where pages begin inside its text: offsets in ``text`` with the 1-based page, from 0 on; empty
            where the format has no pages.
        text: The passage's plain text, a repeated table header included.
        chunk_id: Store id of its best chunk.
        chunk_ids: Every chunk in it, in document order.
        collection, access, language: Of the document.
        start, end: Character offsets in the document's text, half open.
        exact: True where an identifier of the query stands in it letter for letter (case and separators aside).
        similarity: Cosine of the query with the best vector of the passage, from -1 to 1; None without an embedder.
    """

    rank: int
    score: float
    document: str
    title: str
    section: tuple[str, ...]
    page: int | None
    text: str
    chunk_id: int
    chunk_ids: tuple[int, ...]
    collection: str
    access: AccessLabel
    language: str | None
    start: int
    end: int
    exact: bool = False
    similarity: float | None = None
    page_end: int | None = None
    page_starts: tuple[tuple[int, int], ...] = ()

    def page_at(self, offset: int) -> int | None:
        """The page on which the character at ``offset`` of the text stands."""
        page = self.page
        for start, begun in self.page_starts:
            if start <= offset:
                page = begun
        return page


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """What a search may look at; an empty tuple means everything.

    Attributes:
        strict: Whether the collections are all that whoever asks may see, so that nothing beside them comes up either.
    """

    collections: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    strict: bool = False


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Passages for a query, best first.

    Attributes:
        query: As it was given.
        took_ms: Wall time of the search.
        passages: At most the number asked for.
        mode: ``lexical`` where no embedder was at hand.
        notices: Sentences for the person, such as a spelling that was taken for another.
    """

    query: str
    took_ms: float
    passages: tuple[Passage, ...]
    mode: SearchMode
    notices: tuple[str, ...] = ()
