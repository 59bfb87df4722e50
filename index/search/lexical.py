"""The word channel: BM25 over titles, headings and text.

Cost grows with how many chunks hold the words that are looked for. So words in a large share of all chunks, which
hardly change the ranking, are left out, and in a large collection the rarest words are taken first until their chunks
add up to a budget.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import apsw

from index.search.query import Term
from index.search.scope import Scope

TITLE_WEIGHT: Final = 0.5
HEADINGS_WEIGHT: Final = 1.0
BODY_WEIGHT: Final = 1.0

_K1: Final = 1.2  # FTS5's own

TOO_FREQUENT: Final = 0.4  # of all chunks: BM25 gives such a word a weight near zero
ALWAYS_CHEAP: Final = 64  # chunks; in a small collection frequency says little
BUDGET: Final = 8_000  # places in the word index that one search may visit; about 8 ms


@dataclass(frozen=True, slots=True)
class Frequencies:
    """How many chunks hold each term of a query.

    Attributes:
        chunks: How many chunks there are.
        of: By stem; 0 for one that no chunk holds.
    """

    chunks: int
    of: dict[str, int]


def frequencies(connection: apsw.Connection, terms: Sequence[Term]) -> Frequencies:
    """Look up how frequent the terms are."""
    chunks = int(connection.execute("SELECT count(*) FROM chunks_fts_docsize").get)
    found = {}
    for term in terms:
        row = connection.execute("SELECT doc FROM chunks_words WHERE term = ?", (term.stem,)).fetchone()
        found[term.stem] = int(row[0]) if row else 0
    return Frequencies(chunks, found)


def worth_looking_for(terms: Sequence[Term], known: Frequencies, budget: int = BUDGET) -> list[Term]:
    """Choose the terms to look for, rarest first; at least one, if any stands anywhere."""
    present = sorted((term for term in terms if known.of[term.stem]), key=lambda term: known.of[term.stem])
    chosen: list[Term] = []
    spent = 0
    for term in present:
        frequency = known.of[term.stem]
        too_much = spent + frequency > budget or frequency > max(TOO_FREQUENT * known.chunks, ALWAYS_CHEAP)
        if chosen and too_much:
            break
        chosen.append(term)
        spent += frequency
    return chosen


def ceiling(terms: Sequence[Term], known: Frequencies) -> float:
    """Return the BM25 that no chunk can exceed for these terms: every term, endlessly often.

    FTS5 adds up, over the terms, ``idf · tf · (k1 + 1) / (tf + …)``, which stays below ``idf · (k1 + 1)`` whatever the
    weights of the columns (https://www.sqlite.org/fts5.html#the_bm25_function).
    """
    return (_K1 + 1) * sum(_idf(known.of[term.stem], known.chunks) for term in terms)


def rarity(known: Frequencies, term: Term) -> float:
    """Return what a term weighs in BM25, always above 0."""
    return _idf(known.of[term.stem], known.chunks)


def _idf(frequency: int, chunks: int) -> float:
    return max(1e-6, math.log((chunks - frequency + 0.5) / (frequency + 0.5)))


def search(connection: apsw.Connection, terms: Sequence[Term], scope: Scope, limit: int) -> dict[int, float]:
    """Return the chunks that hold any of the terms, by id, with their BM25 (greater is better), the best ``limit``."""
    if not terms:
        return {}
    # Each term is a quoted string, and no token of the tokenizer holds a quote: nothing is left to be an operator.
    match = " OR ".join(f'"{term.word}"' for term in terms)
    condition, parameters = scope.condition("+rowid")
    rows = connection.execute(
        f"SELECT rowid, bm25(chunks_fts, {TITLE_WEIGHT}, {HEADINGS_WEIGHT}, {BODY_WEIGHT}) AS score FROM chunks_fts"  # noqa: S608
        f" WHERE chunks_fts MATCH ?{condition} ORDER BY score LIMIT ?",
        (match, *parameters, limit),
    )
    return {id_: -score for id_, score in rows}
