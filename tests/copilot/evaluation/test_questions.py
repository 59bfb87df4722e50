"""Question files: what is read, and that every fault is named by its line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from copilot.evaluation.questions import Question, QuestionFileError, meets, read_questions
from index.errors import UnreadableFile

FIRST = '{"id": "a", "question": "how tight?", "kind": "lookup", "documents": ["m.pdf"], "must": [["40.1"]]}'
SECOND = '{"id": "b", "question": "which oil?", "kind": "unanswerable"}'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "questions.jsonl"


def faults_of(file: Path) -> str:
    with pytest.raises(QuestionFileError) as caught:
        read_questions(file)
    assert "docs/evaluation.md" in caught.value.remedy
    return caught.value.message


def test_questions_come_in_the_order_of_the_file(file: Path) -> None:
    file.write_text(f"{FIRST}\n{SECOND}\n", "utf-8")

    first, second = read_questions(file)

    assert (first.id, first.must, first.answerable, first.located) == ("a", (("40.1",),), True, True)
    assert (second.id, second.answerable, second.located) == ("b", False, False)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(f"\ufeff{FIRST}\n{SECOND}".encode(), id="byte order mark, no newline at the end"),
        pytest.param(f"{FIRST}\r\n{SECOND}\r\n".encode(), id="Windows line ends"),
        pytest.param(f"\n\n{FIRST}\n   \n\t\n{SECOND}\n\n".encode(), id="blank lines"),
    ],
)
def test_how_an_editor_saves_a_file_makes_no_difference(file: Path, content: bytes) -> None:
    file.write_bytes(content)

    assert [question.id for question in read_questions(file)] == ["a", "b"]


def test_a_line_separator_inside_a_string_ends_no_line(file: Path) -> None:
    file.write_text(json.dumps({"id": "a", "question": "one\u2028two\x85three"}, ensure_ascii=False), "utf-8")

    assert read_questions(file)[0].question == "one\u2028two\x85three"


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ('{"id": "x", "question": ', "no JSON object"),
        ("[1, 2]", "no JSON object"),
        ('"text"', "no JSON object"),
        ('{"question": "no id"}', "id: Field required"),
        ('{"id": " ", "question": "x"}', "id: "),
        ('{"id": "x", "question": ""}', "question: "),
        ('{"id": "x", "question": "y", "kind": "riddle"}', "kind: "),
        ('{"id": "x", "question": "y", "pages": [0]}', "pages.0: "),
        ('{"id": "x", "question": "y", "must": [[]]}', "must.0: "),
        ('{"id": "x", "question": "y", "must": [["7", " "]]}', "must.0.1: "),
        ('{"id": "x", "question": "y", "muts": [["7"]]}', "muts: "),
        ('{"id": "x", "question": "y", "kind": "unanswerable", "must": [["7"]]}', "unanswerable question has no must"),
        ('{"id": "a", "question": "again"}', "id a stands in line 1 already"),
        ('{"id": "x", "question": ' + "[" * 100_000, "no JSON object"),
        ('{"id": "x", "question": "y", "pages": [' + "9" * 5000 + "]}", "no JSON object"),
    ],
    ids=lambda value: value[:60],
)
def test_a_fault_is_named_by_its_line_and_field(file: Path, line: str, named: str) -> None:
    file.write_text(f"{FIRST}\n\n{line}\n{SECOND}\n", "utf-8")

    message = faults_of(file)

    assert "1 fault: line 3: " in message
    assert named in message


def test_all_faults_are_told_at_once(file: Path) -> None:
    file.write_text(f"nonsense\n{FIRST}\n{FIRST}\n{{}}\n", "utf-8")

    message = faults_of(file)

    assert "4 faults" in message
    assert re.findall(r"line (\d+):", message) == ["1", "3", "4", "4"]


def test_a_file_of_nothing_but_faults_does_not_flood_the_screen(file: Path) -> None:
    file.write_text("nonsense\n" * 500, "utf-8")

    message = faults_of(file)

    assert len(message) < 2500
    assert "500 faults" in message
    assert message.endswith("; and 480 more")


@pytest.mark.parametrize("content", ["", "\n \n"])
def test_a_file_without_questions_is_a_fault(file: Path, content: str) -> None:
    file.write_text(content, "utf-8")

    assert "holds no questions" in faults_of(file)


def test_a_file_that_is_no_text_or_not_there_is_told_apart(file: Path) -> None:
    with pytest.raises(UnreadableFile, match="No such file"):
        read_questions(file)

    file.write_bytes(FIRST.encode("utf-16"))
    with pytest.raises(UnreadableFile, match="no text in UTF-8"):
        read_questions(file)

    with pytest.raises(UnreadableFile, match="directory"):
        read_questions(file.parent)


@given(st.text())
def test_whatever_a_line_holds_it_is_a_question_or_a_fault(text: str) -> None:
    try:
        Question.model_validate({"id": text, "question": text})
    except ValidationError:
        assert not text.strip() or any(0xD800 <= ord(letter) <= 0xDFFF for letter in text)


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("15", "about 15 seconds"),
        ("15", "15."),
        ("15", "(15)"),
        ("15", "15s"),
        ("15", "10–15 °C"),
        ("40.1 Nm", "40.1 NM"),
        ("40.1 Nm", "40.1Nm"),
        ("40.1 Nm", "40.1\u00a0Nm"),
        ("does not release", "It does  not\nrelease."),
        ("ltdl", "the library libltdl"),
        ("USR1", "killall -SIGUSR1 upslog"),
        ("disconnect", "until they are disconnected"),
        ("rpm", "1500rpm"),
        ("min", "3 minutes"),
        ("br-120", "brake BR\u2011120"),
        ("don't", "Don\u2019t plug it in"),
        ("-1", "returns \u22121"),
        ("10%", "up to 10 % or 10%"),
        ("µm", "25 μm"),
        ("√", "32 √L"),
        ("$", "costs $5"),
    ],
)
def test_a_fact_is_met(wanted: str, text: str) -> None:
    assert meets([[wanted]], text)


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("15", "150"),
        ("15", "1.15"),
        ("15", "15.5"),
        ("15", "15,000"),
        ("15", "P15"),
        ("15", "115"),
        ("0", "0x1F"),
        ("1.3 Nm", "13 Nm"),
        ("1.3", "11.3"),
        ("P1121", "P1112"),
        ("F12", "F120"),
        ("F12", "F12a"),
        ("-1", "10-1"),
        ("add", "the padding"),
        ("sun", "unsung"),
        ("set jog", "setjog"),
        ("512", ""),
    ],
)
def test_a_fact_is_not_met(wanted: str, text: str) -> None:
    assert not meets([[wanted]], text)


def test_every_group_has_to_be_met_by_any_of_its_alternatives() -> None:
    must = [["falling", "trailing"], ["1000", "1,000"]]

    assert meets(must, "on the trailing edge, 1,000 ns")
    assert not meets(must, "on the trailing edge")
    assert meets([], "anything")


number = st.integers(0, 99_999).map(str)


@given(number, number)
def test_a_number_is_met_by_itself_and_by_no_other(wanted: str, said: str) -> None:
    assert meets([[wanted]], f"Set it to {said} now.") == (wanted == said)


@given(st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), min_size=1).filter(str.strip))
def test_whatever_the_fact_it_is_met_by_its_own_words(wanted: str) -> None:
    assert meets([[wanted]], f"( {wanted} )")


@given(st.text(), st.lists(st.lists(st.text(min_size=1).filter(str.strip), min_size=1), max_size=3))
def test_looking_for_facts_never_fails(text: str, must: list[list[str]]) -> None:
    assert meets(must, text) in (True, False)
