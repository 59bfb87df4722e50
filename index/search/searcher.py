"""Hybrid search: every channel looks for candidates, all candidates are scored by every channel, the best are shown."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Final, cast

import apsw

from index.documents import AccessLabel
from index.errors import ModelError
from index.passages import Passage, SearchFilter, SearchResult
from index.search import exact, lexical, spelling
from index.search.entries import entries
from index.search.fusion import HYBRID, LEXICAL, SAID, Signals, fused
from index.search.merging import Group, merged
from index.search.query import Query, understand, words_of
from index.search.scope import Scope, scope_of
from index.store.reading import StoredChunk, chunks_by_id
from index.store.reading import embedder as stored_embedder
from index.store.store import Store, generation

if TYPE_CHECKING:
    from index.embedding.base import Embedder, Vectors
    from index.search.vectors import Likeness, VectorChannel

log = logging.getLogger(__name__)

POOL: Final = 100  # candidates of each channel
_SCORED_BY_WORDS: Final = 400  # chunks whose BM25 is fetched: candidates of other channels mostly are among them
_CONSIDERED: Final = 4  # times the passages wanted: chunks that may be merged into them…
_CONSIDERED_AT_LEAST: Final = 40  # …so that what is shown doesn't change with how much is shown
_WEIGHED: Final = 10  # passages whose words are compared with the question's, and among which that decides

NO_EMBEDDER: Final = "Searched by words only: the embedding model is not on this device."
OTHER_EMBEDDER: Final = "Searched by words only: the index was made with another embedding model. Ingest it again."
NO_VECTORS: Final = "Searched by words only: the index was made without an embedding model. Ingest it again."
EMBEDDER_FAILED: Final = "Searched by words only: the embedding model failed."


@dataclass(frozen=True, slots=True)
class _WordHits:
    """What the word channel found: its best chunks, and for more of them BM25 as a share of its ceiling."""

    best: tuple[int, ...]
    shares: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class _Document:
    path: str
    title: str
    language: str | None
    collection: str
    access: str


class Searcher:
    """Searches an index. Safe to use from several threads.

    Args:
        store: The index.
        embedder: Turns questions into vectors; None searches by words alone.
        within: Ids of the documents that alone are searched, hidden ones too: how a generation is asked before it
            answers. What is staged after the first search isn't found.
    """

    def __init__(self, store: Store, embedder: Embedder | None, within: frozenset[int] | None = None) -> None:
        self._store = store
        self._embedder = embedder
        self._within = within
        self._vectors: VectorChannel | None = None

    def search(self, query: str, k: int = 5, filter: SearchFilter | None = None) -> SearchResult:  # noqa: A002 - its name in the seam
        """Find the passages that fit a query best.

        Args:
            query: A question, some words, an identifier; as typed.
            k: How many passages at most.
            filter: Where to look; default everywhere.

        Raises:
            QuestionError: There are no words in the query.
            UsageError: A collection or document of the filter isn't in the index, or ``k`` is less than 1.
            StoreError: The index can't be read.
        """
        begun = perf_counter()
        if k < 1:
            raise ValueError("k counts passages from 1")
        with self._store.reader() as connection:
            notices: list[str] = []
            scope = scope_of(connection, filter or SearchFilter()) if self._within is None else Scope(self._within)
            asked, known = self._understood(connection, query, notices)
            vector = self._embedded(connection, asked, notices)
            words = self._words(connection, asked, known, scope)
            names = exact.search(connection, asked, scope, known.chunks)
            notices += names.notices
            likenesses = self._likenesses(connection, vector, scope, (*words.best, *names.exact))
            pool = likenesses.keys() | set(words.best) | names.scores.keys()
            lengths = _lengths(connection, pool)
            likely = sorted(names.scores, key=lambda id_: -words.shares.get(id_, 0.0))
            own = entries(connection, names.matches, (id_ for id_ in likely if id_ in pool))
            weights = HYBRID if vector is not None else LEXICAL
            scores = {
                id_: fused(
                    Signals(
                        likeness.whole if (likeness := likenesses.get(id_)) else None,
                        likeness.window if likeness else None,
                        words.shares.get(id_, 0.0),
                        names.scores.get(id_, 0.0),
                        own.get(id_, 0.0),
                        lengths[id_],
                    ),
                    weights,
                    names.share,
                )
                for id_ in lengths
            }
            found = _groups(connection, scores, max(k, _WEIGHED))
            documents = _documents(connection, {group.best.document_id for group in found})
            said = [_said(connection, asked, known, group, documents[group.best.document_id]) for group in found]
            ranked = sorted(
                ((scores[group.best.id] + SAID * share, group) for group, share in zip(found, said, strict=True)),
                key=lambda one: -one[0],
            )
            passages = _passages(connection, asked, ranked[:k], documents, likenesses, names.exact)
        took_ms = (perf_counter() - begun) * 1000
        return SearchResult(
            query, round(took_ms, 1), passages, "lexical" if vector is None else "hybrid", tuple(notices)
        )

    def warm(self) -> None:
        """Read what speeds up every later search into memory, for a process that will be asked more than once."""
        if self._embedder is not None:
            with self._store.reader() as connection:
                self._channel().ready(connection, generation(connection))

    def _understood(
        self, connection: apsw.Connection, text: str, notices: list[str]
    ) -> tuple[Query, lexical.Frequencies]:
        asked = understand(connection, text)
        if asked.cut:
            notices.append("The question is very long: only its beginning was searched for.")
        known = lexical.frequencies(connection, asked.terms)
        unknown = [term for term in asked.terms if not known.of[term.stem]]
        if unknown and known.chunks:
            vocabulary = self._embedder if isinstance(self._embedder, spelling.Vocabulary) else None
            asked, corrections = spelling.correct(connection, asked, unknown, vocabulary)
            if corrections:
                known = lexical.frequencies(connection, asked.terms)
                notices += [f"“{one.typed}” was taken for “{one.taken_for}”." for one in corrections]
        return asked, known

    def _embedded(self, connection: apsw.Connection, asked: Query, notices: list[str]) -> Vectors | None:
        """Return the query's vector; None, with the reason as a notice, where meaning can't be searched for."""
        if self._embedder is None:
            notices.append(NO_EMBEDDER)
            return None
        stored = stored_embedder(connection)
        if stored != (self._embedder.name, self._embedder.dimensions):
            if connection.execute("SELECT EXISTS (SELECT 1 FROM chunks)").get:
                notices.append(OTHER_EMBEDDER if stored else NO_VECTORS)
            return None
        try:
            return self._embedder.embed_query(asked.text)
        except ModelError as error:
            log.warning("The embedder failed: %s", error)
            notices.append(EMBEDDER_FAILED)
            return None

    def _words(self, connection: apsw.Connection, asked: Query, known: lexical.Frequencies, scope: Scope) -> _WordHits:
        terms = lexical.worth_looking_for(asked.terms, known)
        found = lexical.search(connection, terms, scope, _SCORED_BY_WORDS)
        highest = lexical.ceiling(terms, known)
        return _WordHits(tuple(found)[:POOL], {id_: score / highest for id_, score in found.items()})

    def _likenesses(
        self, connection: apsw.Connection, vector: Vectors | None, scope: Scope, others: Sequence[int]
    ) -> dict[int, Likeness]:
        """Compare the query with the nearest chunks and with those that other channels found."""
        if vector is None:
            return {}
        from index.search.vectors import likeness

        near = self._channel().nearest(connection, generation(connection), vector, scope)
        found = likeness(connection, vector, {*near.tolist(), *others})
        kept = {*others, *sorted(found, key=lambda id_: -found[id_].best)[:POOL]}
        return {id_: one for id_, one in found.items() if id_ in kept}

    def _channel(self) -> VectorChannel:
        if self._vectors is None:
            from index.search.vectors import VectorChannel

            self._vectors = VectorChannel(hidden=self._within is not None)
        return self._vectors


def _lengths(connection: apsw.Connection, ids: Iterable[int]) -> dict[int, int]:
    """Return the length of chunks in characters, without what is repeated from before them."""
    rows = connection.execute(
        "SELECT id, end_char - start_char FROM chunks WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(ids)),),
    )
    return dict(cast("Iterable[tuple[int, int]]", rows))


def _groups(connection: apsw.Connection, scores: Mapping[int, float], k: int) -> list[Group]:
    # Every channel has kept to the scope: what it found may be shown.
    best = sorted(scores, key=lambda id_: (-scores[id_], id_))[: max(k * _CONSIDERED, _CONSIDERED_AT_LEAST)]
    return merged(chunks_by_id(connection, best, hidden=True), scores, k)


def _said(
    connection: apsw.Connection, asked: Query, known: lexical.Frequencies, group: Group, document: _Document
) -> float:
    """Return how much of the question a passage speaks of: the share of its words, by rarity, from 0 to 1.

    BM25 is of single chunks, and gives most to the rarest word; of two passages alike, the one that has the other words
    of the question too, be it in another of its chunks or in its headings, is the better one.
    """
    weights = {term.stem: lexical.rarity(known, term) for term in asked.terms if known.of[term.stem]}
    total = sum(weights.values())
    if not total:
        return 0.0
    text = "\n".join((document.title, *group.best.section, group.text))
    stems = {term.stem for term in words_of(connection, text)}
    return sum(weight for stem, weight in weights.items() if stem in stems) / total


def _page_of(connection: apsw.Connection, asked: Query, chunk: StoredChunk) -> int | None:
    """Return the page of a chunk on which most of the question's words stand, the first of equals."""
    if not chunk.page_starts:
        return chunk.page
    wanted = {term.stem for term in asked.terms}
    starts = [(chunk.start, chunk.page), *chunk.page_starts]
    ends = [offset for offset, _ in chunk.page_starts] + [chunk.end]
    best, most = chunk.page, -1
    for (start, page), end in zip(starts, ends, strict=True):
        part = chunk.body[start - chunk.start : end - chunk.start]
        found = len(wanted & {term.stem for term in words_of(connection, part)})
        if found > most:
            best, most = page, found
    return best


