"""The model writes, the program cites: ties each sentence of an answer to the place in a passage that bears it out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from copilot.answering.claims import Claim, unsupported
from copilot.answering.overlap import coverage, rarity, terms
from copilot.answering.quotables import Quotable, quotables
from index.chunking.sentences import split
from index.passages import Passage

MIN_COVERAGE: Final = 0.25
"""Share of a sentence's words that its source must have to be cited for it."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """A sentence of the answer and what it stands on.

    Attributes:
        sentence: As written.
        passage: Index of the passage, or None where no passage bears it out.
        source: The piece of the passage that says most of it.
        coverage: Share of the sentence's words found there, from 0 to 1.
        unverified: Its numbers, units and identifiers that the passage does not have.
    """

    sentence: str
    passage: int | None
    source: Quotable | None
    coverage: float
    unverified: tuple[Claim, ...]


def align(answer: str, passages: Sequence[Passage]) -> list[Alignment]:
    """Align every sentence of ``answer``; passages earlier in the list win ties."""
    pieces = [(index, piece) for index, passage in enumerate(passages) for piece in quotables(passage.text)]
    piece_terms = [terms(piece.text) for _, piece in pieces]
    weights = rarity([piece.text for _, piece in pieces])
    return [_align(sentence.text.strip(), passages, pieces, piece_terms, weights) for sentence in split(answer)]


def _align(
    sentence: str,
    passages: Sequence[Passage],
    pieces: Sequence[tuple[int, Quotable]],
    piece_terms: Sequence[list[str]],
    weights: dict[str, float],
) -> Alignment:
    wanted = terms(sentence)
    best, best_score = None, 0.0
    for at, found in enumerate(piece_terms):
        score = coverage(wanted, found, weights)
        missing = len(unsupported(sentence, pieces[at][1].header + "\n" + pieces[at][1].text))
        score -= 0.15 * missing
        if score > best_score + 1e-9:
            best, best_score = at, score
    if best is None or coverage(wanted, piece_terms[best], weights) < MIN_COVERAGE:
        return Alignment(sentence, None, None, 0.0, tuple(unsupported(sentence, "")))
    index, piece = pieces[best]
    passage = passages[index]
    source_text = "\n".join((passage.title, *passage.section, passage.text))
    return Alignment(
        sentence,
        index,
        piece,
        coverage(wanted, piece_terms[best], weights),
        tuple(unsupported(sentence, source_text)),
    )


def mark_unverified(text: str, claims: Sequence[Claim], mark: str) -> str:
    """``text`` with ``mark`` after each of ``claims``, which hold positions in ``text``."""
    for claim in sorted(claims, key=lambda claim: claim.end, reverse=True):
        text = f"{text[: claim.end]} {mark}{text[claim.end :]}"
    return text
