from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.chunking import ChunkOptions, chunk
from index.chunking.sentences import split
from index.chunking.size import estimate_tokens
from index.documents import Block, Chunk, TableRow
from index.errors import UsageError

SMALL = ChunkOptions(target=40, limit=60)


def heading(text: str, level: int = 1) -> Block:
    return Block("heading", text, level=level)


def paragraph(text: str, page: int | None = None) -> Block:
    return Block("paragraph", text, page=page)


def rows(header: tuple[str, ...], lines: list[tuple[str, ...]], table: int = 0) -> list[Block]:
    return [Block("row", " | ".join(line), row=TableRow(line, header, table)) for line in lines]


def steps(count: int, words: int = 6) -> list[Block]:
    return [Block("step", f"{n}. {'turn ' * words}now.") for n in range(1, count + 1)]


def prose(words: int, sentence: int = 8) -> str:
    return " ".join(f"Word{i}." if i % sentence == sentence - 1 else f"word{i}" for i in range(words))


WORDS = st.lists(
    st.sampled_from(["motor", "F0012.", "3.5", "e.g.", "Nm", "Öl", "—", "x" * 30, "電源を入れる", "a_b.0", "?"]),
    min_size=1,
    max_size=60,
).map(" ".join)
TEXTS = st.one_of(WORDS, st.text(min_size=0, max_size=80))
PAGES = st.one_of(st.none(), st.integers(1, 9))


@st.composite
def block(draw: st.DrawFn) -> Block:
    kind = draw(st.sampled_from(["heading", "paragraph", "paragraph", "step", "bullet", "row", "row", "code"]))
    page = draw(PAGES)
    if kind == "row":
        width = draw(st.integers(1, 4))
        cells = tuple(draw(WORDS) for _ in range(width))
        header = draw(st.sampled_from([(), ("Code", "Meaning"), ("Very long header " * 12, "b")]))
        return Block("row", " | ".join(cells), page=page, row=TableRow(cells, header, draw(st.integers(0, 1))))
    if kind == "code":
        return Block("code", "\n".join(draw(st.lists(TEXTS, max_size=12))), page=page)
    if kind == "heading":
        return Block("heading", draw(TEXTS), level=draw(st.integers(1, 4)), page=page)
    return Block(kind, draw(TEXTS), level=draw(st.integers(0, 3)) if kind in ("step", "bullet") else 0, page=page)


BLOCKS = st.lists(block(), max_size=30)


@given(BLOCKS)
def test_chunks_tile_the_documents_text_in_order(blocks: list[Block]) -> None:
    chunks = list(chunk(blocks, SMALL))
    text = "".join(piece.body for piece in chunks)

    assert [piece.ordinal for piece in chunks] == list(range(len(chunks)))
    assert all(text[piece.start : piece.end] == piece.body for piece in chunks)
    assert [piece.start for piece in chunks] == [0, *(piece.end for piece in chunks)][: len(chunks)]


@given(BLOCKS)
def test_every_word_is_in_a_body_or_in_a_path_in_order(blocks: list[Block]) -> None:
    chunks = list(chunk(blocks, SMALL))
    squeezed = "".join("".join(piece.body.split()) for piece in chunks)
    paths = {"".join(heading.split()) for piece in chunks for heading in piece.section.path}
    position = 0
    for each in blocks:
        words = "".join(each.text.split())
        if each.kind == "heading" and words in paths:
            continue
        found = squeezed.find(words, position)
        assert found >= 0, each
        position = found + len(words)


@given(BLOCKS)
def test_no_chunk_is_empty_or_over_the_limit(blocks: list[Block]) -> None:
    for piece in chunk(blocks, SMALL):
        assert piece.text.strip()
        assert estimate_tokens(piece.text) <= SMALL.limit + piece.body.count("•")


@given(BLOCKS)
def test_a_chunk_lies_in_one_section_and_sections_come_in_order(blocks: list[Block]) -> None:
    ordinals = [piece.section.ordinal for piece in chunk(blocks, SMALL)]

    assert ordinals == sorted(ordinals)
    assert set(ordinals) == set(range(len(set(ordinals))))


