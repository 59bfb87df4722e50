"""Vectors made small: int8 for rescoring, sign bits for the first pass.

The components of a unit vector lie between -1 and 1, so ``round(127·x)`` keeps two decimals of each at a quarter of the
size; over 384 dimensions the error of a dot product stays below 0.01. Bits are laid out as sqlite-vec's bit vectors:
component *i* is bit ``i % 8`` (lowest first) of byte ``i // 8``, set where it is positive (``vec_quantize_binary``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from index.embedding.base import Vectors

SCALE: Final = 127.0


def to_int8(vectors: Vectors) -> bytes:
    """Quantize unit vectors of shape (n, dimensions) or (dimensions,): n · dimensions bytes, row after row."""
    small: npt.NDArray[np.int8] = np.rint(np.clip(vectors, -1.0, 1.0) * SCALE).astype(np.int8)
    return small.tobytes()


def from_int8(blob: bytes, dimensions: int) -> Vectors:
    """Undo `to_int8` but for the rounding.

    Returns:
        float32 of shape (n, dimensions).

    Raises:
        ValueError: ``blob`` is no whole number of vectors.
    """
    return np.frombuffer(blob, dtype=np.int8).reshape(-1, dimensions).astype(np.float32) / np.float32(SCALE)


def dots(blob: bytes, query: Vectors) -> Vectors:
    """Dot product of a float query, shape (dimensions,), with every vector of an int8 blob; shape (n,)."""
    stored = np.frombuffer(blob, dtype=np.int8).reshape(-1, query.shape[0])
    products: Vectors = stored.astype(np.float32) @ (query / np.float32(SCALE))
    return products


def best_dots(blobs: Sequence[bytes], query: Vectors) -> Vectors:
    """For each blob the greatest of its `dots`, in one pass over all; -1 for an empty blob.

    Returns:
        float32 of shape (len(blobs),).
    """
    counts = np.array([len(blob) // query.shape[0] for blob in blobs], dtype=np.intp)
    best = np.full(len(blobs), -1.0, dtype=np.float32)
    filled = np.flatnonzero(counts)
    if filled.size:
        starts = np.cumsum(counts) - counts
        best[filled] = np.maximum.reduceat(dots(b"".join(blobs), query), starts[filled])
    return best


def to_bits(vectors: Vectors) -> npt.NDArray[np.uint8]:
    """Sign bits of vectors of shape (n, dimensions), packed for sqlite-vec; ``.tobytes()`` of a row is what it stores.

    Returns:
        uint8 of shape (n, dimensions / 8).

    Raises:
        ValueError: ``dimensions`` is no multiple of 8.
    """
    if vectors.shape[-1] % 8:
        raise ValueError(f"{vectors.shape[-1]} dimensions are no multiple of 8")
    return np.packbits(vectors > 0, axis=-1, bitorder="little")
