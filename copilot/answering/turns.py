"""An exchange of a conversation, as it is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from copilot.privacy.values import Source
from index.documents import AccessLabel


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation of an answer that was kept.

    Attributes:
        n: Number of the mark in the answer's text.
        document: Path in the index.
        page: From 1; None where the format has no pages.
        quote: The document's own words, letter for letter.
        chunk_id: Opens the passage while the document is as it was; it may be gone, or be another passage, once it
            was ingested again: compare ``quote``.
    """

    n: int
    document: str
    title: str
    section: tuple[str, ...]
    page: int | None
    quote: str
    chunk_id: int
    collection: str
    access: AccessLabel

    def as_json(self) -> list[Any]:
        """Its fields in order."""
        return [
            self.n, self.document, self.title, list(self.section), self.page, self.quote, self.chunk_id,
            self.collection, self.access,
        ]  # fmt: skip

    @classmethod
    def from_json(cls, fields: list[Any]) -> Self:
        """What `as_json` gave; a label that this version doesn't know is RESTRICTED."""
        n, document, title, section, page, quote, chunk_id, collection, access = fields
        label = AccessLabel(access) if access in set(AccessLabel) else AccessLabel.RESTRICTED
        return cls(n, document, title, tuple(section), page, quote, chunk_id, collection, label)


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what was answered.

    Attributes:
        sources: Of everything that the answer may have taken words from; None where that isn't known.
        cited: What the marks of the answer stand for.
        asked_at: When it was kept; None before.
    """

    question: str
    answer: str
    status: str = "grounded"
    sources: tuple[Source, ...] | None = None
    cited: tuple[Cited, ...] = ()
    asked_at: datetime | None = field(default=None, compare=False)
