"""The walk over an HTML tree that turns elements into blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from selectolax.lexbor import LexborNode

from index.documents import Block
from index.loaders.blocks import bullet, code, heading, ordinal, paragraph, step
from index.loaders.clean import one_line
from index.loaders.grid import Cell, table_blocks

_NOT_CONTENT = """script style noscript template head nav footer aside form button select input textarea svg math canvas
    iframe object embed video audio dialog menu colgroup col"""
# Whole class or id names by which generators (DocBook, Sphinx, AsciiDoctor, MkDocs, wikis) mark what is no content.
_FURNITURE_NAMES = """navheader navfooter nav navbar navigation breadcrumb breadcrumbs toc sidebar site-header
    site-footer footer page-footer page-header headerlink skip-link skiplink edit-link mw-editsection noprint
    cookie-banner sphinxsidebar related wy-nav-side md-sidebar md-header md-footer toctree-wrapper table-of-contents
    pagination share-buttons tableofcontents"""
_ADMONITION_NAMES = "note warning caution tip important danger hint attention admonition admonitionblock"
_CONTAINER_NAMES = """html body div section article main header p blockquote figure figcaption center details summary
    fieldset address hgroup ul ol dl li dt dd table pre hr h1 h2 h3 h4 h5 h6 caption legend listing xmp"""
_SKIPPED = frozenset(_NOT_CONTENT.split())
_FURNITURE = frozenset(_FURNITURE_NAMES.split())
_CONTENTS = frozenset({"toc", "toctree-wrapper", "table-of-contents", "tableofcontents"})
_ADMONITIONS = frozenset(_ADMONITION_NAMES.split())
_CONTAINERS = frozenset(_CONTAINER_NAMES.split())
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_DEPTH = 150  # below it an element is read as plain text: no page is nested so deep, only attacks are
_SUPERSCRIPT = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")


class HtmlBlocks:
    """One pass over one tree.

    Args:
        first_table: Number of the first table.
        keep: What is read: the content, tables of contents too, or all navigation as well.
    """

    def __init__(self, first_table: int = 0, keep: Literal["content", "contents", "all"] = "content") -> None:
        self.tables = first_table
        self._keep = keep
        self._furniture = _FURNITURE - _CONTENTS if keep == "contents" else _FURNITURE

    def of(self, node: LexborNode, depth: int = 0, lists: int = 0) -> Iterator[Block]:
        """The blocks of everything in ``node``; ``lists`` counts the lists around it."""
        inline: list[str] = []
        for child in node.iter(include_text=True):
            if self._is_inline(child):
                inline.append(self._inline(child, depth))
                continue
            if text := _joined(inline):
                yield paragraph(text)
            inline = []
            yield from self._block(child, depth + 1, lists)
        if text := _joined(inline):
            yield paragraph(text)

    def _is_inline(self, node: LexborNode) -> bool:
        tag = node.tag or ""
        if tag == "-text":
            return True
        if tag in _CONTAINERS or tag in _SKIPPED or tag.startswith(("-", "!")):
            return False
        # A span or link around a whole table or list is a container in disguise.
        return node.css_first("p, div, table, ul, ol, dl, pre, h1, h2, h3, h4, h5, h6") is None

    def _block(self, node: LexborNode, depth: int, lists: int) -> Iterator[Block]:
        tag = node.tag or ""
        if tag.startswith(("-", "!")) or self._is_furniture(node, tag):
            return
        if depth > _DEPTH:
            yield paragraph(node.text(deep=True, separator=" "))
        elif tag in _HEADINGS:
            text = self._inline_of(node, depth)
            yield paragraph(text) if "author" in _classes(node) else heading(text, _HEADINGS[tag])
        elif tag == "p":
            yield from self.of(node, depth, lists)
        elif tag in ("pre", "listing", "xmp"):
            yield code(node.text(deep=True))
        elif tag in ("ul", "ol"):
            yield from self._list(node, tag, depth, lists)
        elif tag == "dl":
            yield from self._definitions(node, depth, lists)
        elif tag == "table":
            yield from self._table(node, depth, lists)
        elif tag not in ("hr", "br", "img"):
            if _classes(node) & _ADMONITIONS:
                yield from self._admonition(node, depth, lists)
            else:
                yield from self.of(node, depth, lists)

    def _is_furniture(self, node: LexborNode, tag: str) -> bool:
        if tag in ("script", "style", "template", "head", "svg", "colgroup", "col"):
            return True
        attributes = node.attributes
        if "hidden" in attributes or "display:none" in (attributes.get("style") or "").replace(" ", "").lower():
            return True
        if self._keep == "all":
            return False
        if tag in _SKIPPED:
            return True
        if tag == "header":
            return node.css_first("h1, h2") is None
        if (attributes.get("role") or "") in ("navigation", "banner", "contentinfo", "search"):
            return True
        return bool(_classes(node) & self._furniture) or (attributes.get("id") or "").lower() in self._furniture

    def _admonition(self, node: LexborNode, depth: int, lists: int) -> Iterator[Block]:
        """A note or warning: its label leads its first paragraph and is no heading of the document."""
        label = ""
        inner = node
        if (cell := node.css_first("td.content")) is not None:  # AsciiDoctor lays admonitions out as tables
            icon = node.css_first("td.icon")
            label = one_line(icon.text(deep=True)) if icon is not None else ""
            inner = cell
        for block in self.of(inner, depth, lists):
            if block.kind == "heading":
                label = f"{label} {block.text}".strip()
                continue
            if label:
                lead = one_line(label).rstrip(":")
                if block.kind == "paragraph":
                    if one_line(block.text).rstrip(":") == lead:
                        continue
                    yield paragraph(f"{lead}: {block.text}")
                else:
                    yield paragraph(f"{lead}:")
                    yield block
                label = ""
                continue
            yield block

    def _list(self, node: LexborNode, tag: str, depth: int, lists: int) -> Iterator[Block]:
        style = _list_style(node)
        index = _number(node.attributes.get("start"), 1)
        for item in node.iter(include_text=True):
            if item.tag != "li":
                yield from self._stray(item, depth + 1, lists + 1)
                continue
            index = _number(item.attributes.get("value"), index)
            yield from self._item(item, f"{ordinal(index, style)}." if tag == "ol" else "", depth, lists)
            index += 1

    def _item(self, node: LexborNode, number: str, depth: int, lists: int) -> Iterator[Block]:
        """One list item: its own text as a step or bullet, then whatever else it holds."""
        own: list[str] = []
        opened = False
        for block in self.of(node, depth + 1, lists + 1):
            if block.kind in ("paragraph", "heading") and not opened:
                own.append(block.text)
                continue
            if not opened:
                opened = True
                yield _item_block(own, number, lists)
            yield block
        if not opened:
            yield _item_block(own, number, lists)

    def _stray(self, node: LexborNode, depth: int, lists: int) -> Iterator[Block]:
        """What stands in a list without being one of its items."""
        if not self._is_inline(node):
            yield from self._block(node, depth, lists)
        elif text := _joined([self._inline(node, depth)]):
            yield paragraph(text)

    def _definitions(self, node: LexborNode, depth: int, lists: int) -> Iterator[Block]:
        """Terms and their definitions, each pair as one paragraph "term: definition"."""
        terms: list[str] = []
        for item in _definition_items(node):
            if item.tag not in ("dt", "dd"):
                yield from self._stray(item, depth + 1, lists)
                continue
            if item.tag == "dt":
                if term := one_line(self._inline_of(item, depth)):
                    terms.append(term)
                continue
            lead = ", ".join(terms)
            terms = []
            for block in self.of(item, depth + 1, lists):
                if lead:
                    if block.kind == "paragraph":
                        yield paragraph(f"{lead.rstrip(':')}: {block.text.strip()}")
                        lead = ""
                        continue
                    yield paragraph(lead if lead.endswith(":") else f"{lead}:")
                    lead = ""
                yield block
            if lead:
                yield paragraph(lead)
        if terms:
            yield paragraph(", ".join(terms))

    def _table(self, node: LexborNode, depth: int, lists: int) -> Iterator[Block]:
        rows: list[list[Cell]] = []
        nested = node.css_first("table table, table h1, table h2, table h3, table pre, table ol") is not None
        for line in _table_rows(node):
            if line.tag == "caption":
                yield paragraph(self._inline_of(line, depth))
                continue
            in_head = line.parent is not None and line.parent.tag == "thead"
            cells = [
                Cell(
                    one_line(self._inline_of(cell, depth)),
                    _number(cell.attributes.get("colspan"), 1),
                    _number(cell.attributes.get("rowspan"), 1),
                    cell.tag == "th" or in_head,
                )
                for cell in line.iter()
                if cell.tag in ("td", "th")
            ]
            rows.append(cells)
        if (nested and (node.attributes.get("role") or "") != "grid") or all(len(cells) < 2 for cells in rows):
            # A table for layout: its cells are containers.
            for line in _table_rows(node):
                for cell in line.iter():
                    if line.tag == "tr":
                        yield from self.of(cell, depth + 2, lists)
            return
        blocks = list(table_blocks(rows, self.tables))
        self.tables += bool(blocks)
        yield from blocks

    def _inline_of(self, node: LexborNode, depth: int) -> str:
        return _joined([self._inline(child, depth + 1) for child in node.iter(include_text=True)])

    def _inline(self, node: LexborNode, depth: int) -> str:
        tag = node.tag or ""
        if tag == "-text":
            return " ".join(_split_keeping_edges(node.text_content or ""))
        if tag == "br":
            return "\n"
        if tag.startswith(("-", "!")) or self._is_furniture(node, tag):
            return ""
        if tag == "img":
            alt = one_line(node.attributes.get("alt") or "")
            return f" [{alt}] " if len(alt.split()) > 2 else ""
        if depth > _DEPTH:
            return node.text(deep=True, separator=" ")
        text = "".join(self._inline(child, depth + 1) for child in node.iter(include_text=True))
        if tag == "sup" and text.strip() and all(c in "0123456789+-" for c in text.strip()):
            # 10<sup>3</sup> is not 103.
            return text.strip().translate(_SUPERSCRIPT)
        if tag in _CONTAINERS or tag in ("td", "th", "tr"):
            return f" {text} "
        return text


def _item_block(own: list[str], number: str, depth: int) -> Block:
    text = "\n".join(own)
    return step(number, text, depth) if number else bullet(text, depth)


def _definition_items(node: LexborNode) -> Iterator[LexborNode]:
    for child in node.iter(include_text=True):
        if child.tag == "div" and child.css_first("dt, dd") is not None:
            yield from _definition_items(child)
        else:
            yield child


def _table_rows(node: LexborNode) -> Iterator[LexborNode]:
    for child in node.iter():
        if child.tag in ("tr", "caption"):
            yield child
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from (line for line in child.iter() if line.tag == "tr")


def _classes(node: LexborNode) -> set[str]:
    return set((node.attributes.get("class") or "").lower().split())


def _list_style(node: LexborNode) -> str:
    declared = (node.attributes.get("type") or "").strip()
    if declared in ("a", "A", "i", "I", "1"):
        return declared
    words = _classes(node) | {part.strip() for part in (node.attributes.get("style") or "").lower().split(":")}
    for name, style in (("loweralpha", "a"), ("upperalpha", "A"), ("lowerroman", "i"), ("upperroman", "I")):
        if name in words or f"{name[:5]}-{name[5:]}" in {word.rstrip("; ") for word in words}:
            return style
    return "1"


def _number(text: str | None, default: int) -> int:
    try:
        return int(text) if text else default
    except ValueError:
        return default


def _split_keeping_edges(text: str) -> list[str]:
    words = text.split()
    if not words:
        return ["", ""] if text else []
    if text[0].isspace():
        words.insert(0, "")
    if text[-1].isspace():
        words.append("")
    return words


def _joined(parts: list[str]) -> str:
    lines = "".join(parts).split("\n")
    return "\n".join(" ".join(line.split()) for line in lines).strip()
