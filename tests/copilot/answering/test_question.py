"""What a question is: cleaned, refused where it is none, and of which kind."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.answering.question import MAX_CHARACTERS, kind_of, validate
from index.errors import QuestionError


@given(st.text(max_size=300))
def test_any_text_is_either_cleaned_or_refused(text: str) -> None:
    try:
        cleaned = validate(text)
    except QuestionError:
        return
    assert cleaned == validate(cleaned), "cleaning twice changes nothing"
    assert not [c for c in cleaned if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")]
    assert cleaned == cleaned.strip()
    assert any(c.isalnum() for c in cleaned)


@pytest.mark.parametrize("text", ["", " ", "\0\x1b\x7f", "?!…", "\u200b\u202e", "🔧"])
def test_what_holds_no_word_is_refused(text: str) -> None:
    with pytest.raises(QuestionError, match="empty"):
        validate(text)


def test_a_hundred_kilobytes_are_refused_with_a_way_out() -> None:
    with pytest.raises(QuestionError, match="100,000 characters") as told:
        validate("x" * 100_000)

    assert "ingest" in told.value.remedy


def test_the_longest_question_is_taken() -> None:
    assert len(validate("x" * MAX_CHARACTERS)) == MAX_CHARACTERS


def test_letters_of_every_language_stay() -> None:
    for question in ("Was heißt Störung F0012?", "什么是F0012？", "Что такое F0012?", "ما معنى F0012؟"):
        assert validate(f"  {question}\r\n") == question


KINDS = {
    "What does F0012 mean?": "lookup",
    "Which oil goes into the gearbox?": "lookup",
    "Who made the drive?": "lookup",
    "Was bedeutet F0012?": "lookup",
    "How do I replace the brake?": "procedure",
    "How can I reset the drive": "procedure",
    "replace the brake": "procedure",
    "What are the steps to calibrate it?": "procedure",
    "What should I do when the belt slips?": "procedure",
    "What is the torque of the cover screws?": "table",
    "How many hours between oil changes?": "table",
    "How tight are the M8 bolts?": "table",
    "spare part of the encoder": "table",
    "What is the difference between F0012 and F0013?": "multi",
    "What does F0012 mean, and how do I clear it?": "multi",
    "compare the H40 with the H60": "multi",
    "How do I know that the brake is worn?": "lookup",
}


@pytest.mark.parametrize(("question", "kind"), KINDS.items())
def test_the_kind_is_told_from_the_wording(question: str, kind: str) -> None:
    assert kind_of(question) == kind


@given(st.text(max_size=300))
def test_any_text_has_a_kind(text: str) -> None:
    assert kind_of(text) in ("lookup", "procedure", "table", "multi")
