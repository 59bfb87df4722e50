"""The identifier channel: chunks that hold an identifier of the question letter for letter, or nearly.

Digits carry the meaning of a code, and so do its letters where they are few: neither `P1112` nor `U1121` is a misspelt
`P1121`. So a near match differs only by letters mistaken for digits, by leading zeros, or where the document has a
placeholder ("axis.N.jog-counts"); a long name may also have a slip in its letters ("upsdvrctl"). What merely looks
alike is named to the person, never ranked up.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import apsw

from index.search.identifiers import Candidate, squeeze, surfaces
from index.search.query import Query
from index.search.scope import Scope, is_seen
from index.search.stopwords import STOP_WORDS
from index.store.reading import HIDDEN

PER_IDENTIFIER: Final = 400  # chunks looked at for one; one that stands in more tells little
_NEAR_WORTH: Final = 0.7  # of an exact match
_TOO_SHORT: Final = 2  # characters: everything is near it
_WORDY: Final = 5  # letters from which a name is read as a word, and a slip in it is seen as one
_NAMED: Final = 3  # look-alikes told to the person

_WRITTEN: Final = (
    "SELECT k.lead || char(10) || k.body, s.path FROM identifiers i JOIN chunks k ON k.id = i.chunk_id"  # noqa: S608
    f" JOIN sections s ON s.id = k.section_id WHERE i.identifier = ? AND k.document_id NOT IN {HIDDEN} LIMIT 1"
)
_LOOKS_LIKE: Final = str.maketrans({"o": "0", "i": "1", "l": "1"})
_DIGITS: Final = re.compile(r"\d+")
_PLACEHOLDER: Final = re.compile(r"(?:[a-z]|nn?|mm?|xx?)")


@dataclass(frozen=True, slots=True)
class Match:
    """One identifier of the question as the index knows it.

    Attributes:
        candidate: As it stands in the question.
        forms: Normal forms in the index; more than one for a near match.
        near: Whether it is not letter for letter.
        chunks: Chunks that hold it.
        rarity: From 0 (in every chunk) to 1 (in one).
    """

    candidate: Candidate
    forms: tuple[str, ...]
    near: bool
    chunks: frozenset[int]
    rarity: float


@dataclass(frozen=True, slots=True)
class Found:
    """What the identifier channel found.

    Attributes:
        scores: By chunk id: share of the question's identifiers in it, weighted by rarity, from 0 to 1.
        exact: Chunks with at least one letter for letter.
        matches: What was recognised.
        share: How much of the question is recognised identifiers, from 0 to 1.
        notices: Sentences for the person.
    """

    scores: dict[int, float] = field(default_factory=dict)
    exact: frozenset[int] = frozenset()
    matches: tuple[Match, ...] = ()
    share: float = 0.0
    notices: tuple[str, ...] = ()


def search(connection: apsw.Connection, query: Query, scope: Scope, chunks: int) -> Found:
    """Look up the identifiers of a question.

    Args:
        connection: Lent by `Store.reader`.
        query: The question.
        scope: Where to look.
        chunks: How many chunks the index holds.
    """
    matches: list[Match] = []
    missing: list[Candidate] = []
    for candidate in query.identifiers:
        if not candidate.certain and any(word.lower() in STOP_WORDS for word in candidate.text.split()):
            continue
        holders = _holders(connection, candidate.forms, scope)
        if holders:
            matches.append(_match(candidate, candidate.forms, holders, chunks, near=False))
        elif candidate.certain:
            missing.append(candidate)
    notices: list[str] = []
    for candidate in missing:
        if any(squeeze(candidate.text) in squeeze(match.candidate.text) for match in matches):
            continue  # part of a longer one that was found
        near, look_alikes = _near(connection, candidate, hidden=scope.hidden)
        holders = _holders(connection, near, scope) if near else frozenset()
        shown = _as_written(connection, near or look_alikes)
        if holders:
            matches.append(_match(candidate, near, holders, chunks, near=True))
            notices.append(f"“{candidate.text}” is not in the documents; searched for {_listed(shown, 'and')} instead.")
        elif look_alikes:
            notices.append(
                f"“{candidate.text}” is not in the documents. Similar, but not the same: {_listed(shown, 'or')}."
            )
        elif any(c.isdigit() for c in candidate.text):
            notices.append(f"“{candidate.text}” is not in the documents.")
    return _summed(matches, query, tuple(notices))


def _summed(matches: Sequence[Match], query: Query, notices: tuple[str, ...]) -> Found:
    if not matches:
        return Found(notices=notices)
    # Of overlapping readings ("hm2", "hm2 7i76e 0") all count, each by its rarity.
    total = sum(match.rarity for match in matches)
    scores: dict[int, float] = {}
    for match in matches:
        worth = match.rarity / total * (_NEAR_WORTH if match.near else 1.0)
        for id_ in match.chunks:
            scores[id_] = min(1.0, scores.get(id_, 0.0) + worth)
    exact = frozenset(id_ for match in matches if not match.near for id_ in match.chunks)
    return Found(scores, exact, tuple(matches), _share(matches, query), notices)


def _share(matches: Sequence[Match], query: Query) -> float:
    """How many of the question's words lie within recognised identifiers, each weighted by the rarest around it."""
    words = [term.word for term in query.terms]
    if not words:
        return 1.0
    covered = {
        word for match in matches for word in words if word in re.findall(r"[^\W_]+", match.candidate.text.lower())
    }
    return len(covered) / len(words) * max(match.rarity for match in matches)


