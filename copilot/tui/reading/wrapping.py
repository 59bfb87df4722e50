"""Breaking text into lines by what it takes on the screen, remembering where each line comes from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rich.cells import cell_len

_WORD: Final = re.compile(r"\S+|\s+")


def wrap(text: str, width: int, start: int = 0) -> Iterator[tuple[str, int]]:
    """Break one paragraph.

    Args:
        text: Without line breaks.
        width: In cells, at least 2: a wide character must fit.
        start: Offset of its first character in the whole text.

    Yields:
        Lines of at most ``width`` cells with the offset of their first character; together they hold every character
        that is no blank. At least one line.
    """
    line, line_start, taken = "", start, 0
    pending = ""
    for match in _WORD.finditer(text):
        word, at = match[0], start + match.start()
        if word.isspace():
            pending = " " * min(len(word), width) if not line and match.start() == 0 else word.replace("\t", " ")
            if not line:
                pending = pending[: max(0, width // 2)] if match.start() == 0 else ""
                line, line_start, taken, pending = pending, at, len(pending), ""
            continue
        size = cell_len(word)
        if line.strip() and taken + len(pending) + size > width:
            yield line, line_start
            line, line_start, taken, pending = "", at, 0, ""
        if not line:
            line_start = at
        line, taken, pending = line + pending, taken + len(pending), ""
        if taken + size <= width:
            line, taken = line + word, taken + size
            continue
        for character in word:
            cells = cell_len(character)
            if taken + cells > width:
                yield line, line_start
                line, line_start, taken = "", at, 0
            line, taken, at = line + character, taken + cells, at + 1
    yield line, line_start