@given(BLOCKS)
def test_cutting_does_not_depend_on_how_the_stream_is_read(blocks: list[Block]) -> None:
    assert list(chunk(iter(blocks), SMALL)) == list(chunk(blocks, SMALL))


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 3)), min_size=1, max_size=12))
def test_a_chunk_knows_the_headings_above_it(shape: list[tuple[int, int]]) -> None:
    blocks: list[Block] = []
    expected: list[tuple[str, ...]] = []
    path: list[tuple[int, str]] = []
    for number, (level, paragraphs) in enumerate(shape):
        path = [*((above, text) for above, text in path if above < level), (level, f"H{number}")]
        blocks.append(heading(f"H{number}", level))
        blocks += [paragraph(f"text {number}")] * paragraphs
        deeper_follows = number + 1 < len(shape) and shape[number + 1][0] > level
        if paragraphs or not deeper_follows:
            expected.append(tuple(text for _, text in path))

    assert [piece.section.path for piece in chunk(blocks)] == expected


def test_a_heading_with_nothing_under_it_is_a_chunk_of_its_own_words() -> None:
    chunks = list(chunk([heading("Intro"), heading("Fuses are behind the cover"), heading("Deep", 2), paragraph("x")]))

    assert [(piece.section.path, piece.text) for piece in chunks] == [
        (("Intro",), "Intro"),
        (("Fuses are behind the cover", "Deep"), "x"),
    ]


def test_a_page_of_text_that_claims_to_be_a_heading_is_text() -> None:
    (piece,) = chunk([heading("Start"), heading("word " * 200)])

    assert piece.section.path == ("Start",)
    assert len(piece.text.split()) == 200


def test_the_header_of_a_table_is_written_once_and_led_with_where_a_chunk_begins_mid_table() -> None:
    header = ("Code", "Meaning")
    lines = [(f"F{n:04}", "overtemperature of winding " + "abc" * (n % 3)) for n in range(60)]
    first, *others = chunk([heading("Faults"), *rows(header, lines)], SMALL)

    assert first.lead == ""
    assert first.text.startswith("Code | Meaning\nF0000 | ")
    assert others
    for piece in others:
        assert piece.lead == "Code | Meaning"
        assert piece.text.startswith("Code | Meaning\nF00")
        assert all(line.count(" | ") == 1 for line in piece.text.splitlines())


def test_no_header_of_one_table_leads_into_another() -> None:
    tables = [(("A", "B"), ("1", "2")), (("C", "D"), ("3", "4")), ((), ("5", "6"))]
    blocks = [each for number, (header, line) in enumerate(tables) for each in rows(header, [line], number)]

    (piece,) = chunk(blocks)
    assert piece.text == "A | B\n1 | 2\n\nC | D\n3 | 4\n\n5 | 6"
    assert piece.lead == ""


def test_a_header_as_long_as_a_chunk_is_shortened_where_it_is_repeated() -> None:
    header = tuple(f"column{i} in millimetres" for i in range(30))
    chunks = list(chunk(rows(header, [tuple("7" * 30)] * 20), SMALL))

    assert chunks[-1].lead.endswith("…")
    assert all(estimate_tokens(piece.text) <= SMALL.limit for piece in chunks)


@given(st.integers(0, 50), st.integers(2, 5), st.integers(0, 50))
def test_a_procedure_that_fits_is_not_cut_and_keeps_its_lead_in(before: int, count: int, after: int) -> None:
    procedure = [paragraph("To bleed the brake:"), *steps(count, words=4)]
    blocks = [heading("Brake"), paragraph(prose(before) or "-"), *procedure, paragraph(prose(after) or "-")]

    holding = [piece for piece in chunk(blocks, SMALL) if re.search(r"turn|To bleed", piece.text)]
    assert len(holding) == 1
    assert holding[0].text.find("To bleed the brake:\n1. turn") >= 0


