"""Looking words up in all documents of this device, for the wall: a question may repeat one that its evidence lacks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from copilot.privacy.values import Source
from index.documents import AccessLabel
from index.store import Store

_MOST: Final = 200
_PLAIN: Final = re.compile(r"[^\W_]+")
_HOLDING: Final = (
    "SELECT DISTINCT c.name, d.path, c.access FROM chunks_fts f JOIN chunks k ON k.id = f.rowid"
    " JOIN documents d ON d.id = k.document_id JOIN collections c ON c.id = d.collection_id"
    " WHERE chunks_fts MATCH ? LIMIT ?"
)
_COLLECTIONS: Final = "SELECT name, access FROM collections"


class IndexLibrary:
    """The index. Versions that wait or are kept are looked into as well: they are as private as the one that is seen.

    Args:
        store: The index, open for reading.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def collections(self) -> Iterable[Source]:
        """One for each collection, with no document.

        Raises:
            StoreError: The index can't be read.
        """
        with self._store.reader() as connection:
            return [_source(name, "", access) for name, access in connection.execute(_COLLECTIONS)]

    def holding(self, words: Sequence[str]) -> Iterable[Source]:
        """Where ``words`` stand in a row, by the index's own idea of a word: endings make no difference.

        Raises:
            StoreError: The index can't be read.
        """
        if not words or not all(_PLAIN.fullmatch(word) for word in words):
            return []
        phrase = f'"{" ".join(words)}"'  # letters and digits only: nothing is left to be an operator
        with self._store.reader() as connection:
            rows = connection.execute(_HOLDING, (phrase, _MOST)).fetchall()
        return [_source(*row) for row in rows]


def _source(collection: object, document: object, access: object) -> Source:
    return Source(str(collection), str(document), AccessLabel(str(access)))
