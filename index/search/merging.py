"""From ranked chunks to passages: neighbours of one section that were found together are shown as one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from index.passages import Passage
from index.store.reading import DocumentInfo, StoredChunk

LONGEST: Final = 3_200  # characters; few passages come near it, their mean is a thousand
KINDRED: Final = 0.6  # of the best chunk's score, that a neighbour needs to be shown with it


def passage_of(chunk: StoredChunk, document: DocumentInfo) -> Passage:
    """A chunk by itself as a passage, for whoever opens it without a search."""
    return Passage(
        rank=1,
        score=0.0,
        document=document.path,
        title=document.title,
        section=chunk.section,
        page=chunk.page,
        text=chunk.text,
        chunk_id=chunk.id,
        chunk_ids=(chunk.id,),
        collection=document.collection,
        access=document.access,
        language=document.language,
        start=chunk.start,
        end=chunk.end,
        page_end=chunk.page_end,
    )


@dataclass(frozen=True, slots=True)
class Group:
    """Chunks shown as one passage.

    Attributes:
        best: The chunk that was found best; score, page and section are its.
        chunks: All of them, in document order, without gaps.
    """

    best: StoredChunk
    chunks: tuple[StoredChunk, ...]

    def grown(self, passage: Passage) -> Passage:
        """``passage``, which is one of these chunks, with the text of all of them."""
        return replace(
            passage,
            text=self.text,
            chunk_ids=tuple(chunk.id for chunk in self.chunks),
            start=self.chunks[0].start,
            end=self.chunks[-1].end,
            page_starts=self.page_starts,
        )

    @property
    def text(self) -> str:
        """The chunks' text joined, with a repeated table header once."""
        return merged_text(self.chunks)

    @property
    def page_starts(self) -> tuple[tuple[int, int], ...]:
        """Where pages begin in `text`: offsets with the page, the first at 0; empty without pages."""
        first = self.chunks[0]
        if first.page is None:
            return ()
        body = "".join(chunk.body for chunk in self.chunks)
        blank = len(body) - len(body.lstrip())
        shift = (len(first.lead) + 1 if first.lead else 0) - first.start - blank
        found = [(0, first.page)]
        for chunk in self.chunks:
            begun = [(chunk.start, chunk.page)] if chunk.page is not None else []
            for offset, page in (*begun, *chunk.page_starts):
                if page != found[-1][1]:
                    found.append((max(0, offset + shift), page))
        return tuple(found)


def merged(ranked: Sequence[StoredChunk], scores: Mapping[int, float], limit: int) -> list[Group]:
    """Merge neighbours of one section.

    Args:
        ranked: Chunks, best first.
        scores: Their scores by id.
        limit: How many passages are wanted.

    Returns:
        At most ``limit`` groups in the order of their best chunks; every chunk is in at most one.
    """
    at = {(chunk.document_id, chunk.ordinal): chunk for chunk in ranked}
    taken: set[int] = set()
    groups: list[Group] = []
    for best in ranked:
        if len(groups) == limit:
            break
        if best.id in taken:
            continue
        run = [best]
        for neighbour in _outwards(best, at):
            if neighbour.id in taken or scores[neighbour.id] < KINDRED * scores[best.id]:
                continue
            if neighbour.ordinal not in (run[0].ordinal - 1, run[-1].ordinal + 1):
                continue
            grown = sorted([*run, neighbour], key=lambda chunk: chunk.ordinal)
            if len(merged_text(grown)) <= LONGEST:
                run = grown
        taken.update(chunk.id for chunk in run)
        groups.append(Group(best, tuple(run)))
    return groups


def merged_text(chunks: Sequence[StoredChunk]) -> str:
    """Join neighbouring chunks: the first one's repeated header, then what the document says, in its own words."""
    lead = chunks[0].lead
    body = "".join(chunk.body for chunk in chunks).strip()
    return f"{lead}\n{body}" if lead else body


def _outwards(best: StoredChunk, at: Mapping[tuple[int, int], StoredChunk]) -> Iterator[StoredChunk]:
    """Chunks of the same section beside ``best``, the nearest first, as long as there is no gap."""
    open_sides = {-1, 1}
    for distance in range(1, len(at)):
        for side in sorted(open_sides, reverse=True):
            neighbour = at.get((best.document_id, best.ordinal + side * distance))
            if neighbour is None or neighbour.section_ordinal != best.section_ordinal:
                open_sides.discard(side)
            else:
                yield neighbour
        if not open_sides:
            return
