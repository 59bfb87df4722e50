"""Questions, passages and outcomes for the tests of the evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from copilot.answering.confidence import Judgement
from copilot.answering.events import Answer, AnswerStatus, Citation, Route, Timings
from copilot.evaluation.questions import Question
from copilot.evaluation.runner import Outcome, judge
from index.documents import AccessLabel
from index.passages import Passage, SearchResult


def question(**fields: object) -> Question:
    return Question.model_validate({"id": "q1", "question": "how tight?"} | fields)


def passage(rank: int = 1, **fields: object) -> Passage:
    values: dict[str, object] = {
        "rank": rank,
        "score": 1.0 / rank,
        "document": "/manuals/service.pdf",
        "title": "Service manual",
        "section": ("Torques",),
        "page": 11,
        "text": "Tighten the screws to 40.1 Nm.",
        "chunk_id": rank,
        "chunk_ids": (rank,),
        "collection": "default",
        "access": AccessLabel.INTERNAL,
        "language": "en",
        "start": 0,
        "end": 30,
    }
    return Passage(**(values | fields))  # type: ignore[arg-type]


def answer(
    text: str = "Tighten to 40.1 Nm. [1]",
    passages: Sequence[Passage] = (passage(),),
    *,
    status: AnswerStatus = "grounded",
    cited: Sequence[int] = (0,),
    quote: str | None = None,
    unverified: tuple[str, ...] = (),
    signals: Mapping[str, float] | None = None,
    tier: str = "tiny",
    first_token_ms: float | None = 40.0,
) -> Answer:
    return Answer(
        status=status,
        text=text,
        citations=tuple(
            Citation(number, passages[at], quote if quote is not None else passages[at].text, passages[at].page)
            for number, at in enumerate(cited if status == "grounded" else (), start=1)
        ),
        evidence=SearchResult("how tight?", 2.0, tuple(passages), "hybrid"),
        unverified=unverified,
        route=Route("local", "Answered here."),
        model="a model",
        timings=Timings(10.0, first_token_ms, 100.0, 50, 20),
        judgement=Judgement(0.8, True, tier, signals) if signals is not None else None,
    )


def abstained(passages: Sequence[Passage] = (passage(),), **fields: object) -> Answer:
    return answer("The documents don't tell.", passages, status="abstained", **fields)  # type: ignore[arg-type]


def outcome(asked: Question | None = None, given: Answer | None = None) -> Outcome:
    return judge(asked or question(), given or answer())
