"""The example questions: each names a place, and the facts that an answer must hold stand there."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from copilot.evaluation.questions import Question, meets, read_questions
from index.documents import Block
from index.loaders import load

EXAMPLES = Path(__file__).parents[2] / "examples"
QUESTIONS = read_questions(EXAMPLES / "questions.jsonl")
ANSWERABLE = [question for question in QUESTIONS if question.answerable]


@cache
def blocks_of(name: str) -> tuple[Block, ...]:
    return tuple(load(EXAMPLES / "manuals" / name).blocks)


@cache
def sections_of(name: str) -> dict[str, str]:
    """Each section of a document by its heading; a heading belongs to its section's text."""
    sections: dict[str, list[str]] = {"": []}
    title = ""
    for block in blocks_of(name):
        if block.kind == "heading":
            title = block.text
        sections.setdefault(title, []).append(block.text)
    return {title: "\n".join(texts) for title, texts in sections.items()}


def places(question: Question, document: str) -> dict[str, str]:
    """The text of every place in ``document`` that the question names: a page, a section, or the whole."""
    if document.endswith(".pdf"):
        return {
            f"page {page}": "\n".join(block.text for block in blocks_of(document) if block.page == page)
            for page in question.pages
        }
    if document.endswith(".csv"):
        return {document: "\n".join(block.text for block in blocks_of(document))}
    sections = sections_of(document)
    return {title: sections[title] for title in question.headings if title in sections}


def test_every_kind_of_question_is_there() -> None:
    assert {question.kind for question in QUESTIONS} == {"lookup", "procedure", "table", "multi", "unanswerable"}
    assert len(QUESTIONS) >= 30


@pytest.mark.parametrize("question", ANSWERABLE, ids=lambda question: question.id)
def test_the_facts_stand_where_the_question_says(question: Question) -> None:
    named = {document: places(question, document) for document in question.documents}

    assert all(named.values()), f"a document without a place: {named}"
    assert meets(question.must, "\n".join(text for texts in named.values() for text in texts.values()))


@pytest.mark.parametrize("question", ANSWERABLE, ids=lambda question: question.id)
def test_every_place_that_is_named_holds_at_least_one_of_the_facts(question: Question) -> None:
    for document in question.documents:
        for place, text in places(question, document).items():
            assert any(meets([group], text) for group in question.must), place


@pytest.mark.parametrize("question", ANSWERABLE, ids=lambda question: question.id)
def test_every_heading_that_is_named_exists(question: Question) -> None:
    existing = {title for name in question.documents if not name.endswith(".csv") for title in sections_of(name)}

    assert set(question.headings) <= existing


@pytest.mark.parametrize(
    "absent", ["F0047", "M30", "IP address", "€"], ids=["fault code", "thread", "address", "price"]
)
def test_what_the_unanswerable_questions_ask_for_stands_nowhere(absent: str) -> None:
    for path in (EXAMPLES / "manuals").iterdir():
        assert not any(absent.casefold() in block.text.casefold() for block in blocks_of(path.name))
