"""How much codes sound alike."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from copilot.voice.written.sounds import sound_distance, sound_key

codes = st.text("abcdefghijklmnopqrstuvwxyz0123456789", max_size=10)


def test_letters_that_sound_alike_are_nearer_than_others() -> None:
    assert sound_distance("b1121", "p1121") < sound_distance("b1121", "m1121")
    assert sound_distance("m40", "n40") < sound_distance("m40", "x40")


def test_a_zero_more_is_less_than_another_figure() -> None:
    assert sound_distance("f00012", "f0012") < sound_distance("f0312", "f0012")


@given(codes)
def test_a_code_is_no_distance_from_itself(code: str) -> None:
    assert sound_distance(code, code) == 0


@given(codes, codes)
def test_the_way_back_is_as_long(one: str, other: str) -> None:
    assert (
        abs(sound_distance(one, other) - sound_distance(other, one)) < 0.75
    )  # letters for figures weigh a little more


@given(codes)
def test_the_key_is_as_long_as_the_code(code: str) -> None:
    assert len(sound_key(code)) == len(code)
