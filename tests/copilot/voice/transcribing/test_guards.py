"""What Whisper makes up, told from what somebody said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.voice.transcribing.guards import is_repetition, objection, without_notes


@pytest.mark.parametrize(
    "text",
    [
        "Thank you for watching!",
        "Thanks for watching.",
        "Please subscribe to our channel.",
        "Subtitles by the Amara.org community",
        "Untertitel der Amara.org-Community",
        "Bye bye",
        "you",
        "Vielen Dank.",
    ],
)
def test_what_stands_in_subtitles_is_no_speech_where_the_model_doubts_it(text: str) -> None:
    assert objection(text, "", confidence=0.5, no_speech=0.3) == "stock phrase"


def test_thanks_said_clearly_are_speech() -> None:
    assert objection("Thank you.", "", confidence=0.9, no_speech=0.01) == ""


def test_notes_on_sounds_are_no_words() -> None:
    assert without_notes("[Music] (applause) ♪ la la ♪") == ""
    assert without_notes("What does [noise] F0012 mean?") == "What does F0012 mean?"


@pytest.mark.parametrize(
    "text",
    [
        "set the torque to 1.3 Nm at step 4. Set the torque to 1.3 Nm at step 4.",
        "and Replace the Fuse HHHHHHHHHHHHHHHHHHHHHH",
        "no no no no no no no no",
        "the the the the the the the the the the the the",
    ],
)
def test_one_thing_again_and_again_is_a_repetition(text: str) -> None:
    assert is_repetition(text)


@pytest.mark.parametrize("text", ["F 0 0 0 0 1 2", "no no", "What does F0012 mean, and what does F0021 mean?", ""])
def test_what_is_said_twice_in_earnest_is_none(text: str) -> None:
    assert not is_repetition(text)


def test_the_expected_words_said_back_are_no_speech() -> None:
    prompt = "Question about F0012, BR-120, DX-40."

    assert objection("F0012, BR-120, DX-40", prompt, confidence=0.45, no_speech=0.4) == "stock phrase"
    assert objection("What about F0012 and BR-120?", prompt, confidence=0.9, no_speech=0.0) == ""


def test_some_of_the_expected_words_in_their_order_are_no_speech_either() -> None:
    prompt = "Question about F0012, BR-120, DX-40, TB-1200, timing belt."
    echo = "Question about F0012, BR-120, TB-1200,"

    assert objection(echo, prompt, confidence=0.41, no_speech=0.3) == "stock phrase"
    assert objection(echo, prompt, confidence=0.8, no_speech=0.0) == ""


def test_silence_noise_and_guesses_are_told_apart() -> None:
    assert objection("", "", 0.0, 1.0) == "silence"
    assert objection("a word", "", 0.3, 0.9) == "silence"
    assert objection("a word", "", 0.1, 0.1) == "noise"
    assert objection("a word", "", 0.3, 0.1) == "unsure"
    assert objection("a word", "", 0.7, 0.1) == ""


@given(st.text(max_size=200), st.text(max_size=60), st.floats(0, 1), st.floats(0, 1))
def test_any_text_is_judged(text: str, prompt: str, confidence: float, no_speech: float) -> None:
    objection(without_notes(text), prompt, confidence, no_speech)
