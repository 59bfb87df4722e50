"""The service manual as PDF: contents, outline, running header and footer, tables that repeat their header."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from pathlib import Path
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    LongTable,
    PageBreak,
    PageTemplate,
    Spacer,
    TableStyle,
)
from reportlab.platypus import Paragraph as Text
from reportlab.platypus.tableofcontents import TableOfContents

from drawing.manuscript import Bullets, Element, Heading, Notice, Paragraph, Steps, Table

# Bitstream Vera comes with reportlab and has Ω, ², × and –; the built-in PDF fonts lack the first.
_FONT, _BOLD = "Vera", "VeraBd"
_BLUE = colors.HexColor("#1d3f5e")
_MARGIN = 20 * mm
_WIDTH = A4[0] - 2 * _MARGIN
_CELL_PADDING = 13

_BODY = ParagraphStyle("body", fontName=_FONT, fontSize=9.5, leading=14, spaceAfter=6)
_STEP = ParagraphStyle("step", parent=_BODY, leftIndent=20, spaceAfter=4)
_CELL = ParagraphStyle("cell", parent=_BODY, fontSize=8, leading=10.5, spaceAfter=0)
_CELL_HEAD = ParagraphStyle("cell head", parent=_CELL, fontName=_BOLD, textColor=colors.white)
_CAPTION = ParagraphStyle("caption", parent=_BODY, fontName=_BOLD, fontSize=8.5, spaceBefore=6)
_TITLE = ParagraphStyle("title", parent=_BODY, fontName=_BOLD, fontSize=24, leading=30, textColor=_BLUE, spaceAfter=18)
_HEADINGS = {
    2: ParagraphStyle("h1", parent=_TITLE, fontSize=16, leading=20, spaceBefore=14, spaceAfter=10, keepWithNext=True),
    3: ParagraphStyle("h2", parent=_TITLE, fontSize=12, leading=16, spaceBefore=10, spaceAfter=6, keepWithNext=True),
}
_ROOM_BELOW = {2: 130 * mm, 3: 40 * mm}  # a heading with less than this below it begins a new page
_NOTICE_COLOURS = {"WARNING": "#f7d6cf", "CAUTION": "#fbeecb", "NOTE": "#dce9f3"}


class _Manual(BaseDocTemplate):
    """Collects headings for outline and contents while pages are laid out, and draws header and footer.

    The camel-case names are reportlab's hooks.
    """

    def __init__(self, target: Path, title: str, footer: str) -> None:
        super().__init__(
            str(target),
            pagesize=A4,
            title=title,
            author="Halden Maskin",
            subject="Imaginary machine, written for Edge Copilot",
            lang="en",
            invariant=1,  # no dates and no random ids: the same manuscript gives the same bytes
        )
        frame = Frame(_MARGIN, 22 * mm, _WIDTH, A4[1] - 48 * mm, leftPadding=0, rightPadding=0)
        self.addPageTemplates(PageTemplate(frames=[frame], onPage=self._running_lines))
        self._footer = footer
        self._heading = count()

    def beforeDocument(self) -> None:  # noqa: N802
        self._heading = count()  # laid out several times until the page numbers of the contents are settled

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802
        level = {"h1": 0, "h2": 1}.get(getattr(getattr(flowable, "style", None), "name", ""))
        if level is None:
            return
        text, key = flowable.getPlainText(), f"heading-{next(self._heading)}"
        self.canv.bookmarkPage(key)
        self.canv.addOutlineEntry(text, key, level)
        self.notify("TOCEntry", (level, text, self.page, key))

    def _running_lines(self, canvas: Canvas, _document: BaseDocTemplate) -> None:
        canvas.setFont(_FONT, 7.5)
        canvas.setFillColor(_BLUE)
        canvas.drawString(_MARGIN, A4[1] - 14 * mm, self.title)
        canvas.line(_MARGIN, A4[1] - 16 * mm, A4[0] - _MARGIN, A4[1] - 16 * mm)
        canvas.drawString(_MARGIN, 13 * mm, self._footer)
        canvas.drawRightString(A4[0] - _MARGIN, 13 * mm, f"Page {canvas.getPageNumber()}")


def draw(elements: Sequence[Element], target: Path, footer: str) -> None:
    """Write ``elements`` as a PDF to ``target``."""
    for name, file in ((_FONT, "Vera.ttf"), (_BOLD, "VeraBd.ttf")):
        pdfmetrics.registerFont(TTFont(name, file))
    title = next(element.text for element in elements if isinstance(element, Heading))
    contents = TableOfContents(dotsMinLevel=0)
    contents.tableStyle = TableStyle([("TOPPADDING", (0, 0), (-1, -1), 1), ("BOTTOMPADDING", (0, 0), (-1, -1), 1)])
    contents.levelStyles = [
        ParagraphStyle("contents 1", parent=_BODY, fontName=_BOLD, leading=12, spaceAfter=0),
        ParagraphStyle(
            "contents 2", parent=_BODY, leftIndent=12, fontSize=8.5, leading=10, spaceBefore=0, spaceAfter=0
        ),
    ]
    first_chapter = next(
        at for at, element in enumerate(elements) if isinstance(element, Heading) and element.level > 1
    )
    story: list[Flowable] = [Spacer(1, 30 * mm)]
    for element in elements[:first_chapter]:
        story += _flowables(element)
    story += [PageBreak(), Text("Contents", _CAPTION), contents, PageBreak()]
    for element in elements[first_chapter:]:
        story += _flowables(element)
    _Manual(target, title, footer).multiBuild(story)


def _flowables(element: Element) -> list[Flowable]:
    match element:
        case Heading(1, text):
            return [Text(escape(text), _TITLE)]
        case Heading(level, text):
            return [CondPageBreak(_ROOM_BELOW[level]), Text(escape(text), _HEADINGS[level])]
        case Paragraph(text):
            return [Text(escape(text), _BODY)]
        case Steps(items):
            return [Text(escape(item), _STEP, bulletText=f"{number}.") for number, item in enumerate(items, start=1)]
        case Bullets(items):
            return [Text(escape(item), _STEP, bulletText="•") for item in items]
        case Notice(word, text):
            return [_notice(word, text)]
        case Table():
            return [CondPageBreak(40 * mm), Text(escape(element.caption), _CAPTION), _table(element), Spacer(1, 8)]


def _notice(word: str, text: str) -> Flowable:
    box = ParagraphStyle(
        word,
        parent=_BODY,
        backColor=colors.HexColor(_NOTICE_COLOURS[word]),
        borderPadding=5,
        spaceBefore=8,
        spaceAfter=12,
    )
    return Text(f'<font name="{_BOLD}">{word}</font> {escape(text)}', box)


def _table(table: Table) -> Flowable:
    head = [Text(escape(cell), _CELL_HEAD) for cell in table.header]
    body = [[Text(escape(cell), _CELL) for cell in row] for row in table.rows]
    style = TableStyle(
        [
            ("BACKGROUND", (0, 0), (-1, 0), _BLUE),
            ("GRID", (0, 0), (-1, -1), 0.4, colors.grey),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("ROWBACKGROUNDS", (0, 1), (-1, -1), (colors.white, colors.HexColor("#f2f5f8"))),
        ]
    )
    return LongTable([head, *body], colWidths=_widths(table), repeatRows=1, style=style)


def _widths(table: Table) -> list[float]:
    """Give each column its longest word, and share what is left by the longest cell, damped."""
    columns = list(zip(table.header, *table.rows, strict=True))
    words = [
        max(pdfmetrics.stringWidth(word, _BOLD, 8) for cell in cells for word in cell.split()) for cells in columns
    ]
    needed = [width + _CELL_PADDING for width in words]
    wishes = [max(map(len, cells)) ** 0.8 for cells in columns]
    left = _WIDTH - sum(needed)
    return [width + left * wish / sum(wishes) for width, wish in zip(needed, wishes, strict=True)]
