"""The one place through which everything goes to the terminal: nothing that a terminal would obey gets past it.

Texts of documents and models are cleaned when they come in (`copilot.printing.printable`), so that widths are right.
This filter stands behind that, at the last moment before a line of any widget is written: a text that was forgotten,
pasted or typed is drawn without its control characters as well. Only Textual's own escape sequences are left.
"""

from __future__ import annotations

import re
from typing import Final

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

# C0, DEL and C1, the marks that reorder text on the screen (UAX #9), line separators, and halves of surrogate pairs.
_OBEYED: Final = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff]")


class NothingToObey(LineFilter):
    """Draws a blank for each character that could steer a terminal."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments of one line, cleaned; the same list where there was nothing to clean."""
        if not any(_OBEYED.search(segment.text) for segment in segments if not segment.control):
            return segments
        return [
            segment if segment.control else Segment(_OBEYED.sub(" ", segment.text), segment.style)
            for segment in segments
        ]
