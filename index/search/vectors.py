"""The meaning channel: nearest vectors, found by their signs, ranked by their int8 form and their best window.

Three passes, each over fewer chunks and nearer to the truth. Signs of question and chunk are compared by the number of
bits that differ; of the few thousand nearest the chunk's signs are weighed by the question's own components; the few
hundred nearest of those are compared by their int8 vectors, as a whole and window by window.

The signs (48 bytes a chunk) are stored by `sqlite-vec` and scanned by numpy in a copy in memory. sqlite-vec's own
search keeps its nearest in order as it goes: the 1,000 nearest of 100,000 took it 180 ms; reading the copy takes 10,
scanning it 2.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, cast

import apsw
import numpy as np
import numpy.typing as npt

from index.embedding.base import Vectors
from index.embedding.quantize import best_dots, dots, to_bits
from index.search.scope import HIDDEN_CHUNKS, Scope, any_hidden

FIRST: Final = 2_000  # nearest by the number of differing bits…
NEAREST: Final = 400  # …and of those by weighed bits; docs/decisions has the recall at these numbers

Ids = npt.NDArray[np.int64]
Bits = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Likeness:
    """How near a chunk is to the question: cosines from -1 to 1.

    Attributes:
        whole: Of the chunk with its title and headings.
        window: Of its best window of sentences; the same as ``whole`` where it has none.
    """

    whole: float
    window: float

    @property
    def best(self) -> float:
        """The greater of both."""
        return max(self.whole, self.window)


@dataclass(frozen=True, slots=True)
class BitMatrix:
    """The sign bits of chunks in memory.

    Attributes:
        version: `Store.data_version` at which it was read.
        ids: Chunk ids, shape (n,), ascending.
        columns: Their bits, shape (dimensions / 64, n), as uint64 (or uint8 where 64 doesn't divide the dimensions): of
            all chunks the first word, then of all the second, so that each is scanned in one run.
    """

    version: int
    ids: Ids
    columns: npt.NDArray[np.unsignedinteger]

    @classmethod
    def read(cls, connection: apsw.Connection, version: int, *, hidden: bool = False) -> BitMatrix:
        """Read the signs of all chunks that are seen: about 10 ms per 100,000.

        Args:
            connection: Lent by `Store.reader`.
            version: The index's generation as ``connection`` sees it.
            hidden: Read those of documents that aren't seen, too.
        """
        rows = _blocks(connection)
        if rows is None:
            rows = _rows(connection)
        ids, bits = rows
        if not hidden and any_hidden(connection):
            left_out = connection.execute(f"SELECT id FROM {HIDDEN_CHUNKS}").fetchall()  # noqa: S608
            seen = ~np.isin(ids, np.array([row[0] for row in left_out], dtype=np.int64))
            ids, bits = ids[seen], bits[seen]
        order = np.argsort(ids, kind="stable")
        return cls(version, ids[order], np.ascontiguousarray(_as_words(np.ascontiguousarray(bits[order])).T))

    def nearest(self, bits: Bits, limit: int, allowed: Ids | None) -> tuple[Ids, Bits]:
        """Return ids and bits of the ``limit`` chunks with the fewest differing bits, in no order."""
        places = np.arange(len(self.ids)) if allowed is None else np.flatnonzero(np.isin(self.ids, allowed))
        if len(places) > limit:
            words = _as_words(bits[None, :])[0]
            columns = self.columns if allowed is None else self.columns[:, places]
            distances = np.bitwise_count(columns[0] ^ words[0]).astype(np.uint16)
            for column, word in zip(columns[1:], words[1:], strict=True):
                distances += np.bitwise_count(column ^ word)
            places = places[np.argpartition(distances, limit)[:limit]]
        found = np.ascontiguousarray(self.columns[:, places].T).view(np.uint8)
        return self.ids[places], found


class VectorChannel:
    """Finds chunks by meaning. Safe to use from several threads.

    Args:
        hidden: Also chunks of documents that aren't seen.
    """

    def __init__(self, *, hidden: bool = False) -> None:
        self._hidden = hidden
        self._lock = threading.Lock()
        self._matrix: BitMatrix | None = None

    def nearest(
        self, connection: apsw.Connection, version: int, query: Vectors, scope: Scope, limit: int = NEAREST
    ) -> Ids:
        """Return the ids of the chunks whose signs are nearest to the query, in no order.

        Args:
            connection: Lent by `Store.reader`.
            version: The index's generation as ``connection`` sees it.
            query: Unit vector, shape (dimensions,).
            scope: Where to look.
            limit: How many.
        """
        matrix = self.ready(connection, version)
        ids, signs = matrix.nearest(to_bits(query[None, :])[0], FIRST, scope.chunk_ids(connection))
        if len(ids) <= limit:
            return ids
        return ids[np.argpartition(-_weighed(signs, query), limit)[:limit]]

    def ready(self, connection: apsw.Connection, version: int) -> BitMatrix:
        """Return the signs of all chunks, read anew where the index has changed."""
        with self._lock:
            if self._matrix is None or self._matrix.version != version:
                self._matrix = BitMatrix.read(connection, version, hidden=self._hidden)
            return self._matrix


def likeness(connection: apsw.Connection, query: Vectors, chunk_ids: Iterable[int]) -> dict[int, Likeness]:
    """Compare the query with chunks, as a whole and window by window; those without a vector are left out."""
    found = connection.execute(
        "SELECT chunk_id, whole, windows FROM chunk_vectors WHERE chunk_id IN (SELECT value FROM json_each(?))",
        (json.dumps([int(id_) for id_ in chunk_ids]),),
    ).fetchall()
    rows = cast("list[tuple[int, bytes, bytes]]", found)
    if not rows:
        return {}
    whole = dots(b"".join(row[1] for row in rows), query)
    window = best_dots([row[2] for row in rows], query)
    return {
        row[0]: Likeness(near, best if row[2] else near)
        for row, near, best in zip(rows, whole.tolist(), window.tolist(), strict=True)
    }


def _weighed(signs: Bits, query: Vectors) -> Vectors:
    """Sum, for each chunk, the query's components where the chunk's are positive; that of the others follows from it.

    Eight components lie in a byte, so the sums of all 256 bytes are looked up rather than added.
    """
    patterns = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little")
    sums = query.reshape(-1, 8) @ patterns.T.astype(np.float32)  # (bytes, 256)
    weighed: Vectors = sums[np.arange(len(sums)), signs].sum(axis=1)
    return weighed


def _blocks(connection: apsw.Connection) -> tuple[Ids, Bits] | None:
    """Read ids and signs as sqlite-vec stores them, block by block; None where that is not as expected.

    A block of the table ``chunk_bits_chunks`` has the ids of its rows and one bit for each that is in use; the row of
    the same number in ``chunk_bits_vector_chunks00`` has their vectors
    (https://github.com/asg017/sqlite-vec/blob/v0.1.9/ARCHITECTURE.md).
    """
    try:
        blocks = connection.execute(
            "SELECT c.size, c.validity, c.rowids, v.vectors FROM chunk_bits_chunks c"
            " JOIN chunk_bits_vector_chunks00 v ON v.rowid = c.chunk_id"
        ).fetchall()
        stored = int(connection.execute("SELECT count(*) FROM chunk_bits_rowids").get)
    except apsw.SQLError:
        return None
    ids, bits = [], []
    for size, validity, rowids, vectors in cast("list[tuple[int, bytes, bytes, bytes]]", blocks):
        if len(rowids) != 8 * size or len(vectors) % size or len(validity) * 8 < size:
            return None
        used = np.unpackbits(np.frombuffer(validity, dtype=np.uint8), bitorder="little")[:size].astype(bool)
        ids.append(np.frombuffer(rowids, dtype="<i8")[used].astype(np.int64))
        bits.append(np.frombuffer(vectors, dtype=np.uint8).reshape(size, -1)[used])
    if not ids or sum(map(len, ids)) != stored:
        return None
    return np.concatenate(ids), np.concatenate(bits)


def _rows(connection: apsw.Connection) -> tuple[Ids, Bits]:
    """Read ids and signs one by one, as sqlite-vec gives them out: about 0.3 s per 100,000."""
    rows = cast("list[tuple[int, bytes]]", connection.execute("SELECT chunk_id, embedding FROM chunk_bits").fetchall())
    ids = np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows))
    bits = np.frombuffer(b"".join(row[1] for row in rows), dtype=np.uint8)
    return ids, bits.reshape(len(rows), -1) if rows else np.empty((0, 8), np.uint8)


def _as_words(rows: Bits) -> npt.NDArray[np.unsignedinteger]:
    return rows.view(np.uint64) if rows.shape[1] % 8 == 0 else rows
