from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from index.search.merging import LONGEST, merged
from index.search.snippets import snippet
from index.store.reading import StoredChunk


def chunk(ordinal: int, section: int = 0, document: int = 1, body: str = "", lead: str = "") -> StoredChunk:
    body = body or f"Chunk {ordinal}. "
    start = ordinal * 100
    return StoredChunk(
        document * 1000 + ordinal, document, (), section, ordinal, lead, body, start, start + len(body), None, None
    )


def test_neighbours_are_joined_in_the_order_of_the_document() -> None:
    ranked = [chunk(2), chunk(1), chunk(3)]
    groups = merged(ranked, {one.id: 1.0 for one in ranked}, 5)

    assert [group.text for group in groups] == ["Chunk 1. Chunk 2. Chunk 3."]
    assert groups[0].best.ordinal == 2


def test_sections_and_documents_stay_apart_and_so_do_chunks_with_a_gap_between() -> None:
    ranked = [chunk(1), chunk(2, section=1), chunk(3, section=1, document=2), chunk(5, section=1)]
    groups = merged(ranked, {one.id: 1.0 for one in ranked}, 5)

    assert len(groups) == 4


def test_a_far_worse_neighbour_is_left_for_itself() -> None:
    ranked = [chunk(1), chunk(2)]
    groups = merged(ranked, {ranked[0].id: 1.0, ranked[1].id: 0.1}, 5)

    assert len(groups) == 2


def test_the_header_of_a_table_stands_once() -> None:
    header = "Code | Fault"
    ranked = [chunk(1, body="F1 | hot\n", lead=header), chunk(2, body="F2 | cold\n", lead=header)]
    groups = merged(ranked, {one.id: 1.0 for one in ranked}, 5)

    assert groups[0].text == "Code | Fault\nF1 | hot\nF2 | cold"


@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(1, 2), st.floats(0, 1), st.integers(1, 2000)), max_size=20),
    st.integers(1, 6),
)
def test_no_chunk_is_shown_twice_and_no_group_is_too_long(found: list[tuple[int, int, float, int]], limit: int) -> None:
    unique = {(ordinal, document): (score, length) for ordinal, document, score, length in found}
    ranked = sorted(
        (chunk(ordinal, ordinal // 4, document, "x" * length) for (ordinal, document), (_, length) in unique.items()),
        key=lambda one: -unique[one.ordinal, one.document_id][0],
    )
    groups = merged(ranked, {one.id: unique[one.ordinal, one.document_id][0] for one in ranked}, limit)

    shown = [one.id for group in groups for one in group.chunks]
    assert len(shown) == len(set(shown))
    assert len(groups) <= limit
    for group in groups:
        assert group.best in group.chunks
        assert len(group.text) <= max(LONGEST, len(group.best.text))
        assert len({one.section_ordinal for one in group.chunks}) == 1
        ordinals = [one.ordinal for one in group.chunks]
        assert ordinals == list(range(ordinals[0], ordinals[0] + len(ordinals)))


def test_a_snippet_shows_the_part_with_the_words_and_marks_them() -> None:
    text = "Nothing here.\n" * 60 + "The brake BR-120 is released by its coil.\n" + "Nothing there.\n" * 60
    shown = snippet(text, "br 120 released coils")

    marked = [shown.text[first:last] for first, last in shown.marks]
    assert "BR-120" in " ".join(marked)
    assert "released" in marked
    assert "coil" in marked
    assert shown.text.startswith("…")
    assert shown.text.endswith("…")


@given(
    st.text(max_size=1500),
    st.text("abc XYZ12-./", min_size=1, max_size=20).filter(lambda t: any(c.isalnum() for c in t)),
)
def test_marks_lie_within_the_snippet_and_do_not_overlap(text: str, question: str) -> None:
    shown = snippet(text, question)

    at = 0
    for first, last in shown.marks:
        assert at <= first < last <= len(shown.text)
        at = last
