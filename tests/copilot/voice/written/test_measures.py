"""Spoken numbers and units in writing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.voice.written.measures import write_measures


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("one point three newton metres", "1.3 Nm"),
        ("1.3 Newton meters", "1.3 Nm"),
        ("1 point 3 5 bar", "1.35 bar"),
        ("twenty four volts DC", "24 VDC"),
        ("four hundred and twenty millimeters", "420 mm"),
        ("sixty degrees Celsius", "60 °C"),
        ("minus five degrees celsius", "-5 °C"),
        ("ninety degrees", "90°"),
        ("five thousand revolutions per minute", "5000 rpm"),
        ("5,000 rpm", "5000 rpm"),
        ("eighty percent", "80%"),
        ("two bar", "2 bar"),
        ("step three", "step 3"),
        ("page one", "page 1"),
        ("wait five minutes", "wait 5 minutes"),
        ("the other one", "the other one"),
        ("no one knows", "no one knows"),
        ("  spaces kept  ", "  spaces kept  "),
    ],
)
def test_english(said: str, written: str) -> None:
    assert write_measures(said) == written


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("eins komma drei Newtonmeter", "1,3 Nm"),
        ("dreihundertfünfundzwanzig Grad Celsius", "325 °C"),
        ("vierundzwanzig Volt", "24 V"),
        ("Schritt zwei", "Schritt 2"),
    ],
)
def test_german(said: str, written: str) -> None:
    assert write_measures(said, "de") == written


def test_a_language_without_counting_words_keeps_its_text() -> None:
    assert write_measures("yksi kaksi", "fi") == "yksi kaksi"


@given(st.text(max_size=60), st.sampled_from(["en", "de", "fr", "xx"]))
def test_any_text_is_taken(text: str, language: str) -> None:
    write_measures(text, language)


@given(st.integers(4, 99999))
def test_figures_stay_figures(number: int) -> None:
    assert write_measures(f"{number} mm") == f"{number} mm"
