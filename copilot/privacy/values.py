"""What goes into the wall, and what it says where nothing comes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from index.documents import AccessLabel
from index.passages import Passage


class Recipient(Protocol):
    """An endpoint, as far as the wall needs to know it."""

    @property
    def name(self) -> str:
        """Its name in the settings."""
        ...

    @property
    def model(self) -> str:
        """The model asked for there."""
        ...

    @property
    def trusted(self) -> bool:
        """Whether it may see `internal` passages."""
        ...


@dataclass(frozen=True, slots=True)
class Source:
    """Where a piece of text comes from.

    Attributes:
        access: The collection's label; whatever is not an `AccessLabel` never leaves.
    """

    collection: str
    document: str
    access: AccessLabel

    @classmethod
    def of(cls, passage: Passage) -> Source:
        """Where ``passage`` stands."""
        return cls(passage.collection, passage.document, passage.access)


@dataclass(frozen=True, slots=True)
class PriorTurn:
    """An exchange before the question.

    Attributes:
        question: As asked.
        answer: As answered.
        sources: Of all the evidence that the answer was made from; None where that isn't known: such a turn stays.
    """

    question: str = field(repr=False)
    answer: str = field(repr=False)
    sources: tuple[Source, ...] | None


@dataclass(frozen=True, slots=True)
class ToolCall:
    """An endpoint's request for more passages, as it came.

    Attributes:
        id: As the endpoint named it.
        query: What it looks for, in its own words: with placeholders.
    """

    id: str
    query: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Held:
    """Something that stays here while the rest goes.

    Attributes:
        what: ``passage`` or ``turn``.
        reason: Why, in words for the person; no text of it.
    """

    what: Literal["passage", "turn"]
    reason: str


RefusedBecause = Literal["question", "evidence", "policy", "check"]


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing may go.

    Attributes:
        reason: A sentence for the person; quotes nothing.
        because: ``question``: the question itself may not go. ``evidence``: none of the passages may, and a question
            doesn't go alone. ``policy``: the policy sends nothing. ``check``: the last look at the bytes found
            something that should have been replaced.
        held: What stays of the evidence and the conversation.
    """

    reason: str
    because: RefusedBecause
    held: tuple[Held, ...] = ()
