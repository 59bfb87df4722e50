"""Word documents: headings by style or outline level, lists with their own numbers, tables in place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from index.documents import Block, LoadedDocument
from index.loaders import titles
from index.loaders.base import LoadLimits
from index.loaders.blocks import BULLET, STEP, bullet, code, heading, paragraph, step
from index.loaders.clean import clean_blocks
from index.loaders.containers import open_container, refuse_entities
from index.loaders.docx_numbering import Numbering
from index.loaders.grid import Cell, table_blocks

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADING_NAME = re.compile(r"heading (\d)", re.IGNORECASE)
_CODE_STYLE = re.compile(r"code|preformatted|listing|console|source", re.IGNORECASE)
_MONO_FONT = re.compile(r"courier|consol|mono|menlo", re.IGNORECASE)
_DEPTH = 40
# Deleted text, comments, field codes and fallbacks for old programs are not what a reader sees.
_UNSEEN = frozenset(
    _W + name for name in ("del", "moveFrom", "instrText", "delText", "commentReference", "footnoteRef")
)
_MC_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"


class DocxLoader:
    """Reads .docx files."""

    media_types = frozenset({"application/vnd.openxmlformats-officedocument.wordprocessingml.document"})

    def load(self, path: Path, media_type: str, limits: LoadLimits) -> LoadedDocument:
        """See `index.loaders.base.Loader.load`."""
        import docx

        with open_container(path, "a Word document", limits) as archive:
            refuse_entities(archive, path)
        document = docx.Document(str(path))
        walk = _Walk(document)
        return LoadedDocument(
            title=titles.choose(path, document.core_properties.title, walk.title()),
            media_type=media_type,
            blocks=clean_blocks(walk.of(document.element.body)),
            language=(document.core_properties.language or "")[:2].lower() or walk.language(),
        )


class _Walk:
    """One pass over one document."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._styles = {style.style_id: style for style in document.styles if style.style_id}
        self._levels: dict[str, int] = {}
        self._numbering = Numbering(document)
        self._tables = 0

    def title(self) -> str | None:
        """The text of the first paragraph in the style Title, else of the first heading of level 1."""
        first = None
        for item in self._document.element.body.iter(_W + "p"):
            style = self._style(item)
            if style is not None and (style.name or "").lower() == "title":
                return _text(item)
            if first is None and self._level(item) == 1:
                first = _text(item)
        return first

    def language(self) -> str | None:
        """The two-letter language of the default style."""
        for item in self._document.styles.element.iter(_W + "lang"):
            code = (item.get(_W + "val") or "")[:2].lower()
            return code if len(code) == 2 else None
        return None

    def of(self, parent: Any, depth: int = 0) -> Iterator[Block]:
        """The blocks of a body or of what wraps a part of it (content controls, tracked insertions)."""
        listing: list[str] = []
        for item in parent:
            if item.tag == _W + "p":
                if self._is_code(item):
                    listing.append(_text(item))
                    continue
                if listing:
                    yield code("\n".join(listing))
                    listing = []
                yield from self._paragraph(item, depth)
                continue
            if listing:
                yield code("\n".join(listing))
                listing = []
            if item.tag == _W + "tbl":
                yield from self._table(item, depth)
            elif item.tag not in _UNSEEN and item.tag != _MC_FALLBACK and depth < _DEPTH and len(item):
                yield from self.of(item, depth + 1)
        if listing:
            yield code("\n".join(listing))

    def _paragraph(self, item: Any, depth: int) -> Iterator[Block]:
        text = _text(item)
        level = self._level(item)
        place = self._numbering.next(item, self._style(item))
        if text.strip():
            number = place.label if place is not None else ""
            if level:
                yield heading(f"{number} {text}".strip(), level)
            elif place is not None and place.bullet:
                yield bullet(text, place.depth)
            elif place is not None and number:
                yield step(number, text, place.depth)
            elif (match := BULLET.fullmatch(text)) is not None and match["mark"] not in "-+*":
                yield bullet(match["text"])
            elif (match := STEP.fullmatch(text)) is not None:
                yield step(match["number"], match["text"])
            else:
                yield paragraph(text)
        for box in item.iter(_W + "txbxContent"):
            if depth < _DEPTH and not any(above.tag == _MC_FALLBACK for above in box.iterancestors()):
                yield from self.of(box, depth + 1)

    def _style(self, item: Any) -> Any:
        found = item.find(f"{_W}pPr/{_W}pStyle")
        return self._styles.get(found.get(_W + "val")) if found is not None else None

    def _level(self, item: Any) -> int:
        """Heading level from 1, or 0: the paragraph's own outline level, else that of its style."""
        own = item.find(f"{_W}pPr/{_W}outlineLvl")
        if own is not None:
            return _outline(own)
        style = self._style(item)
        if style is None:
            return 0
        if style.style_id not in self._levels:
            self._levels[style.style_id] = _style_level(style)
        return self._levels[style.style_id]

    def _is_code(self, item: Any) -> bool:
        style = self._style(item)
        if style is not None and _CODE_STYLE.search(style.name or "") and "char" not in (style.name or "").lower():
            return True
        runs = [run for run in item.iter(_W + "r") if "".join(t.text or "" for t in run.iter(_W + "t")).strip()]
        fonts = [run.find(f"{_W}rPr/{_W}rFonts") for run in runs]
        return bool(runs) and all(
            font is not None and _MONO_FONT.search(font.get(_W + "ascii") or "") is not None for font in fonts
        )

    def _table(self, item: Any, depth: int) -> Iterator[Block]:
        rows: list[list[Cell]] = []
        open_spans: dict[int, tuple[int, int]] = {}  # column → place in rows of the cell that goes on below
        wide = False
        for line in item.iter(_W + "tr"):
            if next((a for a in line.iterancestors(_W + "tbl")), None) is not item:
                continue
            head = line.find(f"{_W}trPr/{_W}tblHeader") is not None
            cells: list[Cell] = []
            column = 0
            for field in line.iter(_W + "tc"):
                if next((a for a in field.iterancestors(_W + "tr")), None) is not line:
                    continue
                span = _int(field.find(f"{_W}tcPr/{_W}gridSpan"), 1)
                merge = field.find(f"{_W}tcPr/{_W}vMerge")
                if merge is not None and merge.get(_W + "val") != "restart" and column in open_spans:
                    r, c = open_spans[column]
                    above = rows[r][c]
                    rows[r][c] = Cell(above.text, above.colspan, above.rowspan + 1, above.header)
                else:
                    open_spans.pop(column, None)
                    if merge is not None:
                        open_spans[column] = (len(rows), len(cells))
                    texts = [_text(p) for p in field.iter(_W + "p")]
                    cells.append(Cell(" ".join(part.strip() for part in texts if part.strip()), span, 1, head))
                column += span
            rows.append(cells)
            wide = wide or len(cells) > 1 or bool(open_spans)
        if not wide:
            # A box around text, not a table.
            for field in item.iter(_W + "tc"):
                if next((a for a in field.iterancestors(_W + "tbl")), None) is item and depth < _DEPTH:
                    yield from self.of(field, depth + 1)
            return
        blocks = list(table_blocks(rows, self._tables))
        self._tables += bool(blocks)
        yield from blocks


