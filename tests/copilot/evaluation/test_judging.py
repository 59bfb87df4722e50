"""What comes of one question: the right place, the facts, the citations, the abstention."""

from __future__ import annotations

import pytest

from copilot.evaluation.runner import judge, stands_right
from index.passages import Passage
from tests.copilot.evaluation.outcomes import abstained, answer, outcome, passage, question

TWO = (passage(1, text="Use the key."), passage(2, page=12, text="Tighten to 40.1 Nm with lock washer."))


@pytest.mark.parametrize(
    ("place", "found", "right"),
    [
        ({"documents": ["service.pdf"]}, passage(), True),
        ({"documents": ["other.pdf"]}, passage(), False),
        ({"documents": ["other.pdf", "service.pdf"]}, passage(), True),
        ({"documents": ["service.pdf"], "pages": [11]}, passage(), True),
        ({"documents": ["service.pdf"], "pages": [3, 11]}, passage(), True),
        ({"documents": ["service.pdf"], "pages": [12]}, passage(), False),
        ({"documents": ["service.pdf"], "pages": [12]}, passage(page=10, page_end=13), True),
        ({"documents": ["service.pdf"], "pages": [12]}, passage(page=None), False),
        ({"documents": ["other.pdf"], "pages": [11]}, passage(), False),
        ({"headings": ["torques"]}, passage(), True),
        ({"headings": ["TORQUES "]}, passage(section=("Data", "Torques", "Screws")), True),
        ({"headings": ["Torque"]}, passage(), False),
        ({"documents": ["service.pdf"], "headings": ["Oil"]}, passage(), False),
        ({}, passage(), False),
    ],
)
def test_where_an_answer_stands(place: dict[str, object], found: Passage, right: bool) -> None:
    assert stands_right(question(**place), found) is right


def test_ranks_of_all_right_passages_are_kept() -> None:
    asked = question(documents=["service.pdf"], pages=[12])

    assert outcome(asked, answer(passages=TWO)).right_ranks == (2,)
    assert outcome(question(), answer(passages=TWO)).right_ranks == ()


def test_facts_may_be_gathered_from_several_passages() -> None:
    asked = question(kind="multi", must=[["key"], ["40.1"]])

    assert outcome(asked, answer(passages=TWO)).facts_within == 2
    assert outcome(asked, answer(passages=TWO[:1])).facts_within is None
    assert outcome(question(), answer(passages=TWO)).facts_within is None


def test_a_heading_over_a_passage_counts_among_its_facts() -> None:
    asked = question(must=[["torques"], ["40.1"]])

    assert outcome(asked).facts_within == 1


def test_an_answer_is_right_when_it_says_all_facts() -> None:
    asked = question(must=[["40.1"], ["Nm"]])

    assert outcome(asked).correct is True
    assert outcome(asked, answer("Tighten to 4.1 Nm. [1]")).correct is False
    assert outcome(question(), answer()).correct is None


def test_an_abstention_is_right_only_where_the_documents_do_not_tell() -> None:
    assert outcome(question(kind="unanswerable"), abstained()).correct is True
    assert outcome(question(kind="unanswerable"), answer()).correct is False
    assert outcome(question(must=[["documents"]]), abstained()).correct is False


def test_every_citation_must_stand_right_or_hold_a_fact() -> None:
    asked = question(documents=["service.pdf"], pages=[12], must=[["40.1"]])

    assert outcome(asked, answer(passages=TWO, cited=[1])).cited_right is True
    assert outcome(asked, answer(passages=TWO, cited=[0, 1])).cited_right is False
    elsewhere = answer(passages=(passage(3, document="copy.pdf"),))
    assert outcome(asked, elsewhere).cited_right is True, "the quote holds the fact, wherever it stands"


def test_citations_are_not_judged_where_nothing_is_known_or_nothing_cited() -> None:
    assert outcome(question(), answer()).cited_right is None
    assert outcome(question(must=[["40.1"]]), answer(cited=[])).cited_right is None
    assert outcome(question(must=[["40.1"]]), abstained()).cited_right is None


def test_a_place_is_found_when_any_citation_stands_there() -> None:
    asked = question(documents=["service.pdf"], pages=[12])

    assert outcome(asked, answer(passages=TWO, cited=[0, 1])).found_by_citation is True
    assert outcome(asked, answer(passages=TWO, cited=[0])).found_by_citation is False
    assert outcome(asked, abstained(TWO)).found_by_citation is False
    assert outcome(question(must=[["40.1"]])).found_by_citation is None


def test_an_answer_without_evidence_is_judged_too() -> None:
    result = judge(question(documents=["service.pdf"], must=[["40.1"]]), abstained(()))

    assert (result.right_ranks, result.facts_within, result.correct) == ((), None, False)
