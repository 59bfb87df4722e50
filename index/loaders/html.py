"""HTML: the main content of a page as blocks, without its navigation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser, LexborNode

from index.documents import Block, LoadedDocument
from index.errors import DocumentTooLarge
from index.loaders import titles
from index.loaders.base import LoadLimits
from index.loaders.clean import clean_blocks, one_line
from index.loaders.encoding import decode
from index.loaders.html_blocks import HtmlBlocks

_TREE_BYTES = 64 << 20  # the parsed tree takes about ten times the file


class HtmlLoader:
    """Reads HTML and XHTML pages."""

    media_types = frozenset({"text/html"})

    def load(self, path: Path, media_type: str, limits: LoadLimits) -> LoadedDocument:
        """See `index.loaders.base.Loader.load`."""
        data = path.read_bytes()
        if len(data) > _TREE_BYTES:
            raise DocumentTooLarge(f"{path.name} is an HTML page of {len(data) >> 20} MB.", "Split it into pages.")
        tree = LexborHTMLParser(decode(data, declared=True))
        return LoadedDocument(
            title=titles.choose(path, page_title(tree)),
            media_type=media_type,
            blocks=clean_blocks(html_blocks(tree)),
            language=language(tree),
        )


def page_title(tree: LexborHTMLParser) -> str | None:
    """The page's own title; after that of the chapter it belongs to, where it declares one.

    Manuals cut into pages (DocBook, AsciiDoc) name their parent in ``<link rel="up">``; "Variables" alone says little.
    """
    own = titles.sensible(text_of(tree.css_first("head title")) or text_of(tree.css_first("h1")))
    up = tree.css_first('link[rel="up"]')
    parent = titles.sensible((up.attributes.get("title") or "") if up is not None else "")
    if own and parent and parent != own and own not in parent:
        return f"{parent}: {own}"
    return own or titles.sensible(text_of(tree.css_first("h1, h2")))


def text_of(node: LexborNode | None) -> str:
    """All text under ``node`` as one line."""
    return one_line(node.text(deep=True, separator=" ")) if node is not None else ""


def language(tree: LexborHTMLParser) -> str | None:
    """The two-letter language that the page declares."""
    for node in tree.css("html, body, [lang]")[:3]:
        code = (node.attributes.get("lang") or node.attributes.get("xml:lang") or "").strip().lower()[:2]
        if len(code) == 2 and code.isalpha():
            return code
    return None


def html_blocks(tree: LexborHTMLParser, first_table: int = 0) -> Iterator[Block]:
    """The blocks of a parsed page; tables are numbered from ``first_table``."""
    body = tree.body
    if body is None:
        return
    blocks = list(HtmlBlocks(first_table).of(main_content(body)))
    if not any(block.kind != "heading" for block in blocks):
        blocks = list(HtmlBlocks(first_table, "contents").of(main_content(body)))
    # A page that is nothing but navigation: better that than nothing.
    yield from blocks or HtmlBlocks(first_table, "all").of(body)


def main_content(body: LexborNode) -> LexborNode:
    """The element that holds the page's content: its only ``main`` or ``article`` if most of the text is in it."""
    for selector in ("main", '[role="main"]', "article"):
        found = body.css(selector)
        if len(found) == 1 and 2 * len(found[0].text(deep=True)) >= len(body.text(deep=True)):
            return found[0]
    return body
