"""A line on the screen, piece by piece."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "step", "bullet", "head", "cell", "frame", "heading", "quote", "label"]


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a line.

    Attributes:
        kind: What it is, for its style. ``frame``: drawn around the text, no part of it.
        start: Offset of its first character in the whole text; -1 for what is no part of it.
    """

    text: str
    kind: Kind = "text"
    start: int = -1


Row = tuple[Run, ...]
