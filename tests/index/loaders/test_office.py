from __future__ import annotations

import datetime
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from pptx.util import Cm

from index.documents import Block
from index.loaders import load


def triples(path: Path) -> list[tuple[str, int, str]]:
    return [(block.kind, block.level, block.text) for block in load(path).blocks]


def rows(path: Path) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    return [(block.row.header, block.row.cells) for block in load(path).blocks if block.row]


@pytest.fixture
def word(tmp_path) -> Path:
    document = docx.Document()
    document.core_properties.title = "Microsoft Word - pump.doc"
    document.add_paragraph("Pump DX-40", style="Title")
    document.add_heading("Changing the seal", 1)
    for text in ("Close the valve.", "Open the lid."):
        document.add_paragraph(text, style="List Number")
    document.add_paragraph("with care", style="List Bullet 2")
    table = document.add_table(rows=4, cols=3)
    for line, values in zip(
        table.rows,
        [("Bolt", "Torque", "Tool"), ("M6", "10", "hex 5"), ("", "12", "hex 6"), ("Note", "", "")],
        strict=True,
    ):
        for cell, value in zip(line.cells, values, strict=True):
            cell.text = value
    table.cell(1, 0).merge(table.cell(2, 0))
    table.cell(3, 0).merge(table.cell(3, 2))
    document.add_heading("After", 2)
    document.add_paragraph("Done.")
    path = tmp_path / "pump.docx"
    document.save(str(path))
    return path


def test_word_headings_numbers_and_tables_come_in_the_order_of_the_body(word) -> None:
    assert triples(word) == [
        ("heading", 1, "Pump DX-40"),
        ("heading", 1, "Changing the seal"),
        ("step", 0, "1. Close the valve."),
        ("step", 0, "2. Open the lid."),
        ("bullet", 0, "with care"),
        ("row", 0, "M6 | 10 | hex 5"),
        ("row", 0, "M6 | 12 | hex 6"),
        ("row", 0, "Note |  | "),
        ("heading", 2, "After"),
        ("paragraph", 0, "Done."),
    ]
    assert rows(word)[0][0] == ("Bolt", "Torque", "Tool")


def test_a_garbage_title_gives_way_to_the_documents_own(word) -> None:
    assert load(word).title == "Pump DX-40"


def test_an_outline_level_makes_a_heading_whatever_the_style_is_called(tmp_path) -> None:
    document = docx.Document()
    style = document.styles.add_style("Überschrift Kapitel", 1)
    level = OxmlElement("w:outlineLvl")
    level.set(qn("w:val"), "1")
    style.element.get_or_add_pPr().append(level)
    document.add_paragraph("Wartung", style="Überschrift Kapitel")
    path = tmp_path / "a.docx"
    document.save(str(path))
    assert triples(path) == [("heading", 2, "Wartung")]


def test_deleted_text_is_not_read(tmp_path) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("Torque 25 Nm")
    deleted = OxmlElement("w:del")
    deleted.append(paragraph.add_run(" or 99 Nm")._r)
    paragraph._p.append(deleted)
    path = tmp_path / "a.docx"
    document.save(str(path))
    assert triples(path) == [("paragraph", 0, "Torque 25 Nm")]


def test_typewriter_paragraphs_are_one_listing(tmp_path) -> None:
    document = docx.Document()
    for line in ("if hot:", "    stop()"):
        document.add_paragraph().add_run(line).font.name = "Courier New"
    path = tmp_path / "a.docx"
    document.save(str(path))
    assert triples(path) == [("code", 0, "if hot:\n    stop()")]


