from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.loaders.clean import clean_blocks, clean_text
from index.loaders.encoding import decode, guess_encoding
from index.loaders.plain import heading_level, text_blocks


def kinds(text: str) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in clean_blocks(text_blocks(text.splitlines(keepends=True)))]


def test_paragraphs_are_unwrapped_and_short_lines_keep_their_breaks() -> None:
    wrapped = (
        "The pump must be filled with water before it is started\nfor the first time, or the seal will be\ndestroyed."
    )
    assert kinds(wrapped) == [("paragraph", wrapped.replace("\n", " "))]
    address = "Northwind Pumps\n12 Dock Road\nAberdeen"
    assert kinds(address) == [("paragraph", address)]


def test_numbered_and_underlined_headings_are_found_and_steps_are_not_taken_for_them() -> None:
    text = (
        "Pump DX-40\n==========\n\n4.2 Changing the filter\n\n"
        "1. Close the valve.\n2. Open the lid\n   with a key.\n\n3. Lift it.\n"
    )
    assert kinds(text) == [
        ("heading", "Pump DX-40"),
        ("heading", "4.2 Changing the filter"),
        ("step", "1. Close the valve."),
        ("step", "2. Open the lid with a key."),
        ("step", "3. Lift it."),
    ]


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("1 Safety", 1),
        ("4.2 Filter", 2),
        ("3.10.2 Wires", 3),
        ("12 V are needed.", 0),
        ("5 bar max", 0),
        ("2024 was", 0),
    ],
)
def test_the_depth_of_a_number_is_the_level_of_its_heading(line, level) -> None:
    assert heading_level(line) == level


def test_bullets_nest_by_indentation() -> None:
    blocks = list(text_blocks(["- seal\n", "  - ring\n", "- bearing\n"]))
    assert [(block.kind, block.level, block.text) for block in blocks] == [
        ("bullet", 0, "seal"), ("bullet", 1, "ring"), ("bullet", 0, "bearing"),
    ]  # fmt: skip


def test_text_set_in_columns_keeps_its_lines() -> None:
    table = "Size      Torque     Tool\nM6        10 Nm      hex 5\nM8        25 Nm      hex 6"
    assert kinds(table) == [("code", table)]


def test_a_log_without_blank_lines_comes_in_pieces() -> None:
    assert len(kinds("".join(f"{n:05} started pump and opened the valve\n" for n in range(1000)))) > 5


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_usual_encoding_and_line_end_gives_the_same_text(blocks_of, encoding, newline) -> None:
    text = newline.join(["Überdruck: 3 bar für die Düse.", "", "Größe prüfen, dann weiter."])
    blocks = blocks_of("a.txt", text.encode(encoding))
    assert [block.text for block in blocks] == ["Überdruck: 3 bar für die Düse.", "Größe prüfen, dann weiter."]


def test_utf_8_and_latin_1_in_one_file_are_both_read() -> None:
    mixed = "Drehmoment für M8 – 25 Nm. ".encode() * 20 + "Düse".encode("latin-1")
    assert decode(mixed).endswith("Düse")
    assert "für M8 –" in decode(mixed)


def test_cyrillic_in_its_old_encoding_is_recognised() -> None:
    text = "Давление масла слишком низкое, проверьте насос и фильтр. " * 20
    assert "Давление масла" in decode(text.encode("cp1251"))


def test_binary_is_no_text() -> None:
    assert guess_encoding(bytes(range(32)) * 40) is None


def test_escape_sequences_and_hidden_characters_are_gone() -> None:
    dirty = "\x1b[31mF0012\x1b[0m \x1b]0;title\x07ok\x00\x08 a\u202eb\u200bc \U000e0041d ﬁlter BR\u2011120 \u22125"
    assert clean_text(dirty) == "F0012 ok abc d filter BR-120 -5"


@given(st.text(max_size=400))
def test_cleaning_is_idempotent(text) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)


words = st.text(alphabet="abcXYZ019äß-_/.", min_size=1, max_size=9)
documents = st.lists(st.sampled_from([" ", "\n", "\n\n", "\t", "   ", "- ", "1. ", "# ", "===\n"]) | words, max_size=60)


@given(documents)
def test_no_word_of_a_text_is_lost(parts) -> None:
    text = " ".join(parts)
    kept = " ".join(block.text for block in clean_blocks(text_blocks(text.splitlines(keepends=True))))
    for word in re.findall(r"\w+", text):
        assert word in kept


@given(st.binary(max_size=600))
def test_any_bytes_decode_without_an_error(data) -> None:
    decode(data)
    decode(data, declared=True)
