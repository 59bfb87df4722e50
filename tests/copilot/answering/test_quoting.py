"""What is quoted: the document's own words, and of a procedure all of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.answering.question import QuestionKind
from copilot.answering.quoting import choose_quote
from index.documents import AccessLabel
from index.passages import Passage
from tests.copilot.answering.test_quotables import PASSAGES

KINDS: list[QuestionKind] = ["lookup", "procedure", "table", "multi"]


def passage(text: str) -> Passage:
    return Passage(
        rank=1, score=1.0, document="/m/h40.md", title="Halden H40", section=("Brake",), page=7, text=text,
        chunk_id=1, chunk_ids=(1,), collection="default", access=AccessLabel.PUBLIC, language="en",
        start=0, end=len(text),
    )  # fmt: skip


PROCEDURE = (
    "The brake wears out. Replace it as follows:\n"
    + "\n".join(f"{n}. Do part {n} of the work on the brake with great care and patience." for n in range(1, 13))
    + "\nThe old brake is waste. Dispose of it."
)
TABLE = "Code | Meaning | Remedy\n" + "\n".join(f"F{n:04} | Meaning {n} | Remedy {n}" for n in range(1, 30))


@given(PASSAGES, st.text(max_size=40), st.sampled_from(KINDS), st.text(max_size=40))
def test_every_quoted_line_stands_in_the_passage_letter_for_letter(
    text: str, question: str, kind: QuestionKind, written: str
) -> None:
    quote = choose_quote(question, passage(text), kind, written=written)

    if quote is None:
        assert not text.strip()
        return
    assert quote.pieces
    assert [text[piece.start : piece.end] for piece in quote.pieces] == [piece.text for piece in quote.pieces]
    outside = quote.text
    for piece in quote.pieces:
        outside = outside.replace(piece.text, "", 1).replace(piece.header, "", 1)
    assert not outside.strip("…\n ")


def test_a_procedure_is_quoted_whole_with_what_leads_into_it() -> None:
    quote = choose_quote("How do I replace the brake?", passage(PROCEDURE), "procedure", written="Do part 5 with care.")

    assert quote is not None
    for n in range(1, 13):
        assert f"{n}. Do part {n} " in quote.text
    assert "Replace it as follows:" in quote.text


def test_a_row_comes_under_its_header_and_without_the_other_rows() -> None:
    quote = choose_quote("What does F0012 mean?", passage(TABLE), "lookup")

    assert quote is not None
    lines = quote.text.splitlines()
    assert lines[0] == "Code | Meaning | Remedy"
    assert "F0012 | Meaning 12 | Remedy 12" in lines
    assert len(lines) <= 4


def test_what_the_model_wrote_steers_the_choice() -> None:
    text = passage(
        "The fan turns at 2800 rpm. " + "Filler words about nothing at all. " * 30 + "The oil is ISO VG 220."
    )

    quote = choose_quote("Which lubricant?", text, "lookup", written="It takes the oil ISO VG 220.")

    assert quote is not None
    assert "ISO VG 220" in quote.text


def test_meaning_counts_where_words_differ() -> None:
    text = passage("Alpha beta gamma. " + "Delta epsilon zeta eta theta iota. " * 30 + "Kappa lambda mu.")

    quote = choose_quote(
        "something else", text, "lookup", similarity=lambda _q, texts: [float("Kappa" in t) for t in texts]
    )

    assert quote is not None
    assert "Kappa lambda mu." in quote.text


@pytest.mark.parametrize("kind", KINDS)
def test_a_long_passage_is_not_quoted_whole(kind: QuestionKind) -> None:
    text = " ".join(f"Sentence number {n} says a little about the drive and its parts." for n in range(200))

    quote = choose_quote("What about sentence number 77?", passage(text), kind)

    assert quote is not None
    assert len(quote.text.split()) < 250


def test_nothing_is_quoted_of_nothing() -> None:
    assert choose_quote("What?", passage(" \n "), "lookup") is None
