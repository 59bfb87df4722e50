"""Tying sentences to passages: the right one, or none; what is not borne out is marked."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from copilot.answering.claims import claims_of
from copilot.answering.compose import UNVERIFIED_MARK, compose
from copilot.answering.grounding import align, mark_unverified
from copilot.answering.quoting import choose_quote
from tests.copilot.answering.test_quoting import passage

BRAKE = passage("F0012 means that the brake did not release. The screws are tightened to 9.5 Nm.")
FAN = replace(passage("The fan turns at 2800 rpm. Its bearings are sealed for life."), title="Ventra fan", chunk_id=2)


def test_each_sentence_finds_its_passage() -> None:
    aligned = align("The fan turns at 2800 rpm. The brake did not release.", [BRAKE, FAN])

    assert [alignment.passage for alignment in aligned] == [1, 0]
    assert [alignment.source and alignment.source.text for alignment in aligned] == [
        "The fan turns at 2800 rpm.",
        "F0012 means that the brake did not release.",
    ]
    assert [alignment.unverified for alignment in aligned] == [(), ()]


def test_a_number_decides_between_sentences_that_say_the_same() -> None:
    small = passage("The screws M6 are tightened to 9.5 Nm.")
    big = passage("The screws M8 are tightened to 23 Nm.")

    (aligned,) = align("They are tightened to 23 Nm.", [small, big])

    assert aligned.passage == 1


def test_a_sentence_that_no_passage_says_is_tied_to_none() -> None:
    (aligned,) = align("Bananas grow in Ecuador.", [BRAKE, FAN])

    assert aligned.passage is None


def test_a_title_or_heading_bears_out_what_it_names() -> None:
    (aligned,) = align("The brake of the Halden H40 did not release.", [BRAKE])

    assert aligned.unverified == ()


def test_a_wrong_number_is_marked_in_the_answer_and_listed() -> None:
    draft = compose("The screws are tightened to 95 Nm.", [None], [BRAKE])

    assert draft.text == f"The screws are tightened to 95 Nm {UNVERIFIED_MARK}. [1]"
    assert draft.unverified == ("95 Nm",)


def test_a_number_without_any_passage_is_marked_too() -> None:
    draft = compose("Bananas weigh 120 g.", [None], [BRAKE])

    assert draft.unverified == ("120 g",)


def test_citations_are_numbered_in_the_order_of_their_marks() -> None:
    draft = compose("The fan turns at 2800 rpm. The brake did not release.", [None, None], [BRAKE, FAN])

    assert draft.text == "The fan turns at 2800 rpm. [1] The brake did not release. [2]"
    assert [(citation.n, citation.passage.title) for citation in draft.citations] == [
        (1, "Ventra fan"),
        (2, "Halden H40"),
    ]


def test_every_mark_has_its_citation_and_every_citation_its_mark() -> None:
    quotes = [choose_quote("brake torque", BRAKE, "table"), choose_quote("fan speed", FAN, "table")]
    draft = compose("The fan turns at 2800 rpm.", quotes, [BRAKE, FAN])

    for citation in draft.citations:
        assert f"[{citation.n}]" in draft.text
    assert f"[{len(draft.citations) + 1}]" not in draft.text


@given(st.text(max_size=120), st.text(max_size=200))
def test_any_answer_over_any_passage_is_composed(written: str, text: str) -> None:
    source = passage(text)
    draft = compose(written, [choose_quote(written, source, "multi", written=written)], [source])

    assert draft.status == "grounded"
    assert len(draft.citations) <= 1


@given(st.text(st.sampled_from("ab 12.,5NmV\n"), max_size=60))
def test_taking_the_marks_out_gives_the_text_back(text: str) -> None:
    marked = mark_unverified(text, claims_of(text), "⟦?⟧")

    assert marked.replace(" ⟦?⟧", "") == text
    assert marked.count("⟦?⟧") == len(claims_of(text))
