"""A manuscript: Markdown in which a paragraph that is one link to a CSV file stands for that table."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is the title of the document."""

    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    text: str


@dataclass(frozen=True)
class Steps:
    """A procedure, numbered from 1."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Bullets:
    items: tuple[str, ...]


@dataclass(frozen=True)
class Notice:
    """A boxed warning; ``word`` is WARNING, CAUTION or NOTE."""

    word: str
    text: str


@dataclass(frozen=True)
class Table:
    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Element = Heading | Paragraph | Steps | Bullets | Notice | Table


def read(path: Path) -> list[Element]:
    """Read the manuscript ``path``; its tables are looked for beside it."""
    tokens = MarkdownIt().parse(path.read_text(encoding="utf-8"))
    return list(_elements(tokens, path.parent))


def _elements(tokens: Sequence[Token], folder: Path) -> Iterator[Element]:
    at = 0
    while at < len(tokens):
        token = tokens[at]
        end = _end(tokens, at)
        inner = tokens[at + 1 : end]
        texts = tuple(inline.content.replace("\n", " ") for inline in inner if inline.type == "inline")
        match token.type:
            case "heading_open":
                yield Heading(int(token.tag[1]), texts[0])
            case "ordered_list_open":
                yield Steps(texts)
            case "bullet_list_open":
                yield Bullets(texts)
            case "blockquote_open":
                word, _, text = " ".join(texts).partition(": ")
                yield Notice(word, text)
            case "paragraph_open":
                yield _table(inner[0], folder) or Paragraph(texts[0])
            case other:
                raise ValueError(f"a manuscript holds no {other} (line {(token.map or [0])[0] + 1})")
        at = end + 1


def _end(tokens: Sequence[Token], start: int) -> int:
    depth = 0
    for at in range(start, len(tokens)):
        depth += tokens[at].nesting
        if depth == 0:
            return at
    raise AssertionError("markdown-it closes what it opens")


def _table(inline: Token, folder: Path) -> Table | None:
    parts = inline.children or []
    if len(parts) != 3 or parts[0].type != "link_open":
        return None
    with (folder / str(parts[0].attrs["href"])).open(encoding="utf-8", newline="") as lines:
        header, *rows = csv.reader(lines)
    return Table(parts[1].content, tuple(header), tuple(tuple(row) for row in rows))
