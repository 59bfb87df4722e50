"""Cutting a passage into what can be quoted: nothing lost, everything where it says."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from copilot.answering.quotables import quotables, step_run

LINES = st.one_of(
    st.sampled_from(
        [
            "Tighten the screw. Then wait 5 min.", "1. Loosen the screw.", "2) Pull it off.", "a. Check it.",
            "- an item", "• another", "Code | Meaning", "F0012 | Brake", "", "   ", "Step 3: turn it.", "no full stop",
            "See Fig. 3. It shows F0012.",
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
)  # fmt: skip
PASSAGES = st.builds(lambda lines, end: end.join(lines), st.lists(LINES, max_size=12), st.sampled_from(["\n", "\r\n"]))


@given(PASSAGES)
def test_pieces_stand_where_they_say_in_order_and_apart(passage: str) -> None:
    pieces = quotables(passage)

    assert [passage[piece.start : piece.end] for piece in pieces] == [piece.text for piece in pieces]
    assert all(one.end <= other.start for one, other in pairwise(pieces))
    assert all(piece.text and piece.text == piece.text.strip() for piece in pieces)


@given(PASSAGES)
def test_together_they_hold_every_word(passage: str) -> None:
    rest = list(passage)
    for piece in quotables(passage):
        rest[piece.start : piece.end] = " " * (piece.end - piece.start)

    assert not "".join(rest).strip()


def test_kinds_are_told_apart() -> None:
    passage = (
        "Before you begin, read this. It matters.\n"
        "1. Loosen the screw.\n"
        "2) Pull it off.\n"
        "- Mind the spring.\n"
        "Code | Meaning\n"
        "F0012 | Brake"
    )

    assert [(piece.kind, piece.text) for piece in quotables(passage)] == [
        ("sentence", "Before you begin, read this."),
        ("sentence", "It matters."),
        ("step", "1. Loosen the screw."),
        ("step", "2) Pull it off."),
        ("item", "- Mind the spring."),
        ("header", "Code | Meaning"),
        ("row", "F0012 | Brake"),
    ]


def test_a_row_knows_its_header_and_not_that_of_the_table_before() -> None:
    rows = [piece for piece in quotables("A | B\n1 | 2\n\nText.\nC | D\n3 | 4") if piece.kind == "row"]

    assert [(row.text, row.header) for row in rows] == [("1 | 2", "A | B"), ("3 | 4", "C | D")]


def test_a_run_of_steps_ends_where_the_prose_begins() -> None:
    pieces = quotables("Do this:\n1. One.\n- part\n2. Two.\nThat was it.\n1. Other.")

    assert step_run(pieces, 2) == (1, 4)
    assert step_run(pieces, 0) == (0, 1)
    assert step_run(pieces, 5) == (5, 6)


def test_a_remark_between_two_steps_does_not_end_the_procedure() -> None:
    pieces = quotables("1. Loosen the screw.\n2. Pull it off.\n\nCaution: hot.\n\n3. Fit the new one.\n\nDone.")

    assert [pieces[at].text for at in range(*step_run(pieces, 0))] == [
        "1. Loosen the screw.",
        "2. Pull it off.",
        "Caution: hot.",
        "3. Fit the new one.",
    ]


def test_another_list_behind_a_remark_is_another_procedure() -> None:
    pieces = quotables("1. Loosen the screw.\n2. Pull it off.\n\nThen check it.\n\n1. Look.\n2. Listen.")

    assert step_run(pieces, 0) == (0, 2)
