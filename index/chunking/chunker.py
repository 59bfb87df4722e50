"""Blocks in, chunks out: sections found, pieces packed, offsets and pages kept."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from index.chunking.options import ChunkOptions
from index.chunking.outline import located
from index.chunking.packing import packed
from index.chunking.pieces import Piece, pieces_of
from index.documents import Block, Chunk, Section

_WINDOW: Final = 8  # limits' worth of tokens packed together
_LOOKAHEAD: Final = 2  # of them left undecided: no run that fits may be cut because its end was not yet seen


def chunk(blocks: Iterable[Block], options: ChunkOptions | None = None) -> Iterator[Chunk]:
    """Cut a document into chunks, lazily: no more than a few chunks' worth of text is held.

    The document's text is the bodies one after the other. A heading is no part of it, it stands in the section's path;
    only one that nothing stands under is a chunk of its own (see `index.chunking.outline`).
    """
    options = options or ChunkOptions()
    counter = _Counter()
    for _, members in groupby(located(blocks), key=lambda member: member[0].ordinal):
        section, first = next(members)
        window: list[Piece] = []
        tokens = 0
        for piece in pieces_of(_chained(first, members), options.limit):
            window.append(piece)
            tokens += piece.tokens
            if tokens > _WINDOW * options.limit:
                done = yield from _front(counter, section, window, options, keep=_LOOKAHEAD * options.limit)
                del window[:done]
                tokens = sum(piece.tokens for piece in window)
        yield from _front(counter, section, window, options, keep=0)


def _chained(first: Block, members: Iterator[tuple[Section, Block]]) -> Iterator[Block]:
    yield first
    for _, block in members:
        yield block


@dataclass(slots=True)
class _Counter:
    """How many chunks and characters of the document are behind."""

    chunks: int = 0
    characters: int = 0


def _front(
    counter: _Counter, section: Section, pieces: Sequence[Piece], options: ChunkOptions, keep: int
) -> Generator[Chunk, None, int]:
    """Yield the chunks at the front of ``pieces``, leaving those that reach into the last ``keep`` tokens.

    Returns:
        How many pieces went into them: at least those of one chunk.
    """
    remaining = sum(piece.tokens for piece in pieces)
    start = 0
    for end in packed(pieces, options):
        remaining -= sum(piece.tokens for piece in pieces[start:end])
        if start and remaining < keep:
            break
        yield _made(counter, section, pieces[start:end])
        start = end
    return start


def _page_starts(pieces: Sequence[Piece], start: int) -> tuple[tuple[int, int], ...]:
    """Offset and number of every page that begins after the first piece, which lies at ``start``."""
    found: list[tuple[int, int]] = []
    at, page = start, pieces[0].page
    for piece in pieces:
        if piece.page is not None and piece.page != page:
            found.append((at, piece.page))
            page = piece.page
        at += len(piece.text)
    return tuple(found)


def _made(counter: _Counter, section: Section, pieces: Sequence[Piece]) -> Chunk:
    body = "".join(piece.text for piece in pieces)
    start = counter.characters
    made = Chunk(
        section,
        counter.chunks,
        body,
        start,
        start + len(body),
        page=pieces[0].page,
        page_end=pieces[-1].page,
        lead=pieces[0].lead,
        page_starts=_page_starts(pieces, start),
    )
    counter.chunks += 1
    counter.characters = made.end
    return made
