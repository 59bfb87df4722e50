"""The part of a passage that a person should see first, and the words in it to mark."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import apsw

from index.search.identifiers import candidates, normalise
from index.search.query import Term, understand, words_of

LONGEST: Final = 320  # characters
_TOKEN: Final = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Snippet:
    """A stretch of a passage.

    Attributes:
        text: One or more whole lines or a cut out of a long one, with "…" where something is left out.
        marks: Half-open spans of ``text`` that the question asked for, ascending, without overlap.
    """

    text: str
    marks: tuple[tuple[int, int], ...]


def snippet(text: str, question: str, longest: int = LONGEST) -> Snippet:
    """Choose the stretch of ``text`` that holds most of the question's words, and mark them.

    Raises:
        QuestionError: The question holds no words.
    """
    connection = apsw.Connection(":memory:")
    try:
        wanted = {term.stem for term in understand(connection, question).terms}
        marks = _marks(connection, text, wanted, question)
        start, end = _densest(text, marks, longest)
    finally:
        connection.close()
    before = "…" if text[:start].strip() else ""
    after = "…" if text[end:].strip() else ""
    shown = tuple(
        (max(first, start) - start + len(before), min(last, end) - start + len(before))
        for first, last in marks
        if first < end and last > start
    )
    return Snippet(f"{before}{text[start:end]}{after}", shown)


def _marks(connection: apsw.Connection, text: str, stems: set[str], question: str) -> list[tuple[int, int]]:
    names = {form for candidate in candidates(question) for form in candidate.forms}
    marks: list[tuple[int, int]] = []
    for token in _TOKEN.finditer(text):
        bare = token[0].strip(".,;:()[]\"'")
        if bare and normalise(bare) in names:
            marks.append(token.span())
            continue
        words: Sequence[Term] = words_of(connection, token[0])
        at = token.start()
        for word in words:
            found = token[0].lower().find(word.word, at - token.start())
            if found >= 0 and word.stem in stems:
                marks.append((token.start() + found, token.start() + found + len(word.word)))
                at = token.start() + found + len(word.word)
    return marks


def _densest(text: str, marks: Sequence[tuple[int, int]], longest: int) -> tuple[int, int]:
    """The span of at most ``longest`` characters with the most different marked words, begun at a line or sentence."""
    if len(text) <= longest:
        return 0, len(text)
    starts = [0, *(match.end() for match in re.finditer(r"\n+|(?<=[.!?])\s+", text))]
    starts += [max(0, first - longest // 4) for first, _ in marks]

    def worth(start: int) -> tuple[int, int, int]:
        inside = [text[first:last].lower() for first, last in marks if start <= first and last <= start + longest]
        return len(set(inside)), len(inside), start if inside else -start

    start = max(starts, key=worth)
    if start and not text[start - 1].isspace():
        start = text.find(" ", start) + 1 or start
    end = min(len(text), start + longest)
    if end < len(text):
        last = max((last for first, last in marks if start <= first and last <= end), default=start)
        end = max(text.rfind(" ", start, end), text.rfind("\n", start, end), start + longest // 2, last)
    return start, end
