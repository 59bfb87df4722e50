"""Messages between the processes: the same on both sides, and strangers are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.engines.base import EngineInfo, GenerationOptions, GenerationStats, Prompt, Reading
from copilot.engines.child.framing import FrameError, FrameReader
from copilot.engines.child.messages import (
    AskWarm,
    Cancel,
    Close,
    Ended,
    Failed,
    Kept,
    Loaded,
    Piece,
    Read,
    Readings,
    Stream,
    Warm,
    clean,
    order,
    report,
    written,
)
from index.errors import DiskFull, EngineError, QuestionError

numbers = st.integers(0, 2**53)
texts = st.text()  # lone surrogates included, as a damaged document may bring them
prompts = st.builds(Prompt, texts, texts, texts, texts).map(clean)
orders = (
    st.builds(
        Stream, id=numbers, prompt=prompts, options=st.builds(GenerationOptions, numbers, st.tuples(st.just("\n")))
    )
    | st.builds(Read, id=numbers, prompts=st.lists(prompts, max_size=3).map(tuple))
    | st.builds(Warm, id=numbers, prompt=prompts)
    | st.builds(AskWarm, id=numbers, prompts=st.lists(prompts, max_size=3).map(tuple))
    | st.builds(Cancel, id=numbers)
    | st.builds(Close)
)
plain = st.text(st.characters(exclude_categories=["Cs"]))
reports = (
    st.builds(
        Loaded,
        info=st.builds(EngineInfo, plain, plain, plain, plain, numbers),
        warnings=st.lists(plain, max_size=2).map(tuple),
    )
    | st.builds(Piece, id=numbers, text=plain)
    | st.builds(Ended, id=numbers, stats=st.none() | st.builds(GenerationStats, numbers, numbers, numbers))
    | st.builds(
        Readings,
        id=numbers,
        readings=st.lists(st.builds(Reading, st.floats(allow_nan=False), st.booleans()), max_size=3).map(tuple),
    )
    | st.builds(Kept, id=numbers, flags=st.lists(st.booleans(), max_size=3).map(tuple))
    | st.builds(Failed, id=st.none() | numbers, error=plain, message=plain, remedy=plain)
)


@given(orders)
def test_an_order_arrives_as_it_was_given(sent: object) -> None:
    (value,) = FrameReader().feed(written(sent))  # type: ignore[arg-type]

    assert order(value) == sent


@given(reports)
def test_a_report_arrives_as_it_was_made(sent: object) -> None:
    (value,) = FrameReader().feed(written(sent))  # type: ignore[arg-type]

    assert report(value) == sent


@pytest.mark.parametrize(
    "value",
    [None, 7, "load", [], {}, {"kind": "shell"}, {"kind": "cancel"}, {"kind": "cancel", "id": 1, "more": 2}],
)
def test_what_is_no_message_is_refused_without_its_text(value: object) -> None:
    for understood in (order, report):
        with pytest.raises(FrameError) as refused:
            understood(value)
        assert "more" not in str(refused.value)


def test_an_error_is_of_the_same_class_on_the_other_side() -> None:
    for error in (EngineError("a", "b"), DiskFull("c"), QuestionError("d", "e")):
        raised = Failed.of(1, error).raised()

        assert (type(raised), raised.message, raised.remedy) == (type(error), error.message, error.remedy)


@pytest.mark.parametrize("name", ["SystemExit", "annotations", "ClassVar", "", "no such error"])
def test_an_error_that_is_none_of_ours_becomes_one_of_the_engine(name: str) -> None:
    assert type(Failed(id=1, error=name, message="m").raised()) is EngineError


def test_the_words_of_an_unforeseen_error_stay_behind() -> None:
    failed = Failed.of(1, ValueError("the words of a document"))

    assert "document" not in failed.message
    assert "ValueError" in failed.message
