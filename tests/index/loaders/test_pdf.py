from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from pypdfium2 import PdfDocument
from reportlab.lib import colors, pdfencrypt
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Frame,
    ListFlowable,
    PageBreak,
    PageTemplate,
    Paragraph,
    Preformatted,
    Table,
    TableStyle,
)  # fmt: skip

from index.documents import Block, TableRow
from index.errors import DamagedDocument, DocumentTooLarge, EncryptedDocument
from index.loaders import LoadLimits, load

STYLES = getSampleStyleSheet()
GRID = TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black)])
PROSE = (
    "The pump must be filled with water before it is started for the first time, because the shaft seal runs dry "
    "otherwise and is destroyed within a few seconds. "
)


def built(path: Path, story: list, header: str = "", margin: int = 72) -> Path:
    def decorate(canvas: Canvas, _: object) -> None:
        if header:
            canvas.setFont("Helvetica", 8)
            canvas.drawString(72, A4[1] - 36, header)
            canvas.drawRightString(A4[0] - 72, 30, f"Page {canvas.getPageNumber()}")

    template = BaseDocTemplate(str(path), pagesize=A4)
    frame = Frame(margin, 72, A4[0] - 2 * margin, A4[1] - 144)
    template.addPageTemplates(PageTemplate(frames=[frame], onPage=decorate))
    template.build(story)
    return path


def drawn(path: Path, *pages: Callable[[Canvas], None], **options: object) -> Path:
    canvas = Canvas(str(path), pagesize=A4, **options)
    for page in pages:
        page(canvas)
        canvas.showPage()
    canvas.save()
    return path


def blocks(path: Path) -> list[Block]:
    return list(load(path, ocr=False).blocks)


def rows(path: Path) -> list[TableRow]:
    return [block.row for block in blocks(path) if block.row is not None]


def fault_codes(count: int) -> list[list[str]]:
    return [["Code", "Meaning", "Remedy"]] + [[f"F{n:04}", f"Fault number {n}", f"Do step {n}"] for n in range(count)]


def test_headings_come_from_the_type_size_without_an_outline(tmp_path) -> None:
    story = [
        Paragraph("Pump DX-40", STYLES["Heading1"]), Paragraph(PROSE, STYLES["BodyText"]),
        Paragraph("Changing the seal", STYLES["Heading2"]), Paragraph(PROSE * 3, STYLES["BodyText"]),
    ]  # fmt: skip
    found = blocks(built(tmp_path / "a.pdf", story))
    assert [(b.kind, b.level) for b in found] == [("heading", 1), ("paragraph", 0), ("heading", 2), ("paragraph", 0)]
    assert found[1].text == PROSE.strip()
    assert found[3].text == (PROSE * 3).strip()


def test_the_outline_decides_levels_where_there_is_one(tmp_path) -> None:
    def page(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        for y, text in ((700, "Filter"), (680, "The filter is cleaned weekly."), (640, "Cover"), (620, "It is blue.")):
            canvas.drawString(72, y, text)
        canvas.bookmarkHorizontal("f", 0, 710)
        canvas.addOutlineEntry("1 Filter", "f", 0)
        canvas.bookmarkHorizontal("c", 0, 650)
        canvas.addOutlineEntry("1.1 Cover", "c", 1)

    assert [(b.kind, b.level, b.text) for b in blocks(drawn(tmp_path / "a.pdf", page))] == [
        ("heading", 1, "Filter"),
        ("paragraph", 0, "The filter is cleaned weekly."),
        ("heading", 2, "Cover"),
        ("paragraph", 0, "It is blue."),
    ]


def test_running_headers_footers_and_page_numbers_are_dropped(tmp_path) -> None:
    story: list = []
    for number in range(6):
        story += [Paragraph(f"Topic number {number}. {PROSE}", STYLES["BodyText"]), PageBreak()]
    text = " ".join(b.text for b in blocks(built(tmp_path / "a.pdf", story, header="Northwind Service Manual")))
    assert "Northwind" not in text
    assert "Page" not in text
    assert all(f"Topic number {number}." in text for number in range(6))


def test_a_ruled_table_over_three_pages_is_one_table_with_one_header(tmp_path) -> None:
    data = fault_codes(120)
    table = Table(data, repeatRows=1, colWidths=[80, 150, 150], style=GRID)
    path = built(tmp_path / "a.pdf", [Paragraph("Faults", STYLES["Heading1"]), table], header="Manual")
    assert load(path).pages == 4
    found = rows(path)
    assert [row.cells for row in found] == [tuple(line) for line in data[1:]]
    assert {(row.header, row.table) for row in found} == {(("Code", "Meaning", "Remedy"), 0)}


def test_a_table_that_does_not_repeat_its_header_keeps_it_all_the_same(tmp_path) -> None:
    data = fault_codes(60)
    found = rows(built(tmp_path / "a.pdf", [Table(data, colWidths=[80, 150, 150], style=GRID)]))
    assert len(found) == 60
    assert {row.header for row in found} == {("Code", "Meaning", "Remedy")}


def test_an_unruled_table_is_found_by_its_columns(tmp_path) -> None:
    data = [["Bolt", "Torque", "Tool"], ["M6", "10 Nm", "hex 5"], ["M8", "25 Nm", "hex 6"], ["M10", "49 Nm", "hex 8"]]
    story = [
        Paragraph(PROSE, STYLES["BodyText"]),
        Table(data, colWidths=[100, 100, 100]),
        Paragraph(PROSE, STYLES["BodyText"]),
    ]
    found = blocks(built(tmp_path / "a.pdf", story))
    assert [b.kind for b in found] == ["paragraph", "row", "row", "row", "paragraph"]
    assert [b.row.cells for b in found if b.row] == [tuple(line) for line in data[1:]]
    assert found[1].row is not None
    assert found[1].row.header == ("Bolt", "Torque", "Tool")


def test_an_unruled_table_over_two_pages_is_one_table(tmp_path) -> None:
    data = fault_codes(70)
    found = rows(built(tmp_path / "a.pdf", [Table(data, repeatRows=1, colWidths=[80, 150, 150])], header="Manual"))
    assert [row.cells for row in found] == [tuple(line) for line in data[1:]]
    assert {(row.header, row.table) for row in found} == {(("Code", "Meaning", "Remedy"), 0)}


def test_wrapped_and_merged_cells_are_whole(tmp_path) -> None:
    long = Paragraph("Motor too hot because the fan is blocked by dust from the workshop", STYLES["BodyText"])
    data = [["Code", "Cause", "Limit"], ["F0012", long, "85 °C"], ["", "Fan worn", "90 °C"]]
    style = TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black), ("SPAN", (0, 1), (0, 2))])
    found = rows(built(tmp_path / "a.pdf", [Table(data, colWidths=[60, 120, 60], style=style)]))
    assert [row.cells for row in found] == [
        ("F0012", "Motor too hot because the fan is blocked by dust from the workshop", "85 °C"),
        ("F0012", "Fan worn", "90 °C"),
    ]


