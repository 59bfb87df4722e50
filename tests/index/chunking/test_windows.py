from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from index.chunking.sentences import split
from index.chunking.windows import MOST, windows_of

SENTENCES = [f"Sentence number {n} says something about part {n} of the machine and how to mend it." for n in range(20)]
LINES = st.sampled_from(
    [*SENTENCES[:4], "F0012 | hot winding | let it cool", "Code | Meaning", "• a belt", "x", "?", "  "]
)


@given(st.lists(LINES, max_size=40).map("\n".join))
def test_windows_are_few_come_in_order_and_leave_no_sentence_out(text: str) -> None:
    windows = windows_of(text)

    assert len(windows) <= MOST
    starts = [text.find(window) for window in windows]
    assert min(starts, default=0) >= 0
    if windows:
        assert all(any(sentence.text in window for window in windows) for sentence in split(text))


def test_a_window_holds_up_to_three_sentences() -> None:
    windows = windows_of(" ".join(SENTENCES[:8]))

    assert all(1 <= len(split(window)) <= 3 for window in windows)
    assert " ".join(windows) == " ".join(SENTENCES[:8])


def test_a_row_of_a_table_is_a_window_of_its_own() -> None:
    rows = [f"F{n:04} | overtemperature of the winding after {n} minutes at full load | let it cool" for n in range(6)]

    assert windows_of("\n".join([*SENTENCES[:2], *rows]))[-6:] == tuple(rows)


def test_many_rows_share_windows_so_that_they_stay_few() -> None:
    rows = [f"F{n:04} | overtemperature of the winding after {n} minutes at full load" for n in range(60)]
    windows = windows_of("\n".join(rows))

    assert len(windows) <= MOST
    assert "\n".join(windows) == "\n".join(rows)


def test_rows_and_prose_in_turn_share_windows_too() -> None:
    lines = [line for n in range(12) for line in (SENTENCES[n], f"F{n:04} | hot winding | let it cool")]

    assert 1 < len(windows_of("\n".join(lines))) <= MOST


def test_a_short_text_needs_no_windows() -> None:
    assert windows_of("") == ()
    assert windows_of("Let it cool. Then restart.") == ()
