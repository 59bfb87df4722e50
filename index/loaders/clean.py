"""Text made safe and uniform: what every block goes through before it leaves the loaders.

Documents carry terminal escape sequences, bidirectional overrides and invisible characters, by accident or to hide
something from the reader that a model would still read. None of them is content.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace

from index.documents import Block, TableRow

# ECMA-48 control sequences (CSI, OSC up to BEL or ST, two-character escapes), in their 7-bit and 8-bit forms.
_ESCAPES = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]"
    "|(?:\x1b[\\]PX^_]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x9c\n]{0,4096}(?:\x07|\x1b\\\\|\x9c)"
    "|\x1b[ -/]*[0-~]?"
)
# C0 but for tab and line feed, DEL, C1, soft hyphen, zero-width and bidirectional controls, interlinear and tag
# characters, noncharacters, and lone surrogates. ZWNJ and ZWJ (200C, 200D) are kept: they are spelling in Persian.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_SPACES = re.compile("[\t \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_LIGATURES = {
    0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st",
}  # fmt: skip
# One sign for one thing: "BR‑120" with a no-break hyphen, or "−h" with a minus sign as groff sets it, must be found.
_DASHES = str.maketrans({0x2010: "-", 0x2011: "-", 0x2212: "-", 0xFE63: "-", 0xFF0D: "-"})
_HOME = re.compile("(?<![^\\s(\"'])\u02dc(?=/)")
_PLAIN = re.compile(r"[ -~]*")
_MULTI_SPACE = re.compile("  +")
_SPACED_BREAK = re.compile(" *\n *")


def clean_text(text: str) -> str:
    """``text`` in Unicode NFC without control characters; ligatures taken apart, hyphens and line ends of one kind."""
    if _PLAIN.fullmatch(text):
        return text
    text = _BREAKS.sub("\n", text)
    if "\x1b" in text or not text.isascii():
        text = _ESCAPES.sub("", text)
    text = _UNWANTED.sub("", text)
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _HOME.sub("~", text.translate(_LIGATURES).translate(_DASHES)))


def flow(text: str) -> str:
    """Running text: every stretch of blanks as one space, blanks around line breaks gone."""
    text = clean_text(text)
    if _PLAIN.fullmatch(text):
        return _MULTI_SPACE.sub(" ", text).strip() if "  " in text else text.strip()
    return _SPACED_BREAK.sub("\n", _SPACES.sub(" ", text)).strip()


def one_line(text: str) -> str:
    """``text`` as a single line: a heading, a table cell, a title."""
    return " ".join(clean_text(text).split())


def preformatted(text: str) -> str:
    """Code: line breaks and indentation kept, tabs expanded, blank lines around it gone."""
    lines = [line.rstrip() for line in clean_text(text).expandtabs(8).replace("\u00a0", " ").split("\n")]
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    return "\n".join(lines)


def clean_blocks(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks with their text cleaned, as their kind asks for; those left empty are dropped."""
    header_in: tuple[str, ...] = ()
    header_out: tuple[str, ...] = ()
    for block in blocks:
        if block.row is not None:
            if block.row.header is not header_in:
                header_in = block.row.header
                header_out = tuple(one_line(cell) for cell in header_in)
            cells = tuple(one_line(cell) for cell in block.row.cells)
            if any(cells):
                row = TableRow(cells, header_out, block.row.table)
                yield replace(block, text=" | ".join(cells), row=row)
            continue
        if block.kind == "code":
            text = preformatted(block.text)
        elif block.kind == "heading":
            text = one_line(block.text)
        else:
            text = flow(block.text)
        if text:
            yield block if text == block.text else replace(block, text=text)
