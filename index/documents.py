"""What a document is made of, from the loader to the store.

A loader turns a file into a stream of `Block`; the chunker turns blocks into `Section` and `Chunk`; the store keeps
those. All are frozen values without behaviour beyond their own derivation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal


class AccessLabel(StrEnum):
    """Who may see a collection, and whether its text may leave the device."""

    PUBLIC = "public"
    INTERNAL = "internal"
    RESTRICTED = "restricted"


BlockKind = Literal["heading", "paragraph", "step", "bullet", "row", "code"]


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of a table, with the header that gives its cells their meaning.

    ``header`` is empty for a table without one. ``table`` numbers the tables of a document from 0, so that rows of
    one table can be told from those of the next.
    """

    cells: tuple[str, ...]
    header: tuple[str, ...] = ()
    table: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """The smallest piece of structure that a loader yields, in reading order.

    Attributes:
        kind: ``step`` is one numbered step of a procedure, ``row`` one table row; the others are what they say.
        text: Plain text, Unicode NFC, without trailing blanks. Of a step it includes its own number ("3. Loosen…"),
            of a row the cells joined by " | ".
        level: Heading level from 1 (top) to 6; nesting depth from 0 for steps and bullets; else 0.
        page: 1-based page (PDF), slide (PPTX) or sheet (XLSX) number; None where the format has none.
        row: Only for ``kind == "row"``.
    """

    kind: BlockKind
    text: str
    level: int = 0
    page: int | None = None
    row: TableRow | None = None


@dataclass(slots=True)
class LoadedDocument:
    """An opened document: what is known at once, and its blocks as a stream read once.

    Attributes:
        title: From the document's own metadata or first heading, else the file's name without its suffix.
        media_type: As detected from the content.
        pages: Number of pages, slides or sheets; None where the format has none.
        language: Two-letter code where the document declares one, else None (the ingest step detects it).
        blocks: Blocks in reading order. May raise an `InputError` half-way; nothing of the document is kept then.
        notices: Sentences about what could not be read although the rest could ("page 7 holds no text"); complete
            only once ``blocks`` is exhausted.
    """

    title: str
    media_type: str
    blocks: Iterator[Block]
    pages: int | None = None
    language: str | None = None
    notices: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Section:
    """A run of blocks under one heading path.

    Attributes:
        ordinal: Position in the document, from 0.
        path: Headings from the top down to this section; empty before the first heading.
    """

    ordinal: int
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chunk:
    """The stored unit. The chunks of a document tile its text: concatenating every ``body`` in order gives it back.

    Attributes:
        section: The section it lies in; a chunk never spans two.
        ordinal: Position in the document, from 0.
        body: Exactly the characters ``start`` to ``end`` of the document's text.
        start, end: Character offsets in the document's text, half open.
        page: 1-based page on which it begins; ``page_end`` on which it ends; None where the format has no pages.
        page_starts: Where further pages begin inside it: offsets in the document's text with the page, in order.
        lead: Text repeated from before it, without which it can't be understood: the header row of a table that it
            continues. Empty otherwise. Not counted in the offsets.
    """

    section: Section
    ordinal: int
    body: str
    start: int
    end: int
    page: int | None = None
    page_end: int | None = None
    lead: str = ""
    page_starts: tuple[tuple[int, int], ...] = ()

    @property
    def text(self) -> str:
        """What is embedded, searched, shown and read by the model: the lead, then the body."""
        return f"{self.lead}\n{self.body.strip()}" if self.lead else self.body.strip()
