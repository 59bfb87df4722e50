"""Chooses the words of the document that answer a question: what the manual says better is quoted, not retold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from copilot.answering.overlap import coverage, rarity, terms
from copilot.answering.question import QuestionKind
from copilot.answering.quotables import Quotable, quotables, step_run
from index.passages import Passage

Similarity = Callable[[str, Sequence[str]], Sequence[float]]
"""Cosine of a question with each of several texts."""


@dataclass(frozen=True, slots=True)
class QuotePolicy:
    """How much is quoted for a kind of question.

    Attributes:
        words: About how many words at most, a table's header not counted; a single piece may be longer.
        seeds: From how many of the best pieces a quote grows.
        whole_procedure: Quote all steps of the procedure that the best piece belongs to, however many words.
    """

    words: int
    seeds: int
    whole_procedure: bool


# Measured over 82 questions of two manuals, given the right passage: how many quotes hold all facts. Scattered best
# sentences: 0.81 with 64 words on average; grown from the best sentence: 0.90 with 70; from two: 0.98 with 107.
# What follows the sentence that names the thing asked for says what to do about it (docs/decisions/0008-quoting.md).
POLICIES: Final[dict[QuestionKind, QuotePolicy]] = {
    "lookup": QuotePolicy(words=80, seeds=1, whole_procedure=False),
    "table": QuotePolicy(words=80, seeds=1, whole_procedure=False),
    "multi": QuotePolicy(words=150, seeds=2, whole_procedure=True),
    "procedure": QuotePolicy(words=250, seeds=2, whole_procedure=True),
}
_FOLLOWING: Final = 1.4
"""How much more the piece after a chosen one is worth than the one before it."""
_ROWS: Final = 3
_FITTING_SHARE: Final = 0.9
"""Of the best piece's score, from which a piece fits as well. Only such rows are quoted beside the best one: the next
row of a table is another part's value."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of a passage, letter for letter.

    Attributes:
        text: Pieces in the document's order, one a line; a row's header above it; "…" where something between two
            pieces was left out.
        score: How well the best piece fits the question.
        pieces: What it is made of.
        fitting: Those of them that fit the question as well as the best one, that one first.
    """

    text: str
    score: float
    pieces: tuple[Quotable, ...]
    fitting: tuple[Quotable, ...]


def choose_quote(
    question: str, passage: Passage, kind: QuestionKind, *, written: str = "", similarity: Similarity | None = None
) -> Quote | None:
    """The part of ``passage`` that answers ``question``.

    Args:
        question: What was asked.
        passage: Where to quote from.
        kind: Of the question; decides how much is quoted.
        written: What the model made of the passage: its words steer the choice.
        similarity: Compares meanings; by words alone where there is none.

    Returns:
        None where the passage holds nothing quotable.
    """
    pieces = quotables(passage.text)
    if not pieces:
        return None
    scores = score_pieces(question, pieces, written=written, similarity=similarity)
    kept = sorted(_choose(pieces, scores, POLICIES[kind]))
    best = max(scores[at] for at in kept)
    fitting = sorted((at for at in kept if scores[at] >= _FITTING_SHARE * best), key=lambda at: (-scores[at], at))
    return Quote(_join(pieces, kept), best, tuple(pieces[at] for at in kept), tuple(pieces[at] for at in fitting))


def _choose(pieces: Sequence[Quotable], scores: Sequence[float], policy: QuotePolicy) -> set[int]:
    """Indices of the pieces to quote: grown from the best ones to their neighbours while words are left."""
    order = sorted(range(len(pieces)), key=lambda at: (pieces[at].kind == "header", -scores[at], at))
    best = order[0]
    if pieces[best].kind == "row":
        rows = [at for at in order if pieces[at].kind == "row" and scores[at] >= _FITTING_SHARE * scores[best]]
        return set(rows[:_ROWS])
    chosen = {best}
    if policy.whole_procedure:
        first, last = step_run(pieces, best)
        chosen.update(range(first, last))
        if last - first > 1 and first > 0 and pieces[first - 1].text.endswith(":"):
            chosen.add(first - 1)
    words = sum(_words(pieces[at]) for at in chosen)
    for at in order[1 : policy.seeds]:
        if at not in chosen and words + _words(pieces[at]) <= policy.words:
            chosen.add(at)
            words += _words(pieces[at])
    while True:
        beside = [
            (scores[at] * worth, at)
            for kept in chosen
            for at, worth in ((kept + 1, _FOLLOWING), (kept - 1, 1.0))
            if 0 <= at < len(pieces) and at not in chosen and words + _words(pieces[at]) <= policy.words
        ]
        if not beside:
            return chosen
        at = max(beside)[1]
        chosen.add(at)
        words += _words(pieces[at])


def _words(piece: Quotable) -> int:
    return len(piece.text.split())


def score_pieces(
    question: str, pieces: Sequence[Quotable], *, written: str = "", similarity: Similarity | None = None
) -> list[float]:
    """How well each piece answers the question, from 0 upwards."""
    texts = [f"{piece.header}\n{piece.text}" if piece.header else piece.text for piece in pieces]
    weights = rarity(texts)
    wanted, model_terms = terms(question), terms(written)
    piece_terms = [terms(text) for text in texts]
    scores = [coverage(wanted, found, weights) for found in piece_terms]
    if model_terms:
        # Which row of a table is meant is for the question to say: a value that the model took from a wrong one must
        # not lead to that row.
        words = [term for term in model_terms if not any(character.isdigit() for character in term)]
        scores = [
            score + 1.2 * coverage(words if piece.kind == "row" else model_terms, found, weights)
            for score, found, piece in zip(scores, piece_terms, pieces, strict=True)
        ]
    if similarity is not None:
        near = similarity(question, texts)
        scores = [score + max(0.0, cosine) for score, cosine in zip(scores, near, strict=True)]
    return scores


def _join(pieces: Sequence[Quotable], kept: Sequence[int]) -> str:
    lines: list[str] = []
    header_shown = ""
    for position, at in enumerate(kept):
        piece = pieces[at]
        if piece.header and piece.header != header_shown:
            lines.append(piece.header)
            header_shown = piece.header
        elif position and at != kept[position - 1] + 1 and piece.kind != "row":
            lines.append("…")
        if piece.kind == "header":
            header_shown = piece.text
        lines.append(piece.text)
    return "\n".join(lines)
