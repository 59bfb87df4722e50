"""Spoken identifiers in writing."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.voice.spoken import speakable
from copilot.voice.values import Hints, Transcript, Written
from copilot.voice.written.lexicon import SpeltLexicon
from copilot.voice.written.writer import SpokenWriter

KNOWN = ("F0012", "F0021", "BR-120", "DX-40", "X9", "TB-1200", "P1121", "P1218", "hm2_7i76e.0", "HT-6120", "M8")


def write(said: str, known: Sequence[str] = KNOWN, **more) -> Written:
    compare, hints = more.pop("compare", None), more.pop("hints", Hints())
    return SpokenWriter(SpeltLexicon(known)).write(Transcript(said, "en", 1.0, 0.9, 0.0, **more), hints, compare)


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("What does F zero zero one two mean?", "What does F0012 mean?"),
        ("fault F 0 0 1 2", "fault F0012"),
        ("fault F-0012", "fault F0012"),
        ("fault f double oh one two", "fault F0012"),
        ("foxtrot zero zero two one", "F0021"),
        ("check x nine", "check X9"),
        ("the brake B R one twenty", "the brake BR-120"),
        ("the brake be are 120", "the brake BR-120"),
        ("what is D X forty", "what is DX-40"),
        ("T B twelve hundred", "TB-1200"),
        ("P twelve eighteen", "P1218"),
        ("P one one two one", "P1121"),
        ("H T sixty one twenty", "HT-6120"),
        ("h m two seven i seventy six e dot zero", "hm2_7i76e.0"),
        ("the M8 bolts", "the M8 bolts"),
    ],
)
def test_what_is_spelled_and_known_is_written_as_the_documents_write_it(said: str, written: str) -> None:
    result = write(said)

    assert result.text == written
    assert all(found.known and not found.corrected for found in result.identifiers)
    assert len(result.identifiers) == 1


@pytest.mark.parametrize(
    "said",
    ["no one knows what to do", "it is 24 volts at noon", "I saw a 4 by 4", "one of you two", "to be or not to be"],
)
def test_ordinary_words_are_no_identifiers(said: str) -> None:
    assert write(said).identifiers == ()


def test_an_unknown_code_is_written_together_and_said_to_be_unknown() -> None:
    result = write("What is Q seven seven?", known=["F0012"])

    assert result.text == "What is Q77?"
    assert [(found.written, found.known) for found in result.identifiers] == [("Q77", False)]


def test_a_letter_that_sounds_like_another_is_put_right_where_only_one_is_near() -> None:
    result = write("the brake VR 120")

    assert result.text == "the brake BR-120"
    assert result.identifiers[0].corrected
    assert result.identifiers[0].spoken == "VR 120"


def test_of_several_near_ones_the_sound_decides() -> None:
    likely = {"F0012": -5.0, "F0021": -40.0}

    def compare(texts: Sequence[str]) -> list[float]:
        return [next((score for code, score in likely.items() if code in text), -12.0) for text in texts]

    result = write("What does F 100012 mean?", compare=compare)

    assert result.text == "What does F0012 mean?"
    assert result.doubts == ()


def test_two_that_are_as_likely_are_asked_back() -> None:
    def compare(texts: Sequence[str]) -> list[float]:
        return [-3.0 if "F0012" in text else -3.5 if "F0013" in text else -6.0 for text in texts]

    result = write("What does F 00132 mean?", known=["F0012", "F0013"], compare=compare)

    assert result.doubts[0].choices == ("F0012", "F0013")
    start, end = result.doubts[0].at
    assert result.text[start:end] == "F0012"


def test_an_unknown_code_far_likelier_than_any_known_one_stays() -> None:
    def compare(texts: Sequence[str]) -> list[float]:
        return [-1.0 if "0012" not in text else -60.0 for text in texts]

    result = write("What does F 0552 mean?", known=["F0012"], compare=compare)

    assert result.identifiers[0].written == "F0552"
    assert not result.identifiers[0].known


def test_of_two_the_one_on_the_screen_is_meant() -> None:
    def compare(texts: Sequence[str]) -> list[float]:
        return [-4.0 for _ in texts]

    hints = Hints(recent=("F0013",))
    result = write("What does F 00132 mean?", known=["F0012", "F0013"], compare=compare, hints=hints)

    assert result.text == "What does F0013 mean?"


def test_a_part_of_what_was_spelled_is_not_taken_for_the_whole() -> None:
    def compare(texts: Sequence[str]) -> list[float]:
        return [-1.0 if "F0024" in text else -9.0 for text in texts]

    assert "F0024" in write("fault F-0, 0, 0, 2, 4 again", known=["F0002", "F0024"], compare=compare).text


def test_another_reading_with_a_known_identifier_is_preferred() -> None:
    result = write(
        "What does ethos mean?", others=("What does F0012 mean?",), compare=lambda texts: [-2.0 for _ in texts]
    )

    assert result.text == "What does F0012 mean?"


@given(st.sampled_from(KNOWN[:3] + KNOWN[5:8]))
def test_what_the_copilot_says_is_understood_again(code: str) -> None:
    assert code in write(f"What is {speakable(code)}?").text


@given(st.text(max_size=80))
def test_any_text_can_be_written_and_places_fit(text: str) -> None:
    result = write(text)

    for doubt in result.doubts:
        assert result.text[doubt.at[0] : doubt.at[1]] == doubt.choices[0]


class TwoCommands:
    def near(self, text: str, language: str) -> list[str]:
        return ["Stop talking.", "Stop reading."]


def test_a_command_as_likely_as_what_was_heard_is_taken_for_it() -> None:
    likely = {"Start talking.": -1.9, "Stop talking.": -2.5, "Stop reading.": -15.0}
    writer = SpokenWriter(SpeltLexicon(), commands=TwoCommands())

    result = writer.write(
        Transcript("Start talking.", "en", 1, 1, 0), Hints(), lambda texts: [likely[t] for t in texts]
    )

    assert (result.text, result.command) == ("Stop talking.", True)


def test_a_question_far_likelier_than_any_command_stays() -> None:
    writer = SpokenWriter(SpeltLexicon(), commands=TwoCommands())

    result = writer.write(
        Transcript("Where is the stop?", "en", 1, 1, 0), Hints(), lambda texts: [-1.0, *[-25.0 for _ in texts[1:]]]
    )

    assert (result.text, result.command) == ("Where is the stop?", False)
