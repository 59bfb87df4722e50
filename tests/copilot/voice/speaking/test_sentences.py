"""Sentences are cut from text that is still being written."""

from hypothesis import given
from hypothesis import strategies as st

from copilot.voice.speaking.sentences import FIRST_CHARACTERS, LATER_CHARACTERS, SentenceStream, pieces

TEXT = "F0012 means overvoltage. Tighten to 1.3 Nm, e.g. with a torque wrench. See Fig. 3."
SENTENCES = ["F0012 means overvoltage.", "Tighten to 1.3 Nm, e.g. with a torque wrench.", "See Fig. 3."]


@given(st.lists(st.integers(1, 12), min_size=1, max_size=40))
def test_sentences_are_the_same_however_the_text_comes(lengths: list[int]) -> None:
    stream, found, at = SentenceStream(), [], 0
    for length in lengths:
        found += stream.feed(TEXT[at : at + length])
        at += length
    found += stream.feed(TEXT[at:]) + stream.end()

    assert found == SENTENCES


def test_a_sentence_comes_as_soon_as_the_next_one_begins() -> None:
    stream = SentenceStream()

    assert stream.feed("F0012 means overvoltage.") == []
    assert stream.feed(" T") == ["F0012 means overvoltage."]


@given(st.text(alphabet="abc ,.;", max_size=800), st.booleans())
def test_pieces_lose_no_word(text: str, first: bool) -> None:
    cut = list(pieces(text, first))

    assert " ".join(cut).split() == text.split()
    assert all(cut)


def test_the_first_piece_is_short_where_one_can_breathe() -> None:
    said = (
        "The voltage of the link was above eight hundred and twenty volts, so check the braking resistor and its fuse."
    )

    first, second = pieces(said, first=True)

    assert first.endswith("volts,")
    assert len(first) <= FIRST_CHARACTERS
    assert second.startswith("so check")
    assert list(pieces(said, first=False)) == [said]


def test_a_very_long_sentence_without_a_breath_is_cut_between_words() -> None:
    assert all(len(piece) <= LATER_CHARACTERS for piece in pieces("overvoltage " * 60, first=False))