def _style_level(style: Any) -> int:
    """The outline level of a style or of what it is based on.

    Localised Word names the built-in styles in its own language on screen only: inside the file they are "heading 1".
    """
    seen = 0
    while style is not None and seen < 20:
        own = style.element.find(f"{_W}pPr/{_W}outlineLvl")
        if own is not None:
            return _outline(own)
        if (match := _HEADING_NAME.fullmatch((style.name or "").strip())) is not None:
            return min(int(match.group(1)), 6)
        if (style.name or "").lower() == "title":
            return 1
        style = style.base_style
        seen += 1
    return 0


def _outline(element: Any) -> int:
    level = _int(element, 9)
    return level + 1 if level < 6 else 6 if level < 9 else 0


def _int(element: Any, default: int) -> int:
    try:
        return int(element.get(_W + "val")) if element is not None else default
    except (TypeError, ValueError):
        return default


def _text(item: Any) -> str:
    """What a reader sees of a paragraph; text boxes in it are read apart."""
    parts: list[str] = []

    def walk(node: Any, depth: int) -> None:
        for child in node:
            tag = child.tag
            if tag == _W + "t":
                parts.append(child.text or "")
            elif tag == _W + "tab":
                if node.tag == _W + "r":
                    parts.append("\t")
            elif tag in (_W + "br", _W + "cr"):
                parts.append("\n")
            elif tag == _W + "noBreakHyphen":
                parts.append("-")
            elif tag == _W + "sym":
                parts.append("\u2022")
            elif tag in _UNSEEN or tag in (_MC_FALLBACK, _W + "txbxContent", _W + "pPr") or depth > _DEPTH:
                continue
            elif len(child):
                walk(child, depth + 1)

    walk(item, 0)
    return "".join(parts)
