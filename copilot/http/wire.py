"""The JSON of the endpoint, beside what it shares with ``--json``; documented in ``docs/http.md`` and kept stable."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from copilot.answering.question import MAX_CHARACTERS
from copilot.answering.wire import PassageJson

Wish = Literal["auto", "local", "cloud"]

NAME: Final = r"^[^\x00-\x1f\x7f]+$"
"""Of a collection or document: anything that is printed on one line."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=4096, pattern=NAME)]
Names = Annotated[tuple[Name, ...], Field(max_length=100)]
CONVERSATION: Final = r"^[A-Za-z0-9_-]{1,64}$"
Conversation = Annotated[str, StringConstraints(pattern=CONVERSATION)]
"""Id of a conversation, as a client may choose it."""


Line = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]*$")]
"""Text on one line, perhaps empty."""

Limit = Annotated[int, Query(ge=1, le=1000, description="How many at most.")]
Offset = Annotated[int, Query(ge=0, le=1_000_000, description="How many to leave out from the beginning.")]


class Wire(BaseModel):
    """What crosses the wire: closed, so that a misspelt field is told and not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SearchBody(Wire):
    """``POST /v1/search``."""

    query: str = Field(
        max_length=MAX_CHARACTERS, description="A question, some words, an identifier.", examples=["F0012"]
    )
    k: int | None = Field(default=None, ge=1, le=100, description="How many passages at most; null: search.k.")
    collections: Names = Field(default=(), description="Look only in these; empty: all.")
    documents: Names = Field(default=(), description="Look only in these; empty: all.")
    languages: Names = Field(default=(), description="Two-letter codes; empty: all.")


class SearchJson(Wire):
    """What was found; as ``search --json``."""

    query: str
    took_ms: float = Field(description="Of the search itself.")
    passages: tuple[PassageJson, ...] = Field(description="Best first.")
    notices: tuple[str, ...] = ()


class AskBody(Wire):
    """``POST /v1/ask``."""

    question: str = Field(max_length=MAX_CHARACTERS, examples=["What does F0012 mean?"])
    k: int = Field(default=5, ge=1, le=50, description="Passages of evidence.")
    collections: Names = Field(default=(), description="Look only in these; empty: all.")
    documents: Names = Field(default=(), description="Look only in these; empty: all.")
    languages: Names = Field(default=(), description="Two-letter codes; empty: all.")
    conversation: Conversation | None = Field(default=None, description="Continues it, or begins one with this id.")
    detail: bool = Field(default=False, description="A longer answer.")
    wish: Wish = Field(default="auto", description="Where it should be answered, as far as the policy allows.")
    deadline_s: float | None = Field(default=None, gt=0, le=3600, description="The answer must begin by then.")
    use_model: bool = Field(default=True, description="False answers in the documents' own words.")


class EvidenceJson(Wire):
    """Event ``evidence``: what was found, before a word is written."""

    passages: tuple[PassageJson, ...]
    notices: tuple[str, ...]


class QueueJson(Wire):
    """Event ``queue``: how many are before this question."""

    position: int = Field(description="0: it is its turn.")
    expected_wait_s: float


class TokenJson(Wire):
    """Event ``token``: a piece of the answer."""

    text: str
    quoted: bool = Field(description="Whether these are the document's own words.")
