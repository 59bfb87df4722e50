from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.search import lexical
from index.search.query import Query, understand
from index.search.spelling import MOST, correct, is_slip
from index.store import Store

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Words:
    """A vocabulary that knows the given words."""

    def __init__(self, *words: str) -> None:
        self._words = words

    def knows_word(self, word: str) -> bool:
        return word in self._words


@contextmanager
def corrected(store: Store, question: str, vocabulary: Words | None = None) -> Iterator[tuple[Query, dict[str, str]]]:
    with store.reader() as connection:
        query = understand(connection, question)
        known = lexical.frequencies(connection, query.terms)
        unknown = [term for term in query.terms if not known.of[term.stem]]
        after, corrections = correct(connection, query, unknown, vocabulary)
        yield after, {one.typed: one.taken_for for one in corrections}


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("calibraton", "calibration"),
        ("temprature", "temperature"),
        ("tempertaure", "temperature"),
        ("encodder", "encoder"),
        ("ecnoder", "encoder"),
        ("machime", "machine"),
        ("safetty", "safety"),
        ("calib", "calibrate"),
    ],
)
def test_slips_and_beginnings_are_taken_for_the_word_of_the_documents(indexed: Store, typed: str, word: str) -> None:
    with corrected(indexed, f"about {typed}") as (query, taken):
        assert taken == {typed: word}
        assert word in query.text
        assert [term.word for term in query.terms] == [word]


@pytest.mark.parametrize("typed", ["boss", "arn", "fusd", "hibernate", "F0099", "axis.0.jgo"])
def test_short_words_strange_words_and_identifiers_stay_as_they_are(indexed: Store, typed: str) -> None:
    with corrected(indexed, f"about {typed}") as (query, taken):
        assert taken == {}
        assert typed in query.text


def test_a_word_that_the_embedding_model_knows_is_no_misspelling(indexed: Store) -> None:
    with corrected(indexed, "about breake") as (_, taken):
        assert taken == {"breake": "brake"}
    with corrected(indexed, "about breake", Words("breake")) as (_, taken):
        assert taken == {}


def test_words_typed_without_their_blank_are_parted(indexed: Store) -> None:
    with corrected(indexed, "the encodercalibration") as (query, taken):
        assert taken == {"encodercalibration": "encoder calibration"}
        assert [term.word for term in query.terms] == ["encoder", "calibration"]


def test_only_so_many_words_are_corrected(indexed: Store) -> None:
    with corrected(indexed, " ".join(f"calibraton{letter}" for letter in _LETTERS)) as (_, taken):
        assert len(taken) <= MOST


def test_words_of_an_index_that_changes_are_looked_up_anew(indexed: Store) -> None:
    connection: apsw.Connection
    with indexed.reader() as connection:
        known = lexical.frequencies(connection, understand(connection, "calibration nowhere").terms)

    assert known.of["calibr"] > 0
    assert known.of["nowher"] == 0


_WORDS = st.text(_LETTERS, min_size=6, max_size=12)


@given(_WORDS, st.data())
def test_two_letters_exchanged_or_one_left_out_or_doubled_is_a_slip(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 2))
    exchanged = word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    assert is_slip(exchanged, word)
    assert is_slip(word[:at] + word[at + 1 :], word)
    assert is_slip(word[: at + 1] + word[at:], word)


@given(_WORDS, _WORDS)
def test_what_shares_no_letter_in_place_is_no_slip(one: str, other: str) -> None:
    if not any(a == b for a, b in zip(one, other, strict=False)) and not set(one) & set(other):
        assert not is_slip(one, other)
