"""Typing errors: words that stand nowhere in the index, corrected by the words that do.

A question is mostly not in the manual's words, so a word that the index doesn't know is more often a word of its own
than a misspelling. Only what looks like a slip of the fingers or a usual misspelling is corrected, and never a word
that the embedding model knows as a whole. "batt" is taken for the word that it begins.

The word index keeps stems ("calibr"), so a typed word is compared both by its own stem ("temprature" → "tempratur", one
letter from "temperatur") and by its beginning ("calibraton" begins with "calibr"). What is searched for, and shown to
the person, is a whole word as some document writes it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol, cast, runtime_checkable

import apsw

from index.search.query import Query, Term, words_of

SHORTEST: Final = 5  # letters; too many shorter words are one letter apart
SHORTEST_BEGINNING: Final = 4
MOST: Final = 8  # words corrected in one question
_LONG: Final = 8  # letters from which two errors are forgiven
_HALF: Final = 4  # letters that each half of a word typed without its blank must have
_ENOUGH: Final = 2  # chunks that must hold a word before a beginning or a half is taken for it

_ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_VOWELS: Final = frozenset("aeiouy")


@runtime_checkable
class Vocabulary(Protocol):
    """Whatever knows words as words: an embedder's tokenizer."""

    def knows_word(self, word: str) -> bool:
        """Tell whether this is a word, in lower case."""
        ...


@dataclass(frozen=True, slots=True)
class Correction:
    """A word taken for another.

    Attributes:
        typed: As it was typed.
        taken_for: One or two words of the index, with a blank between.
    """

    typed: str
    taken_for: str


def correct(
    connection: apsw.Connection, query: Query, unknown: Sequence[Term], vocabulary: Vocabulary | None = None
) -> tuple[Query, tuple[Correction, ...]]:
    """Replace words that no chunk holds by the likeliest that some do.

    Args:
        connection: Lent by `Store.reader`.
        query: The question.
        unknown: Its terms that no chunk holds.
        vocabulary: Words that it knows are left as they are.

    Returns:
        The question with the words replaced in text and terms, and what was replaced. Words with a digit, words within
        identifiers, short words and words with no likeness to any known one stay.
    """
    within_identifiers = {
        word.word
        for candidate in query.identifiers
        if candidate.certain
        for word in words_of(connection, candidate.text)
    }
    corrections: list[Correction] = []
    for term in unknown:
        if len(corrections) == MOST:
            break
        if len(term.word) < SHORTEST_BEGINNING or not term.word.isalpha() or term.word in within_identifiers:
            continue
        if vocabulary is not None and vocabulary.knows_word(term.word):
            continue
        if word := _likeliest(connection, term):
            corrections.append(Correction(term.word, word))
    if not corrections:
        return query, ()
    by_word = {correction.typed: correction.taken_for for correction in corrections}
    text = _replaced(connection, query.text, by_word)
    terms: dict[str, Term] = {}
    for asked in query.terms:
        for new in words_of(connection, by_word.get(asked.word, asked.word)):
            terms.setdefault(new.stem, new)
    return replace(query, text=text, terms=tuple(terms.values())), tuple(corrections)


def _likeliest(connection: apsw.Connection, term: Term) -> str | None:
    stems = _stems_like(connection, term.word)
    if len(term.word) >= SHORTEST:
        for stem in _nearest_stems(term, stems):
            written = [word for word in _as_written(connection, stem) if is_slip(term.word, word)]
            if written:
                return min(written, key=lambda word: (_cost(term.word, word), word))
    beginnings = [(frequency, stem) for stem, frequency in stems if _begins(term.word, stem) and frequency >= _ENOUGH]
    for _, stem in sorted(beginnings, reverse=True)[:1]:
        written = [word for word in _as_written(connection, stem) if word.startswith(term.word)]
        if written:
            return min(written, key=lambda word: (len(word), word))
    return _two_words(connection, term.word)


def is_slip(typed: str, word: str) -> bool:
    """Tell whether ``typed`` looks like a slip or a usual misspelling of ``word``."""
    from rapidfuzz.distance import OSA

    reach = 2 if len(typed) >= _LONG else 1
    return OSA.distance(typed, word, score_cutoff=reach) <= reach and _cost(typed, word) <= reach


