"""Sections and documents of the index, made ready to be shown. Called off the event loop."""

from __future__ import annotations

import re
from dataclasses import dataclass

from copilot.tui.reading.layout import Heading, shown
from copilot.tui.reading.tables import SEPARATOR
from index.errors import UsageError
from index.passages import Passage
from index.search.merging import Group
from index.store import Store, reading
from index.store.reading import DocumentInfo, StoredChunk

LONGEST_SECTION = 200_000
"""Characters; of a longer one, the passage with what stands around it is shown."""
_AROUND = 8


@dataclass(frozen=True, slots=True)
class Contents:
    """A line of the contents; ``level`` from 0."""

    text: str
    level: int
    offset: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A text to be read.

    Attributes:
        text: As it is laid out (`copilot.tui.reading.layout.shown`).
        marked: What of it is pointed out.
        path: Of the document.
        age: Of the document, in words; "" where nobody knows.
    """

    title: str
    section: tuple[str, ...]
    page: int | None
    path: str
    media_type: str
    text: str
    marked: tuple[tuple[int, int], ...] = ()
    headings: tuple[Heading, ...] = ()
    contents: tuple[Contents, ...] = ()
    age: str = ""


def open_section(store: Store, passage: Passage, quote: str) -> Opened:
    """The section of a passage, with the passage, or a quote of it, marked."""
    with store.reader() as connection:
        chunks = reading.section_chunks(connection, passage.chunk_id)
        if sum(len(chunk.body) for chunk in chunks) > LONGEST_SECTION:
            chunks = reading.neighbours(connection, passage.chunk_id, _AROUND, _AROUND)
        info = reading.document_at(connection, passage.document, passage.collection)
    text = shown(Group(chunks[0], tuple(chunks)).text if chunks else passage.text)
    marked = find_quote(text, shown(quote)) if quote else ()
    if not marked:
        wanted = shown(quote or passage.text)
        marked = find_quote(text, wanted) or lines_of(text, wanted)
    page = passage.page
    if quote and (at := passage.text.find(quote)) >= 0:
        page = passage.page_at(at)
    return Opened(
        passage.title,
        passage.section,
        page,
        passage.document,
        info.media_type if info is not None else "",
        text,
        marked,
    )


def open_document(store: Store, path: str, collection: str) -> Opened:
    """A whole document with its contents.

    Raises:
        UsageError: It is not in the index any more.
    """
    with store.reader() as connection:
        info = reading.document_at(connection, path, collection)
        if info is None:
            raise UsageError("The document is not in the index any more.", "Ask again.")
        chunks = list(reading.chunks(connection, info.id))
    text, headings = _joined(chunks)
    contents = tuple(Contents(shown(one.text).replace("\n", " "), one.level - 1, one.offset) for one in headings)
    return _opened(info, text, headings, contents)


def _opened(info: DocumentInfo, text: str, headings: tuple[Heading, ...], contents: tuple[Contents, ...]) -> Opened:
    return Opened(
        info.title,
        (),
        1 if info.pages else None,
        info.path,
        info.media_type,
        text,
        headings=headings,
        contents=contents,
    )


def _joined(chunks: list[StoredChunk]) -> tuple[str, tuple[Heading, ...]]:
    parts: list[str] = []
    headings: list[Heading] = []
    length, ordinal = 0, -1
    before: tuple[str, ...] = ()
    for chunk in chunks:
        if chunk.section_ordinal != ordinal:
            path = chunk.section
            same = 0
            for one, other in zip(path, before, strict=False):
                if one != other:
                    break
                same += 1
            same = min(same, len(path) - 1) if path and path != before else same
            headings.extend(Heading(length, path[level], level + 1) for level in range(same, len(path)))
            before, ordinal = path, chunk.section_ordinal
        body = shown(chunk.body)
        parts.append(body)
        length += len(body)
    return "".join(parts), tuple(headings)


def find_quote(text: str, quote: str) -> tuple[tuple[int, int], ...]:
    """Where a quote stands in a text, blanks and line breaks aside; nothing where it doesn't."""
    words = quote.split()
    if not words:
        return ()
    at = text.find(quote)
    if at >= 0:
        return ((at, at + len(quote)),)
    if len(words) > 2000:
        return ()
    match = re.search(r"\s+".join(re.escape(word) for word in words), text)
    return (match.span(),) if match else ()


def lines_of(text: str, quote: str) -> tuple[tuple[int, int], ...]:
    """The lines of a quote, each where it stands; without the header of a table that is repeated before its rows."""
    lines = [line.strip() for line in quote.splitlines() if line.strip()]
    if len(lines) > 1 and SEPARATOR in lines[0] and SEPARATOR in lines[1]:
        lines = lines[1:]
    wanted = set(lines)
    found, position = [], 0
    for line in text.splitlines(keepends=True):
        if line.strip() in wanted:
            start = position + len(line) - len(line.lstrip())
            found.append((start, start + len(line.strip())))
        position += len(line)
    return tuple(found)
