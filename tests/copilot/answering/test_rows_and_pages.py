"""What is said of a table stands on the row that is meant, and a citation names the page of its quote."""

from __future__ import annotations

from copilot.answering.compose import Draft, compose
from copilot.answering.confidence import Calibration
from copilot.answering.events import Token
from copilot.answering.excerpts import Excerpt
from copilot.answering.quoting import choose_quote
from copilot.answering.writing import Task, write
from index.documents import AccessLabel
from index.passages import Passage, SearchResult
from tests.copilot.answering.scripted import ScriptedReader

TORQUES = "Size | 8.8 | 10.9\nM5 | 6.5 Nm | 9.5 Nm\nM8 | 27.3 Nm | 40.1 Nm\nM10 | 54 Nm | 79 Nm"


def passage(text: str, page_starts: tuple[tuple[int, int], ...] = ((0, 12),)) -> Passage:
    return Passage(
        1, 1.0, "/m/manual.pdf", "Manual", ("Torques",), 12, text, 1, (1,), "c", AccessLabel.PUBLIC, "en", 0, len(text),
        page_starts=page_starts,
    )  # fmt: skip


def test_a_value_of_another_row_is_marked_although_it_stands_in_the_table() -> None:
    table = passage(TORQUES)
    written = "The torque is 9.5 Nm."

    draft = compose(written, [choose_quote("torque of an M8 screw", table, "table", written=written)], [table])

    assert draft.unverified == ("9.5 Nm",)
    assert "9.5 Nm [unverified]" in draft.text
    assert "M8 | 27.3 Nm | 40.1 Nm" in draft.text


def test_a_value_of_the_row_that_is_meant_is_verified() -> None:
    table = passage(TORQUES)
    written = "The torque is 40.1 Nm."

    draft = compose(written, [choose_quote("torque of an M8 screw", table, "table", written=written)], [table])

    assert draft.unverified == ()


def test_a_table_is_quoted_with_its_header_once() -> None:
    quote = choose_quote("torque of M8 and M10", passage(TORQUES), "table")

    assert quote is not None
    assert quote.text.count("Size | 8.8 | 10.9") == 1


def test_a_citation_names_the_page_on_which_its_quote_stands() -> None:
    before = "The brake is on the motor.\n"
    two_pages = passage(before + "F0012 means overvoltage in the DC bus.", ((0, 12), (len(before), 13)))

    draft = compose("", [choose_quote("F0012 overvoltage", two_pages, "lookup")], [two_pages])

    assert draft.citations[0].page == 13


async def test_a_wrong_value_is_never_shown_where_a_table_has_the_right_one() -> None:
    """Also where a sentence above the table fits the question better than any of its rows."""
    text = "The tightening torque of a screw of strength 8.8 or 10.9 stands here.\n" + TORQUES
    table = passage(text)
    result = SearchResult("", 1.0, (table,), "lexical")
    question = "What is the tightening torque of an M8 screw of strength 10.9?"
    task = Task(question, "", result, (Excerpt(1, "Manual", text),), (table,), 64)
    reader = ScriptedReader([" 9.5", " Nm"], lambda _prompt: 5.0)

    pieces = [piece async for piece in write(task, reader, Calibration(tier="t", weights={"yes_logit": 1.0}), None)]

    draft = pieces[-1]
    assert isinstance(draft, Draft)
    assert draft.unverified == ()
    assert not draft.text.startswith("9.5")
    assert [piece.quoted for piece in pieces if isinstance(piece, Token)] == [True]


async def test_for_whoever_listens_a_row_answers_alone_and_nothing_is_written() -> None:
    table = passage(TORQUES)
    result = SearchResult("", 1.0, (table,), "lexical")
    question = "What is the tightening torque of an M8 screw of strength 10.9?"
    task = Task(question, "", result, (Excerpt(1, "Manual", TORQUES),), (table,), 64, rows_alone=True)
    reader = ScriptedReader([" It is", " 40.1 Nm."], lambda _prompt: 5.0)

    pieces = [piece async for piece in write(task, reader, Calibration(tier="t", weights={"yes_logit": 1.0}), None)]

    assert [piece.quoted for piece in pieces if isinstance(piece, Token)] == [True]
    assert reader.prompts == []
