"""The JSON of evidence and answers, as documented and kept stable in ``docs/json.md``."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from copilot.answering.events import Answer, AnswerStatus, RouteTarget
from copilot.syncing.age import Ages
from index.passages import Passage


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PassageJson(_Wire):
    """A passage; ``section`` is the heading path from the top. The last two are of documents from a hub only."""

    rank: int
    score: float
    document: str
    title: str
    section: tuple[str, ...]
    page: int | None
    text: str
    chunk_id: int
    collection: str
    revision: str | None = None
    synced_at: str | None = None

    @classmethod
    def of(cls, passage: Passage, ages: Ages | None = None) -> PassageJson:
        """From the passage found, with its age where somebody knows it."""
        age = ages.of(passage) if ages is not None else None
        return cls(
            rank=passage.rank,
            score=round(passage.score, 6),
            document=passage.document,
            title=passage.title,
            section=passage.section,
            page=passage.page,
            text=passage.text,
            chunk_id=passage.chunk_id,
            collection=passage.collection,
            revision=age.revision if age is not None else None,
            synced_at=age.iso if age is not None else None,
        )


class CitationJson(_Wire):
    """A citation mark and what it stands for."""

    n: int
    document: str
    section: tuple[str, ...]
    page: int | None
    quote: str


class RouteJson(_Wire):
    """Where the question was answered, and why."""

    target: RouteTarget
    reason: str


class TimingsJson(_Wire):
    """Milliseconds since the question, and token counts."""

    first_evidence_ms: float
    first_token_ms: float | None
    total_ms: float
    prompt_tokens: int
    answer_tokens: int


class AnswerJson(_Wire):
    """``ask --json``."""

    status: AnswerStatus
    text: str
    citations: tuple[CitationJson, ...]
    evidence: tuple[PassageJson, ...]
    unverified: tuple[str, ...]
    route: RouteJson
    model: str | None
    timings: TimingsJson
    confidence: float | None = None
    notices: tuple[str, ...] = ()
    conversation: str | None = None

    @classmethod
    def of(cls, answer: Answer, conversation: str | None = None, ages: Ages | None = None) -> AnswerJson:
        """From the last event of an answer."""
        timings = answer.timings
        return cls(
            status=answer.status,
            text=answer.text,
            citations=tuple(
                CitationJson(
                    n=citation.n,
                    document=citation.passage.document,
                    section=citation.passage.section,
                    page=citation.page,
                    quote=citation.quote,
                )
                for citation in answer.citations
            ),
            evidence=tuple(PassageJson.of(passage, ages) for passage in answer.evidence.passages),
            unverified=answer.unverified,
            route=RouteJson(target=answer.route.target, reason=answer.route.reason),
            model=answer.model,
            timings=TimingsJson(
                first_evidence_ms=timings.first_evidence_ms,
                first_token_ms=timings.first_token_ms,
                total_ms=timings.total_ms,
                prompt_tokens=timings.prompt_tokens,
                answer_tokens=timings.answer_tokens,
            ),
            confidence=round(answer.judgement.probability, 4) if answer.judgement is not None else None,
            notices=(*answer.evidence.notices, *answer.notices),
            conversation=conversation,
        )