def test_rows_are_told_apart_in_a_table_with_a_frame_and_a_ruled_header_only(tmp_path) -> None:
    data = [["Code", "Meaning", "Limit"]] + [[f"F{n:04}", f"Fault number {n}", f"{n} A"] for n in range(8)]
    style = TableStyle(
        [
            ("BOX", (0, 0), (-1, -1), 0.5, colors.black),
            ("LINEBELOW", (0, 0), (-1, 0), 0.5, colors.black),
            ("LINEAFTER", (0, 0), (1, -1), 0.5, colors.black),
        ]
    )
    found = rows(built(tmp_path / "a.pdf", [Table(data, colWidths=[60, 150, 60], style=style)]))
    assert [row.cells for row in found] == [tuple(line) for line in data[1:]]
    assert found[0].header == ("Code", "Meaning", "Limit")


def test_two_tables_on_a_page_are_two(tmp_path) -> None:
    small = [["Bolt", "Nm"], ["M6", "10"], ["M8", "25"]]
    story = [Table(small, style=GRID), Paragraph(PROSE, STYLES["BodyText"]), Table(small, style=GRID)]
    assert [row.table for row in rows(built(tmp_path / "a.pdf", story))] == [0, 0, 1, 1]


def test_steps_bullets_and_listings_are_told_apart(tmp_path) -> None:
    steps = ListFlowable(
        [Paragraph(t, STYLES["BodyText"]) for t in ("Close the valve.", PROSE.strip())],
        bulletType="1",
        bulletFormat="%s.",
    )
    marks = ListFlowable(
        [Paragraph("seal", STYLES["BodyText"]), Paragraph("bearing", STYLES["BodyText"])], bulletType="bullet"
    )
    story = [Paragraph(PROSE, STYLES["BodyText"]), steps, marks, Preformatted("if hot:\n    stop()", STYLES["Code"])]
    assert [(b.kind, b.text) for b in blocks(built(tmp_path / "a.pdf", story))] == [
        ("paragraph", PROSE.strip()),
        ("step", "1. Close the valve."),
        ("step", f"2. {PROSE.strip()}"),
        ("bullet", "seal"),
        ("bullet", "bearing"),
        ("code", "if hot:\n    stop()"),
    ]


