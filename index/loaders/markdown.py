"""Markdown (CommonMark with tables and front matter) as blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from selectolax.lexbor import LexborHTMLParser

from index.documents import Block, LoadedDocument
from index.loaders import titles
from index.loaders.base import LoadLimits
from index.loaders.blocks import bullet, code, heading, paragraph, step
from index.loaders.clean import clean_blocks
from index.loaders.encoding import decode
from index.loaders.grid import Cell, table_blocks
from index.loaders.html import html_blocks

_FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*\n(?P<body>.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|$)", re.DOTALL)
_FIELD = re.compile(r"^(?P<key>title|lang|language)\s*:\s*(?P<value>.+?)\s*$", re.IGNORECASE | re.MULTILINE)
_PARSED_AT_ONCE = 8 << 20  # beyond it a tree of tokens takes too much memory; the text is then read as plain


class MarkdownLoader:
    """Reads Markdown files."""

    media_types = frozenset({"text/markdown"})

    def load(self, path: Path, media_type: str, limits: LoadLimits) -> LoadedDocument:
        """See `index.loaders.base.Loader.load`."""
        data = path.read_bytes()
        if len(data) > _PARSED_AT_ONCE:
            from index.loaders.plain import PlainTextLoader

            return PlainTextLoader().load(path, media_type, limits)
        text = decode(data).replace("\r\n", "\n").replace("\r", "\n")
        fields: dict[str, str] = {}
        if (front := _FRONT_MATTER.match(text)) is not None:
            fields = {m["key"].lower(): m["value"].strip("\"'") for m in _FIELD.finditer(front["body"])}
            text = text[front.end() :]
        blocks = list(clean_blocks(markdown_blocks(text)))
        headings = [block for block in blocks if block.kind == "heading"]
        first = next((block.text for block in headings if block.level == 1), None)
        language = (fields.get("lang") or fields.get("language") or "")[:2].lower()
        return LoadedDocument(
            title=titles.choose(path, fields.get("title"), first, headings[0].text if headings else None),
            media_type=media_type,
            blocks=iter(blocks),
            language=language if len(language) == 2 and language.isalpha() else None,
        )


def markdown_blocks(text: str) -> Iterator[Block]:
    """The blocks of a Markdown text without front matter."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return _Walk(parser.parse(text)).blocks()


class _Walk:
    """One pass over the tokens of one document."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._tables = 0

    def blocks(self) -> Iterator[Block]:
        """Everything, in order."""
        # One entry a list around the current place: its next number, or None for a bullet list.
        lists: list[int | None] = []
        pending: list[str] | None = None  # text of the list item that is open and has not been yielded
        fresh = True  # whether the open item still lacks its first block

        def item() -> Iterator[Block]:
            nonlocal pending, fresh
            if pending is None:
                return
            text = "\n".join(pending)
            depth = max(len(lists) - 1, 0)
            number = lists[-1] if lists else None
            if not fresh:
                if text:
                    yield paragraph(text)
            elif number is not None:
                yield step(f"{number}.", text, depth)
            elif text:
                yield bullet(text, depth)
            pending, fresh = [], False

        stack: list[tuple[list[str] | None, bool]] = []
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            self._at += 1
            kind = token.type
            if kind == "heading_open":
                text = self._inline()
                if pending is not None:
                    pending.append(text)
                else:
                    yield heading(text, int(token.tag[1:]))
            elif kind == "paragraph_open":
                text = self._inline()
                if pending is None:
                    yield paragraph(text)
                else:
                    pending.append(text)
            elif kind in ("ordered_list_open", "bullet_list_open"):
                if pending is not None and (pending or fresh):
                    yield from item()
                start = int(token.attrs.get("start", 1)) if kind == "ordered_list_open" else None
                lists.append(start)
                stack.append((pending, fresh))
            elif kind in ("ordered_list_close", "bullet_list_close"):
                lists.pop()
                pending, fresh = stack.pop()
            elif kind == "list_item_open":
                pending, fresh = [], True
            elif kind == "list_item_close":
                if pending or fresh:
                    yield from item()
                number = lists[-1]
                if number is not None:
                    lists[-1] = number + 1
            else:
                found = list(self._other(token))
                if found:
                    if pending is not None and (pending or fresh):
                        yield from item()
                    yield from found

    def _other(self, token: Token) -> Iterator[Block]:
        if token.type in ("fence", "code_block"):
            yield code(token.content)
        elif token.type == "table_open":
            yield from self._table()
        elif token.type == "html_block":
            found = list(html_blocks(LexborHTMLParser(token.content), self._tables))
            self._tables = max([self._tables, *(block.row.table + 1 for block in found if block.row)])
            yield from found

    def _table(self) -> Iterator[Block]:
        rows: list[list[Cell]] = []
        while self._tokens[self._at].type != "table_close":
            token = self._tokens[self._at]
            self._at += 1
            if token.type == "tr_open":
                rows.append([])
            elif token.type in ("th_open", "td_open"):
                rows[-1].append(Cell(self._inline(), header=token.type == "th_open"))
        self._at += 1
        yield from table_blocks(rows, self._tables, guess=False)
        self._tables += 1

    def _inline(self) -> str:
        """The text of the inline token at the current place."""
        token = self._tokens[self._at]
        self._at += 1
        return inline_text(token.children or []) if token.type == "inline" else ""


def inline_text(children: Sequence[Token]) -> str:
    """The words of inline tokens, without their marks; a link shows its text, a picture its description."""
    parts: list[str] = []
    for child in children:
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type == "softbreak":
            parts.append(" ")
        elif child.type == "hardbreak" or (child.type == "html_inline" and child.content.lower().startswith("<br")):
            parts.append("\n")
        elif child.type == "image":
            alt = inline_text(child.children or [])
            parts.append(f"[{alt}]" if len(alt.split()) > 2 else "")
    return "".join(parts)
