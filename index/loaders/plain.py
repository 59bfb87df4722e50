"""Plain text: paragraphs, lists and the few headings that can be told for sure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from index.documents import Block, LoadedDocument
from index.loaders import titles
from index.loaders.base import LoadLimits
from index.loaders.blocks import BULLET, NUMBERED_HEADING, STEP, bullet, code, heading, paragraph, step
from index.loaders.clean import clean_blocks, clean_text
from index.loaders.encoding import open_text

_LINE_CHARACTERS = 1 << 14  # a line is read in pieces of this size: a file may be a single line
_PARAGRAPH_LINES = 80  # a log has no blank lines; its paragraphs end here
_UNDERLINE = re.compile(r"(=|-|~|\^|\*|#)\1{2,}")
_GAP = re.compile(r"\S(?: {3,}|\t+)\S")
_TITLE_BLOCKS = 12


class PlainTextLoader:
    """Reads text files of any size and encoding, in constant memory."""

    media_types = frozenset({"text/plain"})

    def load(self, path: Path, media_type: str, limits: LoadLimits) -> LoadedDocument:
        """See `index.loaders.base.Loader.load`."""
        blocks = clean_blocks(_file_blocks(path))
        head = list(itertools.islice(blocks, _TITLE_BLOCKS))
        first = next((block.text for block in head if block.kind == "heading"), None)
        return LoadedDocument(
            title=titles.choose(path, first), media_type=media_type, blocks=itertools.chain(head, blocks)
        )


def _file_blocks(path: Path) -> Iterator[Block]:
    with open_text(path) as stream:
        yield from text_blocks(iter(lambda: stream.readline(_LINE_CHARACTERS), ""))


def text_blocks(lines: Iterable[str]) -> Iterator[Block]:
    """The blocks of a text given line by line."""
    before: list[str] | None = None
    numbered_before = False
    paragraphs = _paragraphs(lines)
    for after in itertools.chain(paragraphs, [None]):
        if before is not None:
            numbered_after = after is not None and STEP.match(after[0].strip()) is not None
            alone = not numbered_before and not numbered_after
            numbered_before = STEP.match(before[0].strip()) is not None
            yield from _paragraph_blocks(before, alone)
        before = after


def _paragraphs(lines: Iterable[str]) -> Iterator[list[str]]:
    """Runs of lines between blank ones."""
    run: list[str] = []
    for raw in lines:
        for line in clean_text(raw.rstrip("\n")).expandtabs(8).split("\n"):
            if not line.strip():
                if run:
                    yield run
                    run = []
                continue
            run.append(line.rstrip())
            if len(run) >= _PARAGRAPH_LINES:
                yield run
                run = []
    if run:
        yield run


def _paragraph_blocks(lines: list[str], alone: bool) -> Iterator[Block]:
    """The blocks of one run of lines; ``alone`` where no numbered item stands before or after it."""
    if len(lines) >= 2 and _is_underlined(lines[0], lines[1]):
        yield heading(lines[0], 1 if lines[1].strip()[0] in "=#*" else 2)
        lines = lines[2:]
        if not lines:
            return
    if len(lines) == 1 and (level := heading_level(lines[0].strip())) and (alone or level > 1):
        yield heading(lines[0], level)
        return
    if all(line.startswith("    ") for line in lines) or (
        len(lines) > 2 and sum(_GAP.search(line.strip()) is not None for line in lines) > len(lines) / 2
    ):
        # Indented, or laid out in columns: the line breaks carry the meaning.
        yield code("\n".join(lines))
        return
    yield from _items(lines)


def _items(lines: list[str]) -> Iterator[Block]:
    """Lines as list items, each with the lines that continue it, and paragraphs between them."""
    kind, number, depth = "paragraph", "", 0
    held: list[str] = []

    def flush() -> Iterator[Block]:
        if not held:
            return
        if kind == "step":
            yield step(number, " ".join(held), depth)
        elif kind == "bullet":
            yield bullet(" ".join(held), depth)
        else:
            yield paragraph(_unwrapped(held))
        held.clear()

    base = min(len(line) - len(line.lstrip()) for line in lines)
    for line in lines:
        text = line.strip()
        indent = len(line) - len(line.lstrip()) - base
        if (match := STEP.fullmatch(text)) is not None:
            yield from flush()
            kind, number, depth = "step", match["number"], indent // 2
            held.append(match["text"])
        elif (match := BULLET.fullmatch(text)) is not None:
            yield from flush()
            kind, depth = "bullet", indent // 2
            held.append(match["text"])
        else:
            held.append(text)
    yield from flush()


def _unwrapped(lines: list[str]) -> str:
    """One flowing text where the lines were broken to fit a width; else with their breaks."""
    longest = max(map(len, lines))
    wrapped = longest >= 40 and all(len(line) >= 0.6 * longest for line in lines[:-1])
    return (" " if wrapped else "\n").join(lines)


def heading_level(line: str) -> int:
    """The level of a line that stands alone and is a numbered heading ("4.2 Changing the filter"), else 0."""
    match = NUMBERED_HEADING.fullmatch(line)
    if match is None or len(line) > 90 or len(line.split()) > 12 or line[-1] in ".;:,?!":
        return 0
    title = match["text"]
    if not title[0].isupper() and "." not in match["number"]:
        return 0
    return match["number"].count(".") + 1


def _is_underlined(line: str, below: str) -> bool:
    mark = below.strip()
    text = line.strip()
    return (
        _UNDERLINE.fullmatch(mark) is not None
        and _UNDERLINE.fullmatch(text) is None
        and len(text) <= 100
        and abs(len(mark) - len(text)) <= max(2, len(text) // 5)
    )
