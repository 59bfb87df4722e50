"""Blocks rendered as the document's text, in pieces that a chunk takes whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, Literal

from index.chunking.sentences import split
from index.chunking.size import estimate_tokens, token_spans
from index.documents import Block

PieceKind = Literal["paragraph", "step", "bullet", "header", "row", "code", "heading"]

_LISTED: Final = frozenset({"step", "bullet", "row", "code"})
_MAX_INDENT: Final = 4
_LEAD_SHARE: Final = 3  # a repeated table header takes at most a third of a chunk
_NUMBER: Final = re.compile(r"\(?(?:step\s+)?(?:(\d{1,3})|([a-z]))\s*[.):]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the document's text that is never cut again.

    Attributes:
        text: Its characters, the line breaks behind it included.
        tokens: Estimated size.
        kind: Of the block it is from; ``header`` is a table's header, written where the table begins.
        page: Of its block.
        level: Of its block.
        number: Of a step its number, where it has one ("c)" is 3); else None.
        lead: Of a row the line that names its columns, shortened where it is long; "" for none.
        lead_tokens: Its estimated size.
        table: Of a row or header, the table's number.
        inside: True for all but the first piece of one block.
    """

    text: str
    tokens: int
    kind: PieceKind
    page: int | None
    level: int = 0
    number: int | None = None
    lead: str = ""
    lead_tokens: int = 0
    table: int | None = None
    inside: bool = False


def pieces_of(blocks: Iterable[Block], limit: int) -> Iterator[Piece]:
    """Render blocks of one section, lazily; no piece has more than ``limit`` tokens.

    A block over the limit is cut between its lines (code), else between sentences, and a sentence over it between
    words. The text of a section is that of its pieces, one after the other.
    """
    table: tuple[int, str] | None = None
    for block, following in _with_next(blocks):
        header = _line(block.row.header) if block.row else ""
        if block.row and table != (block.row.table, header):
            table = (block.row.table, header)
            if header:
                first = Piece(header + "\n", estimate_tokens(header), "header", block.page, table=block.row.table)
                yield from _within(first, limit)
        piece = _whole(block, _gap(block, following))
        if header:
            lead = _shortened(header, limit // _LEAD_SHARE)
            piece = replace(piece, lead=lead, lead_tokens=estimate_tokens(lead))
        yield from _within(piece, limit - piece.lead_tokens)


def _with_next(blocks: Iterable[Block]) -> Iterator[tuple[Block, Block | None]]:
    def ended() -> Iterator[Block | None]:
        yield from (block for block in blocks if block.text.strip())
        yield None

    return ((block, following) for block, following in pairwise(ended()) if block is not None)


def _gap(block: Block, following: Block | None) -> str:
    """What stands between two blocks: items of a kind follow each other closely, else there is a blank line."""
    if block.kind == "paragraph" and following and following.kind in _LISTED:
        return "\n"
    if block.row and following and following.row:
        return "\n" if block.row.table == following.row.table else "\n\n"
    return "\n" if following and block.kind == following.kind and block.kind in ("step", "bullet") else "\n\n"


def _whole(block: Block, gap: str) -> Piece:
    text = block.text
    number = None
    if block.kind in ("step", "bullet"):
        if block.kind == "step" and (found := _NUMBER.match(text)):
            number = int(found[1]) if found[1] else ord(found[2].lower()) - ord("a") + 1
        mark = "• " if block.kind == "bullet" else ""
        text = "  " * min(block.level, _MAX_INDENT) + mark + text
    elif block.kind == "row":
        text = text.replace("\n", " ")
    table = block.row.table if block.row else None
    return Piece(text + gap, estimate_tokens(text), block.kind, block.page, block.level, number, table=table)


def _line(cells: Iterable[str]) -> str:
    line = " | ".join(cells).replace("\n", " ")
    return line if line.strip(" |") else ""


def _shortened(line: str, limit: int) -> str:
    for count, (_, end) in enumerate(token_spans(line), start=2):  # the ellipsis is one too
        if count == limit and end < len(line):
            return line[:end] + "…"
    return line


def _within(piece: Piece, limit: int) -> Iterator[Piece]:
    if piece.tokens <= limit:
        yield piece
        return
    inside = False
    for text in _stretches(piece, limit):
        yield replace(piece, text=text, tokens=estimate_tokens(text), inside=inside)
        inside = True


def _stretches(piece: Piece, limit: int) -> Iterator[str]:
    if piece.kind == "code":
        parts: Iterable[str] = piece.text.splitlines(keepends=True)
    else:
        starts = [0, *(sentence.start for sentence in split(piece.text)[1:]), len(piece.text)]
        parts = (piece.text[start:end] for start, end in pairwise(starts))
    held = ""
    for part in parts:
        if held.strip() and part.strip():
            yield from _cut_words(held, limit)
            held = ""
        held += part  # blank lines stay with what is beside them: alone they would be an empty chunk
    yield from _cut_words(held, limit)


def _cut_words(text: str, limit: int) -> Iterator[str]:
    """Cut between words, or where there are none for long, anywhere: at most ``limit`` tokens each."""
    start = word = count = since_word = previous_end = 0
    for token_start, token_end in token_spans(text):
        if token_start > previous_end:  # blanks lie between
            word, since_word = token_start, 0
        if count == limit:
            at = word if word > start and since_word < limit // 2 else token_start
            yield text[start:at]
            count = since_word if at == word else 0
            start = at
        count += 1
        since_word += 1
        previous_end = token_end
    yield text[start:]
