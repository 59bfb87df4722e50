"""Stop strings: the same reply however the model's text is cut into pieces."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from copilot.engines.stopping import StopFilter

LETTERS = st.text("ab\n", max_size=30)
STOPS = st.lists(st.text("ab\n", max_size=4), max_size=3).map(tuple)


def run(pieces: list[str], stops: tuple[str, ...]) -> tuple[str, bool]:
    stopping = StopFilter(stops)
    shown = "".join([stopping.feed(piece) for piece in pieces])
    return shown + stopping.flush(), stopping.stopped


@given(LETTERS, STOPS, st.lists(st.integers(0, 30), max_size=6))
def test_cuts_change_nothing(text: str, stops: tuple[str, ...], cuts: list[int]) -> None:
    places = sorted({0, len(text), *(cut for cut in cuts if cut <= len(text))})
    pieces = [text[begin:end] for begin, end in pairwise(places)]

    assert run(pieces, stops) == run([text], stops) == run(list(text), stops)


@given(LETTERS, STOPS)
def test_the_reply_ends_before_the_stop_string_that_is_complete_first(text: str, stops: tuple[str, ...]) -> None:
    found = [(text.index(stop) + len(stop), text.index(stop)) for stop in stops if stop and stop in text]

    assert run([text], stops) == (text[: min(found)[1]] if found else text, bool(found))


@given(LETTERS, STOPS)
def test_nothing_is_shown_that_could_still_belong_to_a_stop_string(text: str, stops: tuple[str, ...]) -> None:
    stopping = StopFilter(stops)
    shown = ""
    for piece in text:
        shown += stopping.feed(piece)
        for stop in filter(None, stops):
            assert stop not in shown


def test_text_is_held_back_no_longer_than_needed() -> None:
    stopping = StopFilter(("\n\n",))

    assert [stopping.feed(piece) for piece in ("a", "b\n", "c", "\n", "d")] == ["a", "b", "\nc", "", "\nd"]
