"""Text of documents laid out: nothing is lost, nothing too wide, and every line knows where it is from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from copilot.tui.reading import Heading, lay_out
from copilot.tui.reading.documents import find_quote, lines_of
from copilot.tui.reading.excerpt import excerpt, words_to_mark
from copilot.tui.reading.layout import shown

TEXTS = st.text(st.sampled_from("ab F12 |\n|•1.>日אم \t漢-"), max_size=300)


def drawn(text: str, width: int) -> list[str]:
    return ["".join(run.text for run in row) for row in lay_out(shown(text), width).rows]


@given(TEXTS, st.integers(2, 120))
def test_no_line_is_wider_than_the_screen(text: str, width: int):
    assert all(cell_len(line) <= max(2, width) for line in drawn(text, width))


@given(TEXTS, st.integers(4, 120))
def test_every_letter_of_the_text_is_on_the_screen(text: str, width: int):
    wanted = sorted(character for character in shown(text) if character.isalnum())
    found = sorted(character for line in drawn(text, width) for character in line if character.isalnum())
    # A table that becomes cards repeats the names of its columns.
    for character in wanted:
        assert character in found
        found.remove(character)


@given(TEXTS, st.integers(2, 120))
def test_each_piece_says_where_in_the_text_it_stands(text: str, width: int):
    text = shown(text)
    for row in lay_out(text, width).rows:
        for run in row:
            if run.start >= 0 and run.kind != "frame":
                piece = run.text.strip()
                assert text[run.start : run.start + len(run.text)].split() == piece.split()


@given(TEXTS, st.integers(2, 80), st.data())
def test_a_place_is_found_again_in_the_row_that_shows_it(text: str, width: int, data: st.DataObject):
    text = shown(text)
    laid = lay_out(text, width)
    runs = [run for row in laid.rows for run in row if run.start >= 0 and run.text.strip() and "|" not in text]
    if runs:
        run = data.draw(st.sampled_from(runs))
        row = laid.rows[laid.row_of(run.start)]
        assert any(one.start <= run.start < one.start + max(1, len(one.text)) for one in row if one.start >= 0)


def test_a_place_before_an_empty_line_is_not_taken_for_the_empty_line():
    assert lay_out("1\n\n1", 40).row_of(0) == 0


def test_a_table_is_drawn_as_a_table():
    assert drawn("Code | Fault\nF0012 | Brake", 40) == [
        "╭───────┬───────╮",
        "│ Code  │ Fault │",
        "├───────┼───────┤",
        "│ F0012 │ Brake │",
        "╰───────┴───────╯",
    ]


def test_a_table_that_does_not_fit_becomes_cards():
    lines = drawn("Code | Fault | Cause\nF0012 | Brake does not release | No voltage", 18)
    assert lines[:4] == ["Code", "  F0012", "Fault", "  Brake does not"]


def test_steps_hang_under_their_number():
    assert drawn("1. Loosen the four screws of the slide", 20) == ["1. Loosen the four", "   screws of the", "   slide"]


def test_quoted_lines_have_a_bar():
    assert drawn("> as it stands", 30) == ["▌ as it stands"]


def test_headings_stand_before_their_text():
    rows = lay_out("one\ntwo", 20, [Heading(0, "A"), Heading(4, "B")]).rows
    assert ["".join(run.text for run in row) for row in rows] == ["A", "one", "", "B", "two"]


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("set the air gap", ((4, 19),)),
        ("set the\nair  gap", ((4, 19),)),
        ("not there", ()),
        ("", ()),
    ],
)
def test_a_quote_is_found_whatever_its_blanks(quote: str, found: tuple):
    assert find_quote("And set the air gap.", quote) == found


def test_of_a_quoted_row_the_repeated_header_is_not_marked():
    text = "Code | Fault\nF1 | A\nF2 | B\n"
    assert [text[start:end] for start, end in lines_of(text, "Code | Fault\nF2 | B")] == ["F2 | B"]


def test_an_excerpt_is_the_row_that_was_asked_for_under_its_header():
    table = "Code | Fault\n" + "\n".join(f"F{number:04} | Fault number {number}" for number in range(1, 30))
    assert excerpt(table, "what does F0012 mean").split("\n")[:2] == ["Code | Fault", "F0012 | Fault number 12"]


def test_what_a_question_is_about_is_pointed_out_and_its_little_words_are_not():
    assert words_to_mark("what does F0012 mean at the brake?") == ("F0012", "mean", "brake")