def _cost(typed: str, word: str) -> float:
    """Errors between two words; a letter for one far off on the keyboard counts more than double.

    Two vowels are taken for one another in spelling, not in typing, and in longer words only: "seperate".
    """
    from rapidfuzz.distance import OSA

    if len(typed) != len(word):
        return float(OSA.distance(typed, word))
    wrong = [(a, b) for a, b in zip(typed, word, strict=True) if a != b]
    if len(wrong) == 2 and wrong[0] == wrong[1][::-1]:
        return 0.9
    spelled = len(typed) >= _LONG - 1
    return sum(1.0 if _neighbours(a, b) or (spelled and {a, b} <= _VOWELS) else 2.5 for a, b in wrong)


def _neighbours(a: str, b: str) -> bool:
    """Tell whether two letters lie side by side, or one above the other, on a usual keyboard."""
    places = {letter: (row, column) for row, letters in enumerate(_ROWS) for column, letter in enumerate(letters)}
    if a not in places or b not in places:
        return False
    (row_a, column_a), (row_b, column_b) = places[a], places[b]
    return abs(row_a - row_b) <= 1 and abs(column_a - column_b) <= 1


def _begins(typed: str, stem: str) -> bool:
    return len(typed) < len(stem) and stem.startswith(typed)


def _stems_like(connection: apsw.Connection, word: str) -> list[tuple[str, int]]:
    """Stems with their frequencies that begin like the word, or like the word without its first letter."""
    found: list[tuple[str, int]] = []
    for letter in dict.fromkeys(word[:2]):
        rows = connection.execute(
            "SELECT term, doc FROM chunks_words WHERE term >= ? AND term < ?", (letter, letter + "\U0010ffff")
        )
        found += cast("list[tuple[str, int]]", rows.fetchall())
    return found


def _nearest_stems(term: Term, stems: Iterable[tuple[str, int]]) -> list[str]:
    """Order the stems within reach, the likeliest first: fewest errors, then the most frequent."""
    from rapidfuzz.distance import OSA

    reach = 2 if len(term.word) >= _LONG else 1
    ranked: list[tuple[float, int, str]] = []
    for stem, frequency in stems:
        if min(abs(len(stem) - len(term.stem)), abs(len(stem) - len(term.word))) <= reach:
            distance: float = min(OSA.distance(typed, stem, score_cutoff=reach) for typed in {term.stem, term.word})
        elif 4 < len(stem) < len(term.word) <= len(stem) + 5 and term.word.startswith(stem):
            distance = 1.5  # the error is in the ending
        else:
            continue
        if distance <= reach and stem.isalpha():
            cost = distance + (0.5 if stem[0] != term.word[0] else 0.0)  # the first letter is seldom wrong
            ranked.append((cost - 0.1 * math.log(frequency), -len(stem), stem))
    return [stem for _, _, stem in sorted(ranked)[:5]]


def _as_written(connection: apsw.Connection, stem: str) -> set[str]:
    """Return the words of this stem in some chunks that hold it."""
    rows = connection.execute(
        "SELECT d.title || char(10) || s.path || char(10) || k.lead || char(10) || k.body"
        " FROM (SELECT DISTINCT doc FROM (SELECT doc FROM chunks_places WHERE term = ? LIMIT 24) LIMIT 6) p"
        " JOIN chunks k ON k.id = p.doc JOIN sections s ON s.id = k.section_id"
        " JOIN documents d ON d.id = k.document_id",
        (stem,),
    )
    return {word.word for (text,) in rows for word in words_of(connection, str(text)) if word.stem == stem}


def _two_words(connection: apsw.Connection, word: str) -> str | None:
    """Split a word that was typed without its blank, if both halves are known."""
    best: tuple[int, str] | None = None
    for at in range(_HALF, len(word) - _HALF + 1):
        halves = words_of(connection, f"{word[:at]} {word[at:]}")
        known = [
            connection.execute("SELECT doc FROM chunks_words WHERE term = ?", (half.stem,)).get or 0 for half in halves
        ]
        if len(known) == 2 and min(known) >= _ENOUGH and (best is None or min(known) > best[0]):
            best = (min(known), f"{word[:at]} {word[at:]}")
    return best[1] if best else None


def _replaced(connection: apsw.Connection, text: str, by_word: dict[str, str]) -> str:
    pattern = "|".join(re.escape(word) for word in sorted(by_word, key=len, reverse=True))
    return re.sub(
        rf"(?<!\w)(?:{pattern})(?!\w)", lambda match: by_word.get(match[0].lower(), match[0]), text, flags=re.IGNORECASE
    )
