"""A real embedder without a model: signed feature hashing of words and their neighbours."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from index.embedding.base import Vectors


class HashingEmbedder:
    """Texts that share words are near one another (Weinberger et al., 2009, "Feature Hashing")."""

    def __init__(self, name: str = "hashing", dimensions: int = 384) -> None:
        self.name = name
        self.dimensions = dimensions
        self.embedded = 0

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.embedded += len(texts)
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            words = re.findall(r"\w+", text.casefold())
            for feature in [*words, *(f"{a} {b}" for a, b in pairwise(words)), "bias"]:
                code = zlib.crc32(feature.encode())
                vectors[row, code % self.dimensions] += 1.0 if code & 0x8000_0000 else -1.0
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)

    def embed_query(self, text: str) -> Vectors:
        return self.embed([text])[0]
