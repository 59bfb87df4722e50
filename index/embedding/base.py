"""The seam between text and vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


class Embedder(Protocol):
    """Turns texts into unit vectors whose dot product is their similarity."""

    @property
    def name(self) -> str:
        """Identifies model and pooling: vectors of embedders with different names must never be compared."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Embed passages.

        Returns:
            float32 of shape (len(texts), dimensions), each row of length 1.
        """
        ...

    def embed_query(self, text: str) -> Vectors:
        """Embed one query; shape (dimensions,). Differs from `embed` for models with a query prefix."""
        ...
