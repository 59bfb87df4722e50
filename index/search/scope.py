"""What a search may look at, as SQL and as sets."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import apsw

from index.errors import UsageError
from index.passages import SearchFilter
from index.store.reading import HIDDEN, KNOWN, find_documents

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


HIDDEN_CHUNKS: Final = f"(SELECT id FROM chunks WHERE document_id IN {HIDDEN})"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Scope:
    """The documents that a search may look at; ``None`` means all that are seen.

    Attributes:
        documents: Their ids.
        hidden: Whether there are documents that aren't seen.
    """

    documents: frozenset[int] | None = None
    hidden: bool = False

    def condition(self, column: str, *, few: bool = False) -> tuple[str, tuple[str, ...]]:
        """Return SQL that keeps chunks of these documents, and its parameters; empty where all may be looked at.

        Args:
            column: The column with the chunk's id. A unary plus before it ("+rowid") keeps SQLite from visiting the
                chunks one by one instead of using the index at hand.
            few: Whether it is asked of few chunks, so that a list of all hidden ones costs more than it saves.
        """
        if self.documents is None and self.hidden:
            return f" AND {is_seen(column) if few else f'{column} NOT IN {HIDDEN_CHUNKS}'}", ()
        if self.documents is None:
            return "", ()
        return (
            f" AND {column} IN (SELECT id FROM chunks WHERE document_id IN (SELECT value FROM json_each(?)))",  # noqa: S608
            (json.dumps(sorted(self.documents)),),
        )

    def chunk_ids(self, connection: apsw.Connection) -> npt.NDArray[np.int64] | None:
        """Return the ids of all chunks in it, ascending; None where all that are seen may be looked at."""
        import numpy as np

        if self.documents is None:
            return None
        rows = connection.execute(
            "SELECT id FROM chunks WHERE document_id IN (SELECT value FROM json_each(?)) ORDER BY id",
            (json.dumps(sorted(self.documents)),),
        )
        return np.fromiter((row[0] for row in rows), dtype=np.int64)


def scope_of(connection: apsw.Connection, wanted: SearchFilter) -> Scope:
    """Return the documents that ``wanted`` lets through.

    Args:
        connection: Lent by `Store.reader`.
        wanted: Collections by name; documents by path or the end of one; languages as two-letter codes.

    Raises:
        UsageError: A collection or document isn't in the index.
    """
    if not (wanted.collections or wanted.documents or wanted.languages):
        return Scope(hidden=any_hidden(connection))
    rows = list(
        connection.execute(
            "SELECT d.id, c.name, d.language FROM documents d JOIN collections c ON c.id = d.collection_id"
            " WHERE NOT d.hidden"
        )
    )
    _check_collections(connection, wanted.collections)
    kept = {
        id_
        for id_, collection, language in rows
        if (not wanted.collections or collection in wanted.collections)
        and (not wanted.languages or language in {code.lower() for code in wanted.languages})
    }
    if wanted.documents:
        kept &= {id_ for given in wanted.documents for id_ in _ids_of(connection, given)}
    return Scope(frozenset(kept))


def is_seen(column: str) -> str:
    """Return SQL that says whether the chunk whose id is in ``column`` is seen, by looking it up."""
    return f"(SELECT document_id FROM chunks WHERE id = {column}) NOT IN {HIDDEN}"  # noqa: S608


def any_hidden(connection: apsw.Connection) -> bool:
    """Tell whether there are documents that aren't seen."""
    return bool(connection.execute(f"SELECT EXISTS {HIDDEN}").get)


def _check_collections(connection: apsw.Connection, names: tuple[str, ...]) -> None:
    known = {row[0] for row in connection.execute(f"SELECT name FROM collections c WHERE {KNOWN}")}  # noqa: S608
    for name in names:
        if name not in known:
            raise UsageError(f"There is no collection “{name}”.", "See which there are with: edge-copilot collections")


def _ids_of(connection: apsw.Connection, given: str) -> list[int]:
    found = find_documents(connection, given)
    if not found:
        raise UsageError(f"There is no document “{given}”.", "See which there are with: edge-copilot documents list")
    return [document.id for document in found]