def _passages(
    connection: apsw.Connection,
    asked: Query,
    ranked: Sequence[tuple[float, Group]],
    documents: Mapping[int, _Document],
    likenesses: Mapping[int, Likeness],
    exact_ids: frozenset[int],
) -> tuple[Passage, ...]:
    passages = []
    for rank, (score, group) in enumerate(ranked, start=1):
        document = documents[group.best.document_id]
        near = [likenesses[chunk.id].best for chunk in group.chunks if chunk.id in likenesses]
        passages.append(
            Passage(
                rank=rank,
                score=round(score, 4),
                document=document.path,
                title=document.title,
                section=group.best.section,
                page=_page_of(connection, asked, group.best),
                page_end=group.best.page_end,
                page_starts=group.page_starts,
                text=group.text,
                chunk_id=group.best.id,
                chunk_ids=tuple(chunk.id for chunk in group.chunks),
                collection=document.collection,
                access=AccessLabel(document.access),
                language=document.language,
                start=group.chunks[0].start,
                end=group.chunks[-1].end,
                exact=any(chunk.id in exact_ids for chunk in group.chunks),
                similarity=round(max(near), 4) if near else None,
            )
        )
    return tuple(passages)


def _documents(connection: apsw.Connection, ids: set[int]) -> dict[int, _Document]:
    rows = connection.execute(
        "SELECT d.id, d.path, d.title, d.language, c.name, c.access FROM documents d"
        " JOIN collections c ON c.id = d.collection_id WHERE d.id IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(ids)),),
    )
    return {row[0]: _Document(*row[1:]) for row in rows}
