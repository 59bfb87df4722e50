"""Presentations: every slide a page, its title a heading, its notes after its content."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from index.documents import Block, LoadedDocument
from index.errors import DocumentTooLarge
from index.loaders import titles
from index.loaders.base import LoadLimits
from index.loaders.blocks import STEP, bullet, heading, paragraph, step
from index.loaders.clean import clean_blocks
from index.loaders.containers import open_container, refuse_entities
from index.loaders.grid import Cell, table_blocks

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_DEPTH = 20
_AROUND = frozenset({"DATE", "FOOTER", "SLIDE_NUMBER", "HEADER"})


class PptxLoader:
    """Reads .pptx files."""

    media_types = frozenset({"application/vnd.openxmlformats-officedocument.presentationml.presentation"})

    def load(self, path: Path, media_type: str, limits: LoadLimits) -> LoadedDocument:
        """See `index.loaders.base.Loader.load`."""
        import pptx

        with open_container(path, "a presentation", limits) as archive:
            refuse_entities(archive, path)
        deck = pptx.Presentation(str(path))
        count = len(deck.slides)
        if count > limits.pages:
            raise DocumentTooLarge(f"{path.name} has {count} slides; the limit is {limits.pages}.", "Split it.")
        first = _title(deck.slides[0]) if count else None
        notices: list[str] = []
        return LoadedDocument(
            title=titles.choose(path, deck.core_properties.title, first),
            media_type=media_type,
            blocks=clean_blocks(_deck_blocks(deck, notices)),
            pages=count,
            language=(deck.core_properties.language or "")[:2].lower() or None,
            notices=notices,
        )


def _title(slide: Any) -> str | None:
    shape = slide.shapes.title
    return shape.text_frame.text if shape is not None and shape.has_text_frame else None


def _deck_blocks(deck: Any, notices: list[str]) -> Iterator[Block]:
    tables = 0
    for number, slide in enumerate(deck.slides, start=1):
        if slide.element.get("show") == "0":
            continue
        title = _title(slide)
        if title and title.strip():
            yield heading(title, 1, number)
        found = False
        for shape in _in_reading_order(slide.shapes):
            if slide.shapes.title is not None and shape.shape_id == slide.shapes.title.shape_id:
                continue
            for block in _shape_blocks(shape, number, tables):
                found = True
                if block.row is not None:
                    tables = max(tables, block.row.table + 1)
                yield block
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            notes = slide.notes_slide.notes_text_frame.text.strip()
            if notes:
                found = True
                yield paragraph(notes, number)
        if not found and not title and any(shape.shape_type == 13 for shape in slide.shapes):  # 13: a picture
            notices.append(f"Slide {number} holds nothing but pictures.")


def _in_reading_order(shapes: Iterable[Any]) -> list[Any]:
    """Shapes from top to bottom, then left to right; those at about one height count as a row."""
    listed = list(shapes)
    return sorted(listed, key=lambda s: ((s.top or 0) // 360_000, s.left or 0))  # 360,000 EMU: 1 cm


def _shape_blocks(shape: Any, number: int, tables: int, depth: int = 0) -> Iterator[Block]:
    if shape.shape_type == 6 and depth < _DEPTH:  # 6: a group
        for inner in _in_reading_order(shape.shapes):
            yield from _shape_blocks(inner, number, tables, depth + 1)
        return
    kind = shape.placeholder_format.type if shape.is_placeholder else None
    if kind is not None and kind.name in _AROUND:
        return
    if getattr(shape, "has_table", False):
        rows = [
            [
                Cell(
                    " ".join(cell.text_frame.text.split()),
                    cell.span_width if cell.is_merge_origin else 1,
                    cell.span_height if cell.is_merge_origin else 1,
                    bool(shape.table.first_row and index == 0),
                )
                for cell in line.cells
                if not cell.is_spanned
            ]
            for index, line in enumerate(shape.table.rows)
        ]
        yield from table_blocks(rows, tables, number)
    elif shape.has_text_frame:
        yield from _text_blocks(shape, number)


def _text_blocks(shape: Any, number: int) -> Iterator[Block]:
    counts: dict[int, int] = {}
    for item in shape.text_frame.paragraphs:
        text = item.text.replace("\x0b", "\n")
        if not text.strip():
            continue
        properties = item._p.pPr
        numbered = properties.find(_A + "buAutoNum") if properties is not None else None
        level = item.level
        if numbered is not None:
            start = int(numbered.get("startAt") or 1)
            counts[level] = counts.get(level, start - 1) + 1
            yield step(f"{counts[level]}.", text, level, number)
            continue
        counts = {depth: count for depth, count in counts.items() if depth < level}
        plain = properties is not None and properties.find(_A + "buNone") is not None
        if (match := STEP.fullmatch(text.strip())) is not None:
            yield step(match["number"], match["text"], level, number)
        elif shape.is_placeholder and not plain and _is_list(shape):
            yield bullet(text, level, number)
        else:
            yield paragraph(text, number)


def _is_list(shape: Any) -> bool:
    kind = shape.placeholder_format.type
    return kind is not None and kind.name in ("BODY", "OBJECT", "VERTICAL_BODY", "VERTICAL_OBJECT")