def test_code_between_steps_stays_with_the_procedure() -> None:
    blocks = [
        paragraph(prose(24)),
        paragraph("To check:"),
        Block("step", "1. Run this."),
        Block("code", "latency-test"),
        paragraph("It shows numbers."),
        Block("step", "2. Read them."),
        paragraph(prose(24)),
    ]

    (holding,) = [piece for piece in chunk(blocks, SMALL) if "latency-test" in piece.text]
    assert "To check:\n1. Run this." in holding.text
    assert "2. Read them." in holding.text


def test_code_stays_with_the_paragraph_that_introduces_it() -> None:
    blocks = [paragraph(prose(26)), paragraph("Load the driver with:"), Block("code", "loadrt hm2_eth\nnet a b")]

    (holding,) = [piece for piece in chunk(blocks, SMALL) if "loadrt" in piece.text]
    assert "Load the driver with:\nloadrt hm2_eth\nnet a b" in holding.text


@given(st.integers(1, 400), st.integers(2, 12))
def test_no_sentence_is_cut_that_fits_into_a_chunk(words: int, sentence: int) -> None:
    text = prose(words, sentence)
    chunks = list(chunk([paragraph(text)], SMALL))

    assert [s.text for piece in chunks for s in split(piece.text)] == [s.text for s in split(text)]


@given(st.integers(100, 500))
def test_a_section_is_cut_into_chunks_of_like_size(words: int) -> None:
    blocks = [paragraph(prose(8)) for _ in range(words // 8)]
    sizes = [estimate_tokens(piece.text) for piece in chunk(blocks, SMALL)]

    assert min(sizes) >= SMALL.target // 2


def test_a_text_without_blanks_is_cut_all_the_same() -> None:
    chunks = list(chunk([paragraph("電" * 5000)], SMALL))

    assert "".join(piece.body for piece in chunks).strip() == "電" * 5000
    assert all(estimate_tokens(piece.text) <= SMALL.limit for piece in chunks)


def test_pages_say_where_a_chunk_begins_and_ends() -> None:
    (piece,) = chunk([heading("A"), paragraph("one", 3), paragraph("two", 4), paragraph("three", 5)])

    assert (piece.page, piece.page_end) == (3, 5)
    assert [(piece.body[offset - piece.start :].split()[0], page) for offset, page in piece.page_starts] == [
        ("two", 4),
        ("three", 5),
    ]


def test_lists_are_written_with_bullets_and_indents() -> None:
    (piece,) = chunk([paragraph("Parts:"), Block("bullet", "belt"), Block("bullet", "clip", level=1)])

    assert piece.text == "Parts:\n• belt\n  • clip"


def test_an_endless_table_is_cut_as_it_comes() -> None:
    read = 0

    def endless() -> Iterator[Block]:
        nonlocal read
        for read in itertools.count(1):
            yield from rows(("Code", "Meaning"), [(f"F{read}", "overtemperature")])

    chunks = list(itertools.islice(chunk(endless()), 50))
    rows_in_chunks = sum(piece.body.count("\n") for piece in chunks)
    assert len(chunks) == 50
    assert read < rows_in_chunks * 1.5


def test_an_empty_document_has_no_chunks() -> None:
    assert list(chunk([])) == []
    assert list(chunk([paragraph("  \n"), Block("code", "")])) == []


@pytest.mark.parametrize(("target", "limit"), [(0, 10), (200, 100), (-5, -1)])
def test_sizes_that_contradict_each_other_are_refused(target: int, limit: int) -> None:
    with pytest.raises(UsageError):
        ChunkOptions(target, limit)


@settings(max_examples=20)
@given(st.integers(0, 2**32))
def test_a_large_section_is_cut_the_same_whether_seen_whole_or_piece_by_piece(seed: int) -> None:
    blocks = [paragraph(prose(5 + (seed >> n % 20) % 30)) for n in range(120)]
    texts: list[Chunk] = list(chunk(blocks, SMALL))

    assert "".join(piece.body for piece in texts).split() == " ".join(each.text for each in blocks).split()
    assert max(estimate_tokens(piece.text) for piece in texts) <= SMALL.limit
