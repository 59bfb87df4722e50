"""Annotations: each mark of the answer, where it really stands."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from copilot.answering.events import Citation
from copilot.http.openai.citing import annotated
from index.documents import AccessLabel
from index.passages import Passage


def citation(n: int) -> Citation:
    passage = Passage(
        1, 1.0, "manual.pdf", "Halden H40", ("Faults", "Brake"), 7, "text", 40 + n, (40 + n,), "halden",
        AccessLabel.INTERNAL, "en", 0, 4,
    )  # fmt: skip
    return Citation(n, passage, "text", 7)


def address(chunk: int) -> str:
    return f"http://device/v1/passages/{chunk}"


words = st.text(st.characters(exclude_characters="[]", exclude_categories=["Cs"]), max_size=12)
pieces = st.lists(words | st.integers(1, 9).map(lambda n: f"[{n}]"), max_size=12)


@given(pieces, st.sets(st.integers(1, 9)))
def test_every_mark_with_a_citation_is_annotated_where_it_stands(said: list[str], known: set[int]) -> None:
    text = "".join(said)

    found = annotated(text, text, [citation(n) for n in known], address)

    marks = [text[one.url_citation.start_index : one.url_citation.end_index] for one in found]
    assert marks == [piece for piece in said if piece.startswith("[") and int(piece[1:-1]) in known]
    assert [one.url_citation.url for one in found] == [address(40 + int(mark[1:-1])) for mark in marks]


def test_a_mark_of_what_a_model_had_begun_before_it_failed_stands_for_nothing() -> None:
    (found,) = annotated("It opens [1] at\n\n“24 V” [1]", "“24 V” [1]", [citation(1)], address)

    assert found.url_citation.start_index == 24
    assert found.url_citation.title == "Halden H40 › Faults › Brake, page 7"
