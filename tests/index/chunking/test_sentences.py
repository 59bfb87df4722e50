from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.chunking.sentences import split


def texts(text: str) -> list[str]:
    return [sentence.text for sentence in split(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("  \n \t ", [], id="only blanks"),
        pytest.param("Open it. Close it.", ["Open it.", "Close it."], id="two sentences"),
        pytest.param("Is it on? Yes! Good.", ["Is it on?", "Yes!", "Good."], id="question and exclamation"),
        pytest.param("Set 1.5 mm. Then lock.", ["Set 1.5 mm.", "Then lock."], id="a decimal is no end"),
        pytest.param("Wait, e.g. 5 s. Go.", ["Wait, e.g. 5 s.", "Go."], id="e.g. is no end, a unit may be"),
        pytest.param("See Fig. 3 and No. 12. Stop.", ["See Fig. 3 and No. 12.", "Stop."], id="figure and number"),
        pytest.param("The answer is no. Stop.", ["The answer is no.", "Stop."], id="no ends where no number follows"),
        pytest.param("Use approx. 3 Nm.", ["Use approx. 3 Nm."], id="approximately"),
        pytest.param("Oil, grease etc. Clean it.", ["Oil, grease etc.", "Clean it."], id="etc. may end"),
        pytest.param("Oil etc. is bad.", ["Oil etc. is bad."], id="etc. need not end"),
        pytest.param("1. Loosen it. 2. Lift it.", ["1. Loosen it.", "2. Lift it."], id="list numbers"),
        pytest.param("Step 3. Lift it.", ["Step 3. Lift it."], id="a named step"),
        pytest.param("Go to step 3. Then lift.", ["Go to step 3.", "Then lift."], id="a step spoken of ends"),
        pytest.param(
            "Set hm2_7i76e.0.watchdog to 1. Restart.", ["Set hm2_7i76e.0.watchdog to 1.", "Restart."], id="identifiers"
        ),
        pytest.param("It is loaded. hm2_eth is it.", ["It is loaded.", "hm2_eth is it."], id="identifier begins"),
        pytest.param("It is loaded by ver. 2.9 only.", ["It is loaded by ver. 2.9 only."], id="version"),
        pytest.param("A 3/8 in. Allen key.", ["A 3/8 in. Allen key."], id="an inch is no end"),
        pytest.param("Plug it in. Wait.", ["Plug it in.", "Wait."], id="in is an end without a number"),
        pytest.param("By J. Smith. Read it.", ["By J. Smith.", "Read it."], id="an initial"),
        pytest.param('He said "Stop." Then he left.', ['He said "Stop."', "Then he left."], id="quotes"),
        pytest.param("(See above.) Go on.", ["(See above.)", "Go on."], id="brackets"),
        pytest.param("Wait... then go.", ["Wait... then go."], id="an ellipsis goes on"),
        pytest.param("z.B. Öl bzw. Fett. Gut.", ["z.B. Öl bzw. Fett.", "Gut."], id="German"),
        pytest.param("押してください。待つ。", ["押してください。", "待つ。"], id="Japanese"),
        pytest.param("Press:\n• one\n• two", ["Press:", "• one", "• two"], id="bullets"),
        pytest.param("F1 | hot | cool\nF2 | cold | heat", ["F1 | hot | cool", "F2 | cold | heat"], id="rows"),
        pytest.param("net x a\nsetp y 1", ["net x a", "setp y 1"], id="lines of code"),
        pytest.param("It stops here.\n\nand goes", ["It stops here.", "and goes"], id="a blank line always ends"),
        pytest.param(
            "This line of prose was wrapped by the program that\nmade the file. Next.",
            ["This line of prose was wrapped by the program that\nmade the file.", "Next."],
            id="wrapped prose goes on",
        ),
        pytest.param("no capitals. no cut", ["no capitals. no cut"], id="a lower case word begins nothing"),
        pytest.param("Run it with -v. --help shows.", ["Run it with -v.", "--help shows."], id="options"),
        pytest.param("Set it to 5 V. Then 10 min. Stop.", ["Set it to 5 V.", "Then 10 min.", "Stop."], id="units"),
    ],
)  # fmt: skip
def test_sentences_are_cut_where_a_reader_would(text: str, expected: list[str]) -> None:
    assert texts(text) == expected


PIECES = st.sampled_from(
    ["Open it", ".", " ", "\n", "\n\n", "e.g.", "1.", "3.5 mm", "F0012", " | ", "• ", "?", "…", "(", ")", "。", "Fig.",
     "no.", "in.", "J.", "x", "\t", "\r\n", "\u2028", "é", "😀", '"', "--v"]
)  # fmt: skip


@given(st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=40).map("".join)))
def test_every_character_but_blanks_lies_in_exactly_one_sentence_at_its_place(text: str) -> None:
    position = 0
    for sentence in split(text):
        assert text[position : sentence.start].strip() == ""
        assert text[sentence.start : sentence.end] == sentence.text == sentence.text.strip() != ""
        position = sentence.end
    assert text[position:].strip() == ""


def test_hostile_text_takes_no_more_than_linear_work() -> None:
    assert len(split("a. " * 100_000)) == 1
    assert len(split("." * 200_000)) == 1
    assert len(split(" " * 200_000 + "x")) == 1
    assert len(split("\n" * 200_000)) == 0
    assert len(split("A. " * 100_000)) == 1
    assert len(split("x" * 400_000 + ". Y")) == 2
