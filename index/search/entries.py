"""Entries: where a document tells what an identifier is, rather than mentions it.

A fault table, a parameter list, a list of options give each identifier a row, a line or a heading of its own. Asked for
F0012, a technician wants that row, not the log in which F0012 came up.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Sequence
from typing import Final

import apsw

from index.search.exact import Match
from index.search.identifiers import normalise

MOST: Final = 60  # chunks read for one question

_MARK: Final = re.compile(r"^(?:[-*•◦▪–]|\(?\d{1,3}[.)])\s+")
_EXPLAINED: Final = re.compile(r"(?<=\S)(?::\s|\s[-–—=]\s|\s?[<(\[]|\t|\s\s)")
_LONGEST_NAME: Final = 3  # words
_ROW: Final = " | "
_PUNCTUATION: Final = ",;:.()[]\"'"


def entries(connection: apsw.Connection, matches: Sequence[Match], chunk_ids: Iterable[int]) -> dict[int, float]:
    """Return, for chunks with an entry for an identifier, the share of the question's identifiers, by rarity.

    Args:
        connection: Lent by `Store.reader`.
        matches: The question's identifiers.
        chunk_ids: Chunks to look at, the likeliest first; no more than `MOST` are.
    """
    holding = [id_ for id_ in chunk_ids if any(id_ in match.chunks for match in matches)][:MOST]
    if not holding:
        return {}
    total = sum(match.rarity for match in matches) or 1.0
    rows = connection.execute(
        "SELECT k.id, k.body, s.path FROM chunks k JOIN sections s ON s.id = k.section_id"
        " WHERE k.id IN (SELECT value FROM json_each(?))",
        (json.dumps(holding),),
    )
    found: dict[int, float] = {}
    for id_, body, path in rows:
        headings = json.loads(str(path))
        share = sum(match.rarity for match in matches if has_entry(match.forms, str(body), headings[-1:])) / total
        if share:
            found[int(str(id_))] = min(1.0, share)
    return found


def has_entry(forms: Collection[str], text: str, headings: Sequence[str] = ()) -> bool:
    """Tell whether a text has a row, a line or a heading for an identifier.

    Args:
        forms: Normal forms of the identifier.
        text: A chunk's own text, table cells parted by " | ".
        headings: Headings that stand right above it.
    """
    if any(_begins(word, forms) for heading in headings for word in _starts(heading)):
        return True
    for line in text.splitlines():
        cells = line.split(_ROW)
        first = _MARK.sub("", cells[0].strip())
        if _begins(first, forms) if len(cells) > 1 else _explains(first, forms):
            return True
        if len(cells) > 1 and any(normalise(cell.strip()) in forms for cell in cells[1:]):
            return True
    return False


def _explains(line: str, forms: Collection[str]) -> bool:
    """Tell whether a line of text begins with the identifier and what it is: "F0012: …", "-t <file>", "P1121 (s)".

    "F0012 three times today" only begins with it.
    """
    words = _EXPLAINED.split(line, maxsplit=1)[0].split()
    return 0 < len(words) <= _LONGEST_NAME and _begins(" ".join(words), forms, whole=True)


def _starts(heading: str) -> list[str]:
    """A heading from each of its words on: "Changes from 2.7.2 to 2.7.3" is about both."""
    words = heading.split()
    return [" ".join(words[at : at + _LONGEST_NAME]) for at in range(len(words))]


def _begins(text: str, forms: Collection[str], *, whole: bool = False) -> bool:
    words = text.split(maxsplit=_LONGEST_NAME)[:_LONGEST_NAME]
    counts = [len(words)] if whole else range(1, len(words) + 1)
    return any(normalise(" ".join(words[:count]).strip(_PUNCTUATION)) in forms for count in counts)
