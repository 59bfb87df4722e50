"""A passage opened in its document: its section, what stands before and after it, its page as a picture."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import Field

from copilot.answering.wire import PassageJson
from copilot.http.problems import Refused
from copilot.http.security.callers import Caller
from copilot.library.pictures import as_png, draw_page, marked_span
from copilot.syncing.age import Ages
from index.documents import AccessLabel
from index.errors import InputError, UsageError
from index.search.merging import passage_of
from index.store import Store, reading
from index.store.reading import DocumentInfo, StoredChunk

_PDF: Final = "application/pdf"
_LONGEST_SECTION: Final = 200_000  # characters: more than anybody reads at once
_HASHED_BYTES: Final = 256 << 20  # a file whose time alone differs is compared by content up to this size


class OpenedJson(PassageJson):
    """A passage, opened: ``rank`` and ``score`` say nothing here."""

    page_end: int | None
    pages: int | None = Field(description="Of the whole document; null where its format has none.")
    access: AccessLabel
    language: str | None
    section_text: str = Field(description="The whole section that it lies in.")
    before: int | None = Field(description="Id of the passage before it in its document.")
    after: int | None = Field(description="Id of the passage after it.")
    has_page_image: bool = Field(description="Whether page.png shows the page as it was printed.")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a passage stands.

    Attributes:
        chunk: The passage.
        document: Its document.
    """

    chunk: StoredChunk
    document: DocumentInfo


def place_of(store: Store, caller: Caller, chunk_id: int) -> Place:
    """Find a passage that the caller may see.

    Raises:
        Refused: It isn't there, or is hidden from them: both are told alike.
    """
    with store.reader() as connection:
        chunk = reading.chunk(connection, chunk_id)
        document = reading.document(connection, chunk.document_id) if chunk is not None else None
    if chunk is None or document is None or not caller.sees(document.collection):
        raise Refused(404, "There is no such passage.", "Search again: its document may have changed.")
    return Place(chunk, document)


def opened(store: Store, caller: Caller, chunk_id: int, ages: Ages) -> OpenedJson:
    """Open a passage.

    Raises:
        Refused: As `place_of`.
    """
    place = place_of(store, caller, chunk_id)
    chunk, document = place.chunk, place.document
    with store.reader() as connection:
        section = reading.section_chunks(connection, chunk_id)
        near = {one.ordinal: one.id for one in reading.neighbours(connection, chunk_id)}
    passage = PassageJson.of(passage_of(chunk, document), ages)
    return OpenedJson(
        **passage.model_dump(),
        page_end=chunk.page_end,
        pages=document.pages,
        access=document.access,
        language=document.language,
        section_text="".join(one.body for one in section).strip()[:_LONGEST_SECTION],
        before=near.get(chunk.ordinal - 1),
        after=near.get(chunk.ordinal + 1),
        has_page_image=chunk.page is not None and has_pictures(document),
    )


def page_of(chunk: StoredChunk, quote: str) -> int | None:
    """The page of a passage on which a quote begins; its first one where the quote isn't found in it."""
    page = chunk.page
    words = next((line.split() for line in quote.splitlines() if line.split()), [])
    if words and chunk.page_starts:
        begins = re.search(r"\s+".join(map(re.escape, words)), chunk.body)
        offset = chunk.start + begins.start() if begins is not None else chunk.start
        for start, begun in chunk.page_starts:
            if start <= offset:
                page = begun
    return page


def has_pictures(document: DocumentInfo) -> bool:
    """Whether the document's pages can be drawn: it is a PDF file that is still here as it was ingested."""
    return document.media_type == _PDF and _unchanged(document)


def picture(place: Place, page: int | None, quote: str, width: int) -> tuple[bytes, tuple[float, float] | None]:
    """Draw a page of the passage's document, the quote marked, as a PNG file.

    Also tells from where to where the marks reach, as shares of the height from the top; None without marks.

    Args:
        place: Of the passage.
        page: From 1; None: the passage's own, of several the one that the quote begins on.
        quote: What is marked.
        width: In pixels.

    Raises:
        Refused: There is no picture.
    """
    document = place.document
    shown = page or page_of(place.chunk, quote)
    if document.media_type != _PDF or shown is None:
        raise Refused(404, "Documents of this format have no pages to draw.", "Show the passage's text instead.")
    if not _unchanged(document):
        raise Refused(
            404,
            "The document's file is not here as it was when it was ingested.",
            "Show the passage's text instead, or ingest the file again.",
        )
    try:
        drawn = draw_page(document.path, shown, quote=quote, width=width)
        return as_png(drawn), marked_span(drawn)
    except (InputError, UsageError) as error:
        raise Refused(404, error.message, error.remedy) from error


def picture_tag(place: Place, page: int | None, quote: str, width: int) -> str:
    """Names a picture: the same name, the same picture."""
    said = f"{place.document.sha256}\n{page or page_of(place.chunk, quote)}\n{width}\n{quote}"
    return f'"{hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]}"'


def _unchanged(document: DocumentInfo) -> bool:
    path = Path(document.path)
    try:
        stat = path.stat()
        if stat.st_size != document.bytes:
            return False
        if stat.st_mtime_ns == document.mtime_ns:
            return True
        if stat.st_size > _HASHED_BYTES:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == document.sha256
    except (OSError, ValueError):
        return False
