"""Windows of a few sentences over a chunk: a question mostly asks for one of them, not for the chunk's average."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from index.chunking.sentences import Sentence, split
from index.chunking.size import estimate_tokens

MOST: Final = 8  # windows of one chunk
_LONGEST: Final = 3  # sentences in a window
_TOKENS: Final = 96  # a window closes once it has as many
_ROW: Final = " | "


def windows_of(text: str, most: int = MOST) -> tuple[str, ...]:
    """Cut a chunk's text into at most ``most`` windows, in order, each of one to three sentences.

    A table row is a window of its own. Where that makes too many, windows are longer. A text hardly longer than a
    window has none: its own vector tells the same. Windows don't overlap: those that shared a sentence found no more,
    see docs/decisions/0005-chunk-size.md.
    """
    units = [(sentence, estimate_tokens(sentence.text)) for sentence in split(text)]
    if len(units) < 2 or sum(tokens for _, tokens in units) <= _TOKENS * 3 // 2:
        return ()
    budget, longest = _TOKENS, _LONGEST
    while len(found := _grouped(units, budget, longest)) > most:
        budget, longest = budget * 5 // 4, longest + max(1, longest // 4)
    return tuple(text[first.start : last.end] for first, last in found)


def _grouped(units: Sequence[tuple[Sentence, int]], budget: int, longest: int) -> list[tuple[Sentence, Sentence]]:
    """First and last sentence of each window that is closed by its tokens or its sentences."""
    found: list[tuple[Sentence, Sentence]] = []
    start = 0
    while start < len(units):
        end = start + 1
        tokens = units[start][1]
        row = _ROW in units[start][0].text
        while end < len(units) and end - start < longest and tokens < budget:
            if longest == _LONGEST and (row or _ROW in units[end][0].text):
                break
            tokens += units[end][1]
            end += 1
        found.append((units[start][0], units[end - 1][0]))
        start = end
    return found