def test_words_broken_at_a_line_end_are_mended_and_identifiers_keep_their_hyphen(tmp_path) -> None:
    def page(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        lines = (
            "Before every start-up the maintenance technician checks the tempera-",
            "ture of the bearing block and of the fuse BR-",
            "120 in the cabinet, as well as the start-",
            "up counter of the main motor.",
        )
        for number, line in enumerate(lines):
            canvas.drawString(72, 700 - 12 * number, line)

    (found,) = blocks(drawn(tmp_path / "a.pdf", page))
    assert "temperature of" in found.text
    assert "BR-120 in" in found.text
    assert "start-up counter" in found.text


def test_a_paragraph_that_goes_on_over_the_page_is_one(tmp_path) -> None:
    story = [Paragraph(PROSE * 40, STYLES["BodyText"])]
    found = blocks(built(tmp_path / "a.pdf", story, header="Manual"))
    assert [(b.text, b.page) for b in found] == [((PROSE * 40).strip(), 1)]


def test_two_columns_are_read_one_after_the_other(tmp_path) -> None:
    path = tmp_path / "a.pdf"
    template = BaseDocTemplate(str(path), pagesize=A4)
    frames = [Frame(50, 72, 240, 650), Frame(305, 72, 240, 650)]
    template.addPageTemplates(PageTemplate(frames=frames))
    template.build([Paragraph(f"Paragraph {n}. {PROSE}", STYLES["BodyText"]) for n in range(24)])
    text = " ".join(b.text for b in blocks(path))
    places = [text.index(f"Paragraph {n}.") for n in range(24)]
    assert places == sorted(places)
    assert text.count("within a few seconds.") == 24


def test_a_turned_page_reads_like_any_other(tmp_path) -> None:
    data = fault_codes(8)
    upright = built(tmp_path / "a.pdf", [Table(data, colWidths=[80, 150, 150], style=GRID)])
    for angle in (0, 90, 180, 270):
        document = PdfDocument(upright)
        document[0].set_rotation(angle)
        out = io.BytesIO()
        document.save(out)
        (tmp_path / "turned.pdf").write_bytes(out.getvalue())
        assert [row.cells for row in rows(tmp_path / "turned.pdf")] == [tuple(line) for line in data[1:]]


def test_a_printed_table_of_contents_is_left_out(tmp_path) -> None:
    def contents(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        for number in range(8):
            canvas.drawString(72, 700 - 14 * number, f"{number + 1} Chapter name {'. ' * 40}{number + 2}")

    def chapter(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        canvas.drawString(72, 700, "The valve is blue.")

    assert [b.text for b in blocks(drawn(tmp_path / "a.pdf", contents, chapter))] == ["The valve is blue."]


def test_pages_without_text_are_reported(tmp_path) -> None:
    def picture(canvas: Canvas) -> None:
        for n in range(60):
            canvas.circle(100 + n, 400, 50)

    def text(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "Words.")

    document = load(drawn(tmp_path / "a.pdf", text, picture, picture, text, picture), ocr=False)
    assert [block.text for block in document.blocks] == ["Words.", "Words."]
    (notice,) = document.notices
    assert notice.startswith("Pages 2–3, 5 hold no text; OCR can read it: install edge-copilot[ocr]")


def test_the_title_comes_from_the_metadata_else_from_the_first_page(tmp_path) -> None:
    def page(canvas: Canvas) -> None:
        canvas.setFont("Helvetica-Bold", 24)
        canvas.drawString(72, 700, "Pump DX-40 Manual")
        canvas.setFont("Helvetica", 10)
        for number in range(5):
            canvas.drawString(72, 600 - 12 * number, PROSE[:70])

    def named(canvas: Canvas) -> None:
        canvas.setTitle("Service Manual")
        page(canvas)

    assert load(drawn(tmp_path / "a.pdf", named)).title == "Service Manual"
    assert load(drawn(tmp_path / "b.pdf", page)).title == "Pump DX-40 Manual"


def test_a_password_is_asked_for(tmp_path) -> None:
    path = drawn(tmp_path / "a.pdf", lambda c: c.drawString(72, 700, "x"), encrypt=pdfencrypt.StandardEncryption("pw"))
    with pytest.raises(EncryptedDocument, match="password"):
        load(path)


def test_a_pdf_that_only_forbids_printing_is_read(tmp_path) -> None:
    lock = pdfencrypt.StandardEncryption("", ownerPassword="boss", canPrint=0)
    path = drawn(tmp_path / "a.pdf", lambda c: c.drawString(72, 700, "Readable."), encrypt=lock)
    assert [b.text for b in blocks(path)] == ["Readable."]


def test_a_truncated_pdf_is_damaged_or_read_as_far_as_it_goes(tmp_path) -> None:
    whole = built(tmp_path / "a.pdf", [Paragraph(PROSE * 100, STYLES["BodyText"])]).read_bytes()
    for share in (0.02, 0.3, 0.6, 0.9):
        (tmp_path / "cut.pdf").write_bytes(whole[: int(len(whole) * share)])
        read = []
        with contextlib.suppress(DamagedDocument):
            read = blocks(tmp_path / "cut.pdf")
        assert all(block.text.startswith(PROSE[:20]) for block in read)


def test_more_pages_than_the_limit_are_refused(tmp_path) -> None:
    path = drawn(tmp_path / "a.pdf", *[lambda c: c.drawString(72, 700, "x")] * 5)
    with pytest.raises(DocumentTooLarge, match="5 pages"):
        load(path, LoadLimits(pages=4))


def test_a_pdf_of_2000_pages_is_read_to_its_end(tmp_path) -> None:
    pages = [lambda c, n=n: c.drawString(72, 700, f"Sheet {n} says hello.") for n in range(2000)]
    document = load(drawn(tmp_path / "a.pdf", *pages))
    assert document.pages == 2000
    last = None
    for last in document.blocks:  # noqa: B007
        pass
    assert last is not None
    assert (last.text, last.page) == ("Sheet 1999 says hello.", 2000)
