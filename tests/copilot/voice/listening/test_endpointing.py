"""Where an utterance begins and ends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from copilot.voice.listening.endpointing import Began, Ended, Endpointer, Paused, Resumed, Turn
from copilot.voice.listening.finished import is_unfinished
from copilot.voice.values import WINDOW_S


def run(pattern: list[tuple[float, float]], endpointer: Endpointer | None = None) -> list[Turn]:
    """Take (seconds, probability) after one another."""
    endpointer = endpointer or Endpointer()
    turns: list[Turn] = []
    at = 0
    for seconds, probability in pattern:
        for _ in range(round(seconds / WINDOW_S)):
            turns += endpointer.take(probability, at * WINDOW_S)
            at += 1
    return turns


def test_an_utterance_begins_where_the_first_sound_was_and_ends_where_the_last_was() -> None:
    began, paused, ended = run([(0.96, 0.0), (1.92, 0.9), (1.6, 0.0)])

    assert isinstance(began, Began)
    assert isinstance(paused, Paused)
    assert isinstance(ended, Ended)
    assert abs(began.at_s - 0.96) < 0.05
    assert abs(ended.at_s - 2.88) < 0.05
    assert abs(ended.speech_s - 1.92) < 0.05


def test_a_click_begins_nothing() -> None:
    assert run([(0.5, 0.0), (0.064, 1.0), (1.0, 0.0)]) == []


def test_a_pause_within_a_sentence_does_not_end_it() -> None:
    turns = run([(1.0, 0.9), (0.45, 0.0), (1.0, 0.9), (1.0, 0.0)])

    assert [type(turn) for turn in turns] == [Began, Paused, Resumed, Paused, Ended]


def test_a_breath_is_no_pause() -> None:
    turns = run([(1.0, 0.9), (0.16, 0.1), (1.0, 0.9)])

    assert [type(turn) for turn in turns] == [Began]


def test_a_sentence_that_is_not_over_is_given_more_time() -> None:
    endpointer = Endpointer()
    run([(1.0, 0.9), (0.4, 0.0)], endpointer)
    endpointer.unfinished()

    assert run([(0.6, 0.0)], endpointer) == []
    assert [type(turn) for turn in run([(0.6, 0.9)], endpointer)] == [Resumed]


def test_it_takes_more_to_begin_than_to_go_on() -> None:
    assert run([(1.0, 0.4)]) == []
    assert [type(turn) for turn in run([(0.5, 0.9), (1.0, 0.4)])] == [Began]


@given(st.lists(st.tuples(st.floats(0.03, 2.0), st.floats(0.0, 1.0)), max_size=12))
def test_beginnings_and_ends_alternate(pattern: list[tuple[float, float]]) -> None:
    open_, paused, last_s = False, False, 0.0
    for turn in run(pattern):
        assert turn.at_s >= last_s - 0.2
        last_s = turn.at_s
        match turn:
            case Began():
                assert not open_
                open_, paused = True, False
            case Paused():
                assert open_
                assert not paused
                paused = True
            case Resumed():
                assert open_
                assert paused
                paused = False
            case Ended():
                assert open_
                open_ = False


def test_what_plainly_goes_on_is_told_from_what_is_over() -> None:
    for text in ("The torque of the", "What is", "uh,", "Check BR-120 and", "So…", "Das Drehmoment der"):
        assert is_unfinished(text, "de" if "Dreh" in text else "en"), text
    for text in ("What does F0012 mean?", "Next step.", "Set it to 40", "It's step 4.", ""):
        assert not is_unfinished(text), text


def test_nothing_begins_that_is_no_voice_and_it_is_not_asked_at_every_window() -> None:
    endpointer = Endpointer()
    asked: list[int] = []

    def is_voice(windows: int) -> bool:
        asked.append(windows)
        return len(asked) > 3

    turns = [turn for at in range(30) for turn in endpointer.take(0.9, at * WINDOW_S, is_voice)]

    assert asked == [4, 4, 4, 4]
    [began] = turns
    assert isinstance(began, Began)
    assert 0.15 < began.at_s < 0.3
