"""The few lines of a passage that say why it was found."""

from __future__ import annotations

import re
from typing import Final

from copilot.answering.overlap import terms
from copilot.answering.quotables import Quotable, quotables
from copilot.tui.reading.layout import shown

_IDENTIFIER: Final = re.compile(r"\w*\d[\w./-]*")
_ENOUGH: Final = 400  # characters


def excerpt(text: str, query: str) -> str:
    """The part of a passage that has most of the query's words, with the header of its table, and what follows it."""
    pieces = quotables(shown(text))
    if not pieces:
        return shown(text).strip()
    wanted = set(terms(query))
    best = max(range(len(pieces)), key=lambda at: (_worth(pieces[at], wanted), -at))
    first = pieces[best]
    told = [first.header, first.text] if first.kind == "row" and first.header else [first.text]
    for piece in pieces[best + 1 :]:
        if sum(map(len, told)) > _ENOUGH:
            break
        told.append(piece.text)
    return "\n".join(told)


def words_to_mark(query: str) -> tuple[str, ...]:
    """What of a query is pointed out in a passage: identifiers and numbers, and words of some length."""
    found = (word.strip("./-") for word in re.findall(r"[\w./-]+", query))
    return tuple(
        dict.fromkeys(word for word in found if (len(word) > 3 or _IDENTIFIER.fullmatch(word)) and terms(word))
    )


def _worth(piece: Quotable, wanted: set[str]) -> int:
    if piece.kind == "header":
        return -1
    return len(wanted & set(terms(piece.text)))
