"""Evidence out: hybrid search over the index.

searcher = Searcher(store, embedder)
for passage in searcher.search("F0012", k=5).passages:
    ...
"""

from __future__ import annotations

from index.search.searcher import Searcher

__all__ = ["Searcher"]
