from __future__ import annotations

import csv
import io
import itertools

from hypothesis import given
from hypothesis import strategies as st

from index.loaders.clean import clean_blocks
from index.loaders.delimited import delimited_blocks


def rows(text: str) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    found = clean_blocks(delimited_blocks(text.splitlines(keepends=True)))
    return [(block.row.header, block.row.cells) for block in found if block.row]


def test_delimiter_and_header_are_found() -> None:
    for delimiter in ",;\t|":
        text = f"Part{delimiter}Price\n4711{delimiter}12.50\n4712{delimiter}3.20\n4713{delimiter}1\n"
        assert rows(text)[0] == (("Part", "Price"), ("4711", "12.50"))


def test_quoted_fields_hold_delimiters_and_line_breaks() -> None:
    text = 'Code,Remedy,Level\nF0012,"Clean, then\nreset",2\nF0013,"Say ""stop""",1\n'
    assert rows(text)[0][1] == ("F0012", "Clean, then reset", "2")
    assert rows(text)[1][1] == ("F0013", 'Say "stop"', "1")


def test_a_title_above_the_table_is_no_header() -> None:
    text = "Spare parts 2024,,\nPart,Name,Price\n4711,Seal,12.5\n4712,Ring,3\n"
    assert rows(text) == [
        ((), ("Spare parts 2024", "", "")),
        (("Part", "Name", "Price"), ("4711", "Seal", "12.5")),
        (("Part", "Name", "Price"), ("4712", "Ring", "3")),
    ]


def test_a_table_of_numbers_has_no_header() -> None:
    assert rows("1,2,3\n4,5,6\n7,8,9\n")[0] == ((), ("1", "2", "3"))


def test_short_rows_are_filled_up_and_repeated_headers_left_out() -> None:
    found = rows("Part,Name,Price\n4711,Seal,2\n4712\nPart,Name,Price\n4713,Ring,3\n")
    assert [cells for _, cells in found] == [("4711", "Seal", "2"), ("4712", "", ""), ("4713", "Ring", "3")]


def test_an_endless_table_is_read_as_it_comes() -> None:
    endless = itertools.chain(["Part,Price\n"], (f"{number},{number}.5\n" for number in itertools.count(1)))
    blocks = list(itertools.islice(delimited_blocks(endless), 5000))
    assert blocks[-1].text == "5000 | 5000.5"


cells = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=8)


@given(st.lists(st.lists(cells, min_size=3, max_size=3), min_size=3, max_size=12))
def test_what_the_csv_module_writes_comes_back(table) -> None:
    out = io.StringIO()
    csv.writer(out).writerows(table)
    list(clean_blocks(delimited_blocks(out.getvalue().splitlines(keepends=True))))


@given(st.text(max_size=300))
def test_any_text_can_be_read_as_a_table(text) -> None:
    list(clean_blocks(delimited_blocks(text.splitlines(keepends=True))))
