"""Asks every question through the answer flow and notes what came of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from copilot.answering.events import Answer, Event
from copilot.answering.flow import AskOptions, Copilot
from copilot.evaluation.questions import Question, meets
from index.passages import Passage


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question.

    Attributes:
        question: As in the file.
        answer: Of the flow.
        right_ranks: Ranks of the passages that stand where the answer does; empty where none or unknown.
        facts_within: Smallest number of passages, best first, that hold all `must` facts together; None for no number.
    """

    question: Question
    answer: Answer
    right_ranks: tuple[int, ...]
    facts_within: int | None

    @property
    def abstained(self) -> bool:
        """Whether the flow said that the documents don't tell."""
        return self.answer.status == "abstained"

    @property
    def correct(self) -> bool | None:
        """All facts said, or rightly abstained; None where the question can't tell."""
        if not self.question.answerable:
            return self.abstained
        if not self.question.must:
            return None
        return not self.abstained and meets(self.question.must, self.answer.text)

    @property
    def cited_right(self) -> bool | None:
        """Whether each citation stands where the answer does or holds a fact; None without citations."""
        question = self.question
        if self.abstained or not self.answer.citations or not (question.located or question.must):
            return None
        return all(
            stands_right(question, citation.passage) or holds_a_fact(question, citation.quote)
            for citation in self.answer.citations
        )

    @property
    def found_by_citation(self) -> bool | None:
        """Whether any citation stands where the answer does; None where that is unknown."""
        if not self.question.located:
            return None
        return any(stands_right(self.question, citation.passage) for citation in self.answer.citations)


def stands_right(question: Question, passage: Passage) -> bool:
    """Whether ``passage`` lies in one of the places where the answer stands."""
    if question.documents and PurePath(passage.document).name not in question.documents:
        return False
    if question.pages:
        return passage.page is not None and any(
            passage.page <= page <= (passage.page_end or passage.page) for page in question.pages
        )
    if question.headings:
        wanted = {_folded(heading) for heading in question.headings}
        return any(_folded(heading) in wanted for heading in passage.section)
    return bool(question.documents)


def holds_a_fact(question: Question, text: str) -> bool:
    """Whether ``text`` meets at least one group of the facts."""
    return any(meets([group], text) for group in question.must)


def _folded(heading: str) -> str:
    return " ".join(heading.casefold().split())


async def run(copilot: Copilot, questions: Sequence[Question], options: AskOptions) -> AsyncIterator[Outcome]:
    """Ask ``questions`` one after another and yield what came of each."""
    for question in questions:
        yield judge(question, await _last(copilot.ask(question.question, options)))


async def _last(events: AsyncIterator[Event]) -> Answer:
    answer: Answer | None = None
    async for event in events:
        if isinstance(event, Answer):
            answer = event
    assert answer is not None, "the flow ends with an Answer"
    return answer


def judge(question: Question, answer: Answer) -> Outcome:
    """Compare an answer with what is known of the question."""
    passages = answer.evidence.passages
    right = tuple(passage.rank for passage in passages if question.located and stands_right(question, passage))
    within: int | None = None
    if question.must:
        texts: list[str] = []
        for passage in passages:
            texts.append("\n".join((passage.title, *passage.section, passage.text)))
            if meets(question.must, "\n".join(texts)):
                within = passage.rank
                break
    return Outcome(question, answer, right, within)
