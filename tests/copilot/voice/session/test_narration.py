"""What of an answer is said, and when: never what it takes back."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from copilot.answering.events import Answer, Route, Timings, Token
from copilot.voice.session.narration import Narration, safe_to_say, sentences_of
from index.passages import Passage, SearchResult
from tests.copilot.voice.session.scripted import PASSAGE

TABLE = replace(PASSAGE, text="Screw | Torque\nM8 | 20 Nm\nM10 | 40 Nm\n\nGrease M8 first.")


def _answer(text: str, status: str = "grounded") -> Answer:
    result = SearchResult("q", 1.0, (PASSAGE,), "hybrid")
    return Answer(status, text, (), result, (), Route("local", ""), "m", Timings(1, 2, 3))  # type: ignore[arg-type]


def _tell(narration: Narration, *pieces: str, read: Passage | None = PASSAGE) -> list[str]:
    return [sentence for piece in pieces for sentence in narration.take(Token(piece, read=read))]


def test_a_sentence_is_said_as_soon_as_it_is_whole_and_borne_out() -> None:
    narration = Narration()

    assert _tell(narration, "F0012 means", " overvoltage.", " Check") == ["F0012 means overvoltage."]


def test_a_sentence_with_a_number_that_the_passage_lacks_waits_for_the_check() -> None:
    narration = Narration()

    assert _tell(narration, "It is F0099. Then", " stop.") == []
    assert narration.take(_answer("It is F0099 [unverified]. [1] Then stop. [1]"))[0] == "It is F0099 [unverified]."


def test_a_value_out_of_a_table_waits_for_the_check_which_looks_at_one_row() -> None:
    assert not safe_to_say("Tighten to 40 Nm.", TABLE)
    assert safe_to_say("Grease M8 first.", TABLE)


def test_without_knowing_what_was_read_only_what_claims_nothing_is_said_early() -> None:
    assert safe_to_say("Check the resistor.", None)
    assert not safe_to_say("Check R4.", None)


def test_the_short_answer_comes_first_and_the_quote_is_for_more() -> None:
    narration = Narration()
    said = _tell(narration, "F0012 means overvoltage.", " ")
    said += narration.take(
        _answer("F0012 means overvoltage. [1]\n\n> F0012 means overvoltage.\n> Check the resistor R4 above 820 V. [1]")
    )

    assert said[0] == "F0012 means overvoltage."
    assert narration.rest == ["> Check the resistor R4 above 820 V."]


def test_steps_are_told_one_at_a_time() -> None:
    narration = Narration()

    assert narration.take(_answer("> 1. Switch off.\n> 2. Wait.\n> 3. Open. [1]")) == ["> 1. Switch off."]
    assert narration.rest == ["> 2. Wait.", "> 3. Open."]


def test_that_the_documents_do_not_tell_is_all_that_is_said() -> None:
    narration = Narration()

    said = narration.take(_answer("The documents don't tell.\nThe nearest passages are:\n- Halden", "abstained"))

    assert said == ["The documents don't tell."]
    assert len(narration.rest) == 2


def test_what_was_said_and_does_not_stand_in_the_answer_is_taken_back() -> None:
    narration = Narration()
    _tell(narration, "Check the resistor.", " And")

    said = narration.take(_answer("> F0012 means overvoltage. [1]"))

    assert narration.taken_back == ["Check the resistor."]
    assert said == ["> F0012 means overvoltage."]


WORDS = st.lists(
    st.sampled_from(["F0012", "R4", "820 V", "F0099", "9 V", "check", "the", "brake"]), min_size=1, max_size=6
)


@given(st.lists(WORDS, min_size=1, max_size=5), st.lists(st.integers(1, 9), max_size=60))
def test_nothing_said_early_is_ever_marked_as_unverified(sentences: list[list[str]], lengths: list[int]) -> None:
    from copilot.answering.compose import compose

    written = " ".join("So " + " ".join(words) + "." for words in sentences)
    narration, early, at = Narration(), [], 0
    for length in lengths:
        early += _tell(narration, written[at : at + length])
        at += length
    draft = compose(written, [None], [PASSAGE])

    narration.take(_answer(draft.text))

    assert narration.taken_back == []
    assert all(sentence in written for sentence in early)


def test_a_row_of_a_table_is_told_with_the_names_of_its_columns() -> None:
    row = "> Code | Fault | Cause | Remedy\n> F0012 | Brake stuck | No voltage | Measure 24 V at X4. [1]"

    assert sentences_of(row) == ["F0012: Brake stuck.", "Cause: No voltage.", "Remedy: Measure 24 V at X4."]
    assert sentences_of("> F0012 | Brake stuck [1]") == ["> F0012 | Brake stuck"]


@given(st.text(alphabet="ab. \n>-1", max_size=120))
def test_every_word_of_an_answer_is_in_a_sentence_of_it(text: str) -> None:
    assert "".join("".join(sentences_of(text)).split()).replace(">", "") == "".join(text.split()).replace(">", "")
