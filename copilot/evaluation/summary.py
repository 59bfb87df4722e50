"""Figures over many outcomes, and what changed against a run before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from copilot.evaluation.metrics import Estimate, estimate, percentiles
from copilot.evaluation.runner import Outcome


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EstimateJson(_Wire):
    """A share or mean with its 95% bootstrap interval; None of nothing."""

    value: float | None
    low: float | None
    high: float | None
    n: int

    @classmethod
    def of(cls, values: Sequence[float]) -> EstimateJson:
        """Estimate from single values."""
        found: Estimate = estimate(values)
        if not found.n:
            return cls(value=None, low=None, high=None, n=0)
        return cls(value=round(found.value, 4), low=round(found.low, 4), high=round(found.high, 4), n=found.n)


class LatencyJson(_Wire):
    """Percentiles in milliseconds; None of nothing."""

    p50: float | None
    p95: float | None
    n: int

    @classmethod
    def of(cls, values: Sequence[float]) -> LatencyJson:
        """Percentiles of single values."""
        if not values:
            return cls(p50=None, p95=None, n=0)
        p50, p95 = percentiles(values)
        return cls(p50=round(p50, 1), p95=round(p95, 1), n=len(values))


class QuestionJson(_Wire):
    """What came of one question."""

    id: str
    question: str
    kind: str | None
    status: str
    correct: bool | None
    right_rank: int | None
    facts_within: int | None
    cited_right: bool | None
    confidence: float | None
    unverified: tuple[str, ...]
    text: str
    first_token_ms: float | None
    total_ms: float


class Summary(_Wire):
    """All figures of one run; ``questions`` allows comparing runs question by question.

    Attributes:
        hit_at_1, hit_at_5, mrr_at_10: The right page or section among the passages, of questions that say where.
        facts_at_1, facts_at_3, facts_at_5: All `must` facts within so many passages.
        correct: Answers with all `must` facts, of answerable questions that have them.
        citation_precision: Answers whose every citation stands in the right place or holds a fact.
        citation_recall: Answerable questions with a citation of the right place.
        abstention_precision: Of the abstentions, those on unanswerable questions.
        abstention_recall: Of the unanswerable questions, those abstained from.
        wrongly_abstained: Of the answerable questions, those abstained from.
        unverified: Answers with any number, unit or identifier that no cited passage bears out (they are marked).
    """

    name: str
    model: str | None
    questions_asked: int
    hit_at_1: EstimateJson
    hit_at_5: EstimateJson
    mrr_at_10: EstimateJson
    facts_at_1: EstimateJson
    facts_at_3: EstimateJson
    facts_at_5: EstimateJson
    correct: EstimateJson
    citation_precision: EstimateJson
    citation_recall: EstimateJson
    abstention_precision: EstimateJson
    abstention_recall: EstimateJson
    wrongly_abstained: EstimateJson
    unverified: EstimateJson
    first_evidence_ms: LatencyJson
    first_token_ms: LatencyJson
    total_ms: LatencyJson
    answer_tokens: EstimateJson
    peak_rss_mb: float
    by_kind: Mapping[str, EstimateJson]
    questions: tuple[QuestionJson, ...]


def summarise(name: str, outcomes: Sequence[Outcome], peak_rss_mb: float) -> Summary:
    """Figures over ``outcomes``."""
    located = [outcome for outcome in outcomes if outcome.question.located]
    facts = [outcome for outcome in outcomes if outcome.question.must]
    abstained = [outcome for outcome in outcomes if outcome.abstained]
    answered = [outcome for outcome in outcomes if not outcome.abstained]
    unanswerable = [outcome for outcome in outcomes if not outcome.question.answerable]
    answerable = [outcome for outcome in outcomes if outcome.question.answerable]
    kinds = dict.fromkeys(outcome.question.kind for outcome in outcomes if outcome.question.kind)
    timings = [outcome.answer.timings for outcome in outcomes]
    return Summary(
        name=name,
        model=next((outcome.answer.model for outcome in outcomes if outcome.answer.model), None),
        questions_asked=len(outcomes),
        hit_at_1=_share(outcome.right_ranks[:1] == (1,) for outcome in located),
        hit_at_5=_share(bool(outcome.right_ranks) and outcome.right_ranks[0] <= 5 for outcome in located),
        mrr_at_10=EstimateJson.of(
            [
                1 / outcome.right_ranks[0] if outcome.right_ranks[:1] <= (10,) and outcome.right_ranks else 0.0
                for outcome in located
            ]
        ),
        facts_at_1=_within(facts, 1),
        facts_at_3=_within(facts, 3),
        facts_at_5=_within(facts, 5),
        correct=_share(outcome.correct for outcome in facts),
        citation_precision=_share(outcome.cited_right for outcome in outcomes),
        citation_recall=_share(outcome.found_by_citation for outcome in outcomes),
        abstention_precision=_share(not outcome.question.answerable for outcome in abstained),
        abstention_recall=_share(outcome.abstained for outcome in unanswerable),
        wrongly_abstained=_share(outcome.abstained for outcome in answerable),
        unverified=_share(bool(outcome.answer.unverified) for outcome in answered),
        first_evidence_ms=LatencyJson.of([timing.first_evidence_ms for timing in timings]),
        first_token_ms=LatencyJson.of([t.first_token_ms for t in timings if t.first_token_ms is not None]),
        total_ms=LatencyJson.of([timing.total_ms for timing in timings]),
        answer_tokens=EstimateJson.of([float(timing.answer_tokens) for timing in timings]),
        peak_rss_mb=round(peak_rss_mb, 1),
        by_kind={
            kind: _share(outcome.correct for outcome in outcomes if outcome.question.kind == kind) for kind in kinds
        },
        questions=tuple(_question(outcome) for outcome in outcomes),
    )


def _share(values: Iterable[bool | None]) -> EstimateJson:
    """Share of true among those that are known."""
    return EstimateJson.of([float(value) for value in values if value is not None])


def _within(outcomes: Sequence[Outcome], count: int) -> EstimateJson:
    return _share(outcome.facts_within is not None and outcome.facts_within <= count for outcome in outcomes)


def _question(outcome: Outcome) -> QuestionJson:
    question, answer = outcome.question, outcome.answer
    return QuestionJson(
        id=question.id,
        question=question.question,
        kind=question.kind,
        status=answer.status,
        correct=outcome.correct,
        right_rank=outcome.right_ranks[0] if outcome.right_ranks else None,
        facts_within=outcome.facts_within,
        cited_right=outcome.cited_right,
        confidence=round(answer.judgement.probability, 4) if answer.judgement is not None else None,
        unverified=answer.unverified,
        text=answer.text,
        first_token_ms=answer.timings.first_token_ms,
        total_ms=answer.timings.total_ms,
    )


class Change(_Wire):
    """A question that came out differently than in the baseline."""

    id: str
    question: str
    better: bool
    before: str
    now: str


def changes(baseline: Summary, now: Summary) -> list[Change]:
    """Questions asked in both runs whose correctness differs, the worsened first."""
    # Ids are unique within a file only, and a run may be over several.
    before = {(question.id, question.question): question for question in baseline.questions}
    found = [
        Change(id=q.id, question=q.question, better=q.correct, before=earlier.text, now=q.text)
        for q in now.questions
        if (earlier := before.get((q.id, q.question))) is not None
        and q.correct is not None
        and earlier.correct is not None
        and q.correct != earlier.correct
    ]
    return sorted(found, key=lambda change: (change.better, change.id))
