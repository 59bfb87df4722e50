"""What the tools answer with, beside what they share with ``--json``."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from copilot.answering.wire import PassageJson


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Found(_Wire):
    """Passages of a search, best first."""

    passages: tuple[PassageJson, ...]
    notices: tuple[str, ...] = ()


class Opened(_Wire):
    """A passage in its section."""

    chunk_id: int
    document: str
    title: str
    collection: str
    section: tuple[str, ...]
    page: int | None
    text: str
    section_text: str = Field(description="The whole section that the passage lies in.")
    before: int | None = Field(description="chunk_id of the passage before it in the document.")
    after: int | None = Field(description="chunk_id of the passage after it.")


class NoteAdded(_Wire):
    """A note that was kept."""

    id: str
    notice: str = Field(default="", description="What the person should know, such as why it is not handed in.")
