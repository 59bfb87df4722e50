"""The events of an answer, in the order in which they come: Evidence, Route, Token…, Answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from copilot.answering.confidence import Judgement
from copilot.privacy.values import Source
from index.passages import Passage, SearchResult

AnswerStatus = Literal["grounded", "abstained", "escalated", "queued"]
RouteTarget = Literal["local", "cloud", "queue", "quotes"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found, before a single word is written."""

    result: SearchResult


@dataclass(frozen=True, slots=True)
class Route:
    """Where the question is answered, and why, in a sentence for the person.

    ``quotes`` means: by quoting the documents, without a language model.
    """

    target: RouteTarget
    reason: str


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the answer's text as it comes.

    Attributes:
        text: To be shown right after the piece before it.
        quoted: True where it is the document's own wording, False where the model wrote it.
        read: The one passage that the model wrote it from, against which it will be checked; None where there are
            several, or nobody has read.
    """

    text: str
    quoted: bool = False
    read: Passage | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """Ties a part of the answer, marked ``[n]`` in its text, to the place that it stands on.

    Attributes:
        n: Number of the mark, from 1.
        passage: Where the quote stands.
        quote: The document's own words, letter for letter.
        page: 1-based page on which the quote begins, or None where the format has no pages.
    """

    n: int
    passage: Passage
    quote: str
    page: int | None


@dataclass(frozen=True, slots=True)
class Timings:
    """How long it took, in milliseconds since the question, and how many tokens."""

    first_evidence_ms: float
    first_token_ms: float | None
    total_ms: float
    prompt_tokens: int = 0
    answer_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """The last event: the whole answer, checked.

    Attributes:
        status: ``grounded``: every sentence is tied to a passage. ``abstained``: the documents don't tell.
        text: With citation marks; the same words as the tokens, except that what could not be verified is marked.
        citations: In the order of their marks.
        unverified: Numbers, units and identifiers of the text that stand in no cited passage, as written.
        model: Name of what wrote; None where nothing was written by a model.
        notices: Sentences for the person, such as revisions that contradict each other.
        judgement: How sure it is that the evidence answers the question; None where nobody judged.
        sources: Of everything that question and answer may have taken words from, with those of the exchange that a
            follow-up leans on; None where that isn't known.
    """

    status: AnswerStatus
    text: str
    citations: tuple[Citation, ...]
    evidence: SearchResult
    unverified: tuple[str, ...]
    route: Route
    model: str | None
    timings: Timings
    notices: tuple[str, ...] = ()
    judgement: Judgement | None = None
    sources: tuple[Source, ...] | None = None


Event = Evidence | Route | Token | Answer
