"""Short names for making blocks, and the recognition of list items and headings in plain lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.documents import Block, TableRow

# "3.", "3)", "(3)", "a)", "iv." and "Step 3:" before a text. A lone letter needs its bracket: "A. Smith" is no step.
STEP = re.compile(
    r"(?P<number>\(?\d{1,3}[.)]|\(?[a-zA-Z]\)|\(?[ivx]{1,5}\)|(?:Step|STEP|Schritt|Étape|Paso)\s+\d{1,3}\s*[:.)\u2013-])"
    r"\s+(?P<text>\S.*)",
    re.DOTALL,
)
BULLET = re.compile(
    r"(?P<mark>[-*+\u2022\u2023\u25aa\u25cf\u25e6\u2043\u2219\u00b7\u25a0\u25ba\u2013\uf0b7])\s+(?P<text>\S.*)",
    re.DOTALL,
)
NUMBERED_HEADING = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,3}){0,4})\.?\s+(?P<text>[^\W\d_].*)")


def heading(text: str, level: int, page: int | None = None) -> Block:
    """A heading; ``level`` is brought into 1 to 6."""
    return Block("heading", text, level=min(max(level, 1), 6), page=page)


def paragraph(text: str, page: int | None = None) -> Block:
    """A paragraph."""
    return Block("paragraph", text, page=page)


def code(text: str, page: int | None = None) -> Block:
    """Preformatted text."""
    return Block("code", text, page=page)


def step(number: str, text: str, depth: int = 0, page: int | None = None) -> Block:
    """One numbered step, its own number before its text."""
    return Block("step", f"{number} {text}".strip(), level=depth, page=page)


def bullet(text: str, depth: int = 0, page: int | None = None) -> Block:
    """One item of an unnumbered list, without its mark."""
    return Block("bullet", text, level=depth, page=page)


def row(cells: Sequence[str], header: tuple[str, ...], table: int, page: int | None = None) -> Block:
    """One row of a table."""
    values = tuple(cells)
    return Block("row", " | ".join(values), page=page, row=TableRow(values, header, table))


def ordinal(index: int, style: str = "1") -> str:
    """The number of a list item in an HTML or Word numbering style: ``1``, ``a``, ``A``, ``i`` or ``I``.

    >>> ordinal(3), ordinal(28, "a"), ordinal(4, "I")
    ('3', 'ab', 'IV')
    """
    if index < 1 or style not in "aAiI":
        return str(index)
    if style in "aA":
        letters = ""
        while index:
            index, rest = divmod(index - 1, 26)
            letters = chr(ord("a") + rest) + letters
        return letters.upper() if style == "A" else letters
    roman = ""
    for value, sign in (
        (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
        (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
    ):  # fmt: skip
        while index >= value:
            roman += sign
            index -= value
    return roman.upper() if style == "I" else roman