def _match(candidate: Candidate, forms: tuple[str, ...], holders: frozenset[int], chunks: int, *, near: bool) -> Match:
    rarity = 1.0 - math.log(max(1, len(holders))) / math.log(max(chunks, 2) + 1)
    return Match(candidate, forms, near, holders, rarity)


def _holders(connection: apsw.Connection, forms: Sequence[str], scope: Scope) -> frozenset[int]:
    condition, parameters = scope.condition("+chunk_id", few=True)
    rows = connection.execute(
        "SELECT DISTINCT chunk_id FROM identifiers WHERE identifier IN (SELECT value FROM json_each(?))"  # noqa: S608
        f"{condition} LIMIT {PER_IDENTIFIER}",
        (json.dumps(list(forms)), *parameters),
    )
    return frozenset(row[0] for row in rows)


def _near(
    connection: apsw.Connection, candidate: Candidate, *, hidden: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the stored forms that mean the same as a candidate, or else those that only look like it.

    Args:
        connection: Lent by `Store.reader`.
        candidate: What stands nowhere as it is.
        hidden: Leave out what stands in hidden documents alone.
    """
    from rapidfuzz.distance import OSA

    form = candidate.forms[0]
    if len(form) <= _TOO_SHORT:
        return (), ()
    reach = 1 if len(form) <= 6 else 2
    same: list[tuple[int, str]] = []
    alike: list[tuple[int, str]] = []
    rows = connection.execute(
        "SELECT DISTINCT identifier FROM identifiers WHERE length(identifier) BETWEEN ? AND ?",
        (len(form) - 4, len(form) + 4),
    )
    for (stored,) in rows:
        if means_the_same(form, stored):
            same.append((OSA.distance(form, stored), stored))
            continue
        distance = OSA.distance(form, stored, score_cutoff=reach)
        if distance <= reach:
            slip = _letters(form) >= _WORDY and _digits(form) == _digits(stored)
            (same if slip else alike).append((distance, stored))
    if hidden:
        same = [one for one in same if _is_seen(connection, one[1])]
        alike = [one for one in alike if _is_seen(connection, one[1])]
    nearest = min(same)[0] if same else 0
    return (
        tuple(stored for distance, stored in sorted(same) if distance == nearest),
        tuple(stored for _, stored in sorted(alike)[:_NAMED]),
    )


def _is_seen(connection: apsw.Connection, form: str) -> bool:
    query = f"SELECT EXISTS (SELECT 1 FROM identifiers WHERE identifier = ? AND {is_seen('chunk_id')})"  # noqa: S608
    return bool(connection.execute(query, (form,)).get)


def means_the_same(form: str, stored: str) -> bool:
    """Tell whether two normal forms differ only in what people mix up or documents leave open.

    Letters for digits (O and 0, I and 1), leading zeros, and a placeholder in the document where the question has a
    number or a letter ("axis.0.jogcounts", "axis.n.jogcounts").
    """
    if _folded(form) == _folded(stored):
        return True
    asked, known = form.split("."), stored.split(".")
    if len(asked) < 2 or len(asked) != len(known):
        return False
    differing = [(a, k) for a, k in zip(asked, known, strict=True) if a != k]
    return all(_PLACEHOLDER.fullmatch(k) and (a.isdigit() or len(a) == 1) for a, k in differing)


def _folded(form: str) -> str:
    return _DIGITS.sub(lambda digits: digits[0].lstrip("0") or "0", form.translate(_LOOKS_LIKE))


def _digits(form: str) -> str:
    return "".join(c for c in form if c.isdigit())


def _letters(form: str) -> int:
    return sum(c.isalpha() for c in form)


def _as_written(connection: apsw.Connection, forms: Sequence[str]) -> list[str]:
    """Return stored identifiers as a document writes them."""
    written = []
    for form in forms[:_NAMED]:
        row = connection.execute(_WRITTEN, (form,)).fetchone()
        names = {**surfaces(str(row[1])), **surfaces(str(row[0]))} if row else {}
        written.append(names.get(form, form))
    return list(dict.fromkeys(written))


def _listed(names: Sequence[str], joint: str) -> str:
    quoted = [f"“{name}”" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} {joint} {quoted[-1]}"
