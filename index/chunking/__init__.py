"""Documents cut into chunks along their own structure."""

from __future__ import annotations

from index.chunking.chunker import chunk
from index.chunking.options import ChunkOptions

__all__ = ["ChunkOptions", "chunk"]
