"""Which of a document's candidate titles can be shown to a person."""

from __future__ import annotations

import re
from pathlib import Path

from index.loaders.clean import one_line

_GARBAGE = re.compile(
    r"(microsoft\s+(word|excel|powerpoint)\b.*"
    r"|(untitled|unnamed|unbenannt|sans titre|sin t[ií]tulo|no title|title|titel|document|dokument|presentation"
    r"|powerpoint[- ]pr[eäé]sentation|workbook|book|mappe|sheet|slide|folie|new|neu|template|layout|cover|index|home"
    r"|default|test|draft|temp|tmp|scan|scanned document|image|doc)[\s_.-]*\d*"
    r"|.*\.(docx?|xlsx?|pptx?|pdf|indd|fm|qxd|p65|rtf|odt|tex|dvi|html?|txt|md|eps|ai|cdr|dwg)"
    r"|[\W\d_]*|\(anonymous\)|.{1,2})",
    re.IGNORECASE | re.DOTALL,
)


def sensible(candidate: str | None) -> str | None:
    """``candidate`` as one line, or None where it is no title: "untitled", "Microsoft Word - x.doc", a number.

    >>> sensible("Microsoft Word - pump_final.doc"), sensible(" Pump  DX-40 ")
    (None, 'Pump DX-40')
    """
    if not isinstance(candidate, str):
        return None
    title = one_line(candidate)
    if _GARBAGE.fullmatch(title) or not any(character.isalpha() for character in title):
        return None
    return title if len(title) <= 200 else title[:199].rstrip() + "\u2026"


def choose(path: Path, *candidates: str | None) -> str:
    """The first sensible candidate, else the file's name without its suffix."""
    for candidate in candidates:
        if (title := sensible(candidate)) is not None:
            return title
    return one_line(path.stem) or one_line(path.name) or "document"
