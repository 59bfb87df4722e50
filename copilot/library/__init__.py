"""What the copilot knows: putting documents in, looking at them, taking them out."""

from __future__ import annotations

from copilot.library.indexing import Indexing, load_limits
from copilot.library.shelf import DocumentContent, Shelf

__all__ = ["DocumentContent", "Indexing", "Shelf", "load_limits"]
