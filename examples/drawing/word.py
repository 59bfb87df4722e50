"""The safety instruction as a Word document: real heading styles, numbered lists that begin at 1, tables."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path

import docx
from docx.document import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from drawing.manuscript import Bullets, Element, Heading, Notice, Paragraph, Steps, Table

_DATE = datetime(2025, 1, 15)  # a fixed one: the same manuscript gives the same bytes


def draw(elements: Sequence[Element], target: Path) -> None:
    """Write ``elements`` as a DOCX to ``target``."""
    document = docx.Document()
    for element in elements:
        _add(document, element)
    properties = document.core_properties
    properties.title = next(element.text for element in elements if isinstance(element, Heading))
    properties.author = properties.last_modified_by = "Halden Maskin"
    properties.comments = "An imaginary machine, written for Edge Copilot"
    properties.language = "en"
    properties.created = properties.modified = _DATE
    packed = BytesIO()
    document.save(packed)
    target.write_bytes(_with_fixed_dates(packed))


def _add(document: Document, element: Element) -> None:
    match element:
        case Heading(1, text):
            document.add_heading(text, level=0)
        case Heading(level, text):
            document.add_heading(text, level=level - 1)
        case Paragraph(text):
            document.add_paragraph(text)
        case Steps(items):
            numbering = _fresh_numbering(document)
            for item in items:
                paragraph = document.add_paragraph(item, style="List Number")
                paragraph._p.get_or_add_pPr().get_or_add_numPr().get_or_add_numId().val = numbering
        case Bullets(items):
            for item in items:
                document.add_paragraph(item, style="List Bullet")
        case Notice(word, text):
            document.add_paragraph(style="Intense Quote").add_run(f"{word}: {text}")
        case Table():
            document.add_paragraph(element.caption, style="Caption")
            _add_table(document, element)


def _fresh_numbering(document: Document) -> int:
    """Give the id of a numbering that begins at 1 again: Word otherwise counts on through the whole document."""
    numbering = document.part.numbering_part.numbering_definitions._numbering
    style = document.styles["List Number"].element.pPr.numPr.numId.val
    abstract = numbering.num_having_numId(style).abstractNumId.val
    number = numbering.add_num(abstract)
    override = number.add_lvlOverride(ilvl=0)
    override.add_startOverride(1)
    return int(number.numId)


def _add_table(document: Document, table: Table) -> None:
    drawn = document.add_table(rows=1, cols=len(table.header), style="Light Grid Accent 1")
    for cell, text in zip(drawn.rows[0].cells, table.header, strict=True):
        cell.text = text
    repeated = OxmlElement("w:tblHeader")
    repeated.set(qn("w:val"), "true")
    drawn.rows[0]._tr.get_or_add_trPr().append(repeated)
    for row in table.rows:
        for cell, text in zip(drawn.add_row().cells, row, strict=True):
            cell.text = text


def _with_fixed_dates(packed: BytesIO) -> bytes:
    repacked = BytesIO()
    with zipfile.ZipFile(packed) as source, zipfile.ZipFile(repacked, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.namelist():
            entry = zipfile.ZipInfo(member, date_time=_DATE.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(member))
    return repacked.getvalue()