def test_slides_give_titles_bullets_tables_and_notes_with_their_number(tmp_path) -> None:
    deck = pptx.Presentation()
    first = deck.slides.add_slide(deck.slide_layouts[1])
    first.shapes.title.text = "Safety"
    body = first.placeholders[1].text_frame
    body.text = "Wear gloves"
    second_line = body.add_paragraph()
    second_line.text, second_line.level = "thick ones", 1
    first.notes_slide.notes_text_frame.text = "Ask for questions."
    second = deck.slides.add_slide(deck.slide_layouts[5])
    second.shapes.title.text = "Torques"
    table = second.shapes.add_table(2, 2, Cm(1), Cm(5), Cm(10), Cm(3)).table
    for (r, c), text in {(0, 0): "Bolt", (0, 1): "Torque", (1, 0): "M6", (1, 1): "10 Nm"}.items():
        table.cell(r, c).text = text
    path = tmp_path / "deck.pptx"
    deck.save(str(path))
    document = load(path)
    assert (document.title, document.pages) == ("Safety", 2)
    assert [(block.kind, block.level, block.text, block.page) for block in document.blocks] == [
        ("heading", 1, "Safety", 1),
        ("bullet", 0, "Wear gloves", 1),
        ("bullet", 1, "thick ones", 1),
        ("paragraph", 0, "Ask for questions.", 1),
        ("heading", 1, "Torques", 2),
        ("row", 0, "M6 | 10 Nm", 2),
    ]
    assert rows(path) == [(("Bolt", "Torque"), ("M6", "10 Nm"))]


@pytest.fixture
def workbook(tmp_path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Faults"
    for line in (
        ("Fault codes",), ("Code", "Meaning", "Limit", "Since"), ("F0012", "Hot", 85.0, datetime.datetime(2024, 5, 1)),
        ("F0013", "Overload", 1.25, None), (), ("Bolt", "Nm"), ("M6", 10), ("M8", 25),
    ):  # fmt: skip
        sheet.append(line)
    book.create_sheet("Parts").append(("4711", "Seal"))
    book.create_sheet("Secret").sheet_state = "hidden"
    path = tmp_path / "book.xlsx"
    book.save(path)
    return path


def test_sheets_are_pages_and_an_empty_row_parts_two_tables(workbook) -> None:
    blocks: list[Block] = list(load(workbook).blocks)
    assert [(block.kind, block.text, block.page) for block in blocks] == [
        ("heading", "Faults", 1),
        ("paragraph", "Fault codes", 1),
        ("row", "F0012 | Hot | 85 | 2024-05-01", 1),
        ("row", "F0013 | Overload | 1.25 | ", 1),
        ("row", "M6 | 10", 1),
        ("row", "M8 | 25", 1),
        ("heading", "Parts", 2),
        ("row", "4711 | Seal", 2),
    ]
    tables = [(block.row.table, block.row.header) for block in blocks if block.row]
    assert tables[0] == (0, ("Code", "Meaning", "Limit", "Since"))
    assert tables[2] == (1, ("Bolt", "Nm"))
    assert tables[4] == (2, ())


def test_an_e_book_is_read_in_the_order_of_its_spine(zipped) -> None:
    container = (
        '<?xml version="1.0"?><container><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>'
    )
    package = """<?xml version="1.0"?><package><metadata><dc:title>Pump handbook</dc:title><dc:language>en</dc:language>
    </metadata><manifest><item id="b" href="two%20b.xhtml" media-type="application/xhtml+xml"/>
    <item id="a" href="one.xhtml" media-type="application/xhtml+xml"/>
    <item id="n" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/></manifest>
    <spine><itemref idref="a"/><itemref idref="n"/><itemref idref="b"/></spine></package>"""
    path = zipped(
        "book.epub",
        [
            ("mimetype", "application/epub+zip"),
            ("META-INF/container.xml", container),
            ("OPS/book.opf", package),
            ("OPS/two b.xhtml", "<html><head><title>Two</title></head><body><p>Second.</p></body></html>"),
            ("OPS/one.xhtml", "<html><body><h1>One</h1><p>First.</p></body></html>"),
            ("OPS/nav.xhtml", "<html><body><p>Contents</p></body></html>"),
        ],
    )
    document = load(path)
    assert (document.title, document.language) == ("Pump handbook", "en")
    assert [(block.kind, block.text) for block in document.blocks] == [
        ("heading", "One"), ("paragraph", "First."), ("heading", "Two"), ("paragraph", "Second."),
    ]  # fmt: skip
