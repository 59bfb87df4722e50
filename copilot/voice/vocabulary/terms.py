"""Names in the documents that a general model of speech doesn't expect: parts, products, sites, people.

A part's name stands in headings and in the cells of tables; a site's or a maker's name is a capitalised word in the
middle of sentences. What stands in many chunks is said more often than what stands in one.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import apsw

from index.search.identifiers import is_identifier, normalise, surfaces
from index.search.stopwords import STOP_WORDS
from index.store.reading import HIDDEN

_LOOKED_AT: Final = 1500  # chunks of a large index; names that matter stand in many
_NAME: Final = re.compile(r"(?<=[a-zäöüß,;:] )[A-ZÄÖÜ][a-zäöüß]{2,}(?:-[A-Z]?[a-zäöüß]+)?")
_WORDS: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_CHUNKS: Final = (
    "SELECT s.path, k.lead || ' ' || k.body FROM chunks k JOIN sections s ON s.id = k.section_id"  # noqa: S608
    f" JOIN documents d ON d.id = k.document_id JOIN collections c ON c.id = d.collection_id"
    f" WHERE k.document_id NOT IN {HIDDEN}"
)
_THESE: Final = f"{_CHUNKS} AND k.id IN (SELECT value FROM json_each(?))"  # noqa: S608


def frequent_identifiers(connection: apsw.Connection, collections: Sequence[str], most: int) -> list[str]:
    """Return normal forms of identifiers, those that stand in the most chunks first."""
    where, bound = _scope(collections)
    rows = connection.execute(
        "SELECT i.identifier, count(*) AS times FROM identifiers i JOIN chunks k ON k.id = i.chunk_id"  # noqa: S608
        " JOIN documents d ON d.id = k.document_id JOIN collections c ON c.id = d.collection_id"
        f" WHERE k.document_id NOT IN {HIDDEN}{where} AND i.identifier GLOB '*[0-9]*' AND length(i.identifier) < 16"
        " GROUP BY i.identifier ORDER BY times DESC, i.identifier LIMIT ?",
        (*bound, most),
    )
    return [str(form) for form, _ in rows]


def names(connection: apsw.Connection, collections: Sequence[str], chunks: Sequence[int], most: int) -> list[str]:
    """Return names, the likeliest first.

    Args:
        connection: Lent by `Store.reader`.
        collections: Names of those to look at; empty: all.
        chunks: Ids of those to look at; empty: all.
        most: How many at most.
    """
    if chunks:
        rows = connection.execute(_THESE, (json.dumps(list(chunks)),))
    else:
        where, bound = _scope(collections)
        # Spread over the index: the first chunks would all be of one document.
        rows = connection.execute(
            f"{_CHUNKS}{where} ORDER BY (k.id * 2654435761) % 4294967296 LIMIT ?", (*bound, _LOOKED_AT)
        )
    counted: Counter[str] = Counter()
    for path, text in rows:
        counted.update(_names_in(json.loads(str(path)), str(text)))
    return [name for name, _ in counted.most_common(most)]


def written_identifiers(connection: apsw.Connection, chunks: Sequence[int]) -> list[str]:
    """Return the identifiers in some chunks as they are written, in the order of the chunks."""
    rows = connection.execute(_THESE, (json.dumps(list(chunks)),))
    found: dict[str, str] = {}
    for _, text in rows:
        for form, written in surfaces(str(text)).items():
            if any(c.isdigit() for c in form) and len(form) < 16 and normalise(written) == form:
                found.setdefault(form, written)
    return list(found.values())


def _names_in(headings: Iterable[str], text: str) -> set[str]:
    found = {name for name in _NAME.findall(text) if name.casefold() not in STOP_WORDS}
    for heading in headings:
        words = [word for word in _WORDS.findall(heading) if not is_identifier(word)]
        # A short heading is the name of a part or of a task: its words are said, in that order.
        if 1 <= len(words) <= 4 and any(word.casefold() not in STOP_WORDS for word in words):
            found.add(" ".join(words).casefold() if not any(word.isupper() for word in words) else " ".join(words))
    return found


def _scope(collections: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    if not collections:
        return "", ()
    return " AND c.name IN (SELECT value FROM json_each(?))", (json.dumps(list(collections)),)
