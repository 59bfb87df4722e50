"""Text from documents, models and other machines, made fit for a terminal. Every face that writes to one uses this."""

from __future__ import annotations

import re
from typing import Final

# ECMA-48: control sequences, and the strings (OSC, DCS, PM, APC, SOS) that end with BEL or ST.
_ESCAPE_SEQUENCE: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]"
)
# C0 but tab and newline, DEL, C1, and the marks that reorder text on the screen (Unicode UAX #9).
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Return text from a document or a model without anything that a terminal would obey.

    Escape sequences, control characters and bidirectional overrides go; tabs, newlines and all letters stay.
    """
    return _CONTROL.sub("", _ESCAPE_SEQUENCE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))
