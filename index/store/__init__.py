"""The index on disk: documents, their chunks, the words and vectors that find them."""

from __future__ import annotations

from index.store.store import Store, generation

__all__ = ["Store", "generation"]
