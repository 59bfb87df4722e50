"""Embeddings by sentence-transformers: the reference, and the faster one where a GPU is at hand (extra ``reference``).

Its vectors and those of `OnnxEmbedder` over the same model are interchangeable: a test holds their cosine at 0.99.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from index.embedding.base import Vectors
from index.embedding.recipe import MINILM, Recipe
from index.errors import ModelCorrupt, ModelError, ModelMissing, UsageError

_BATCH: Final = {"cpu": 16}  # other devices take 256


class SentenceTransformerEmbedder:
    """A sentence-transformers model from a local folder, never from the network.

    Args:
        model_dir: The folder with ``modules.json``, weights and tokenizer.
        recipe: How the model wants its texts.
        device: ``cpu``, ``cuda``, ``mps``…; None takes the best there is.

    Raises:
        UsageError: The extra ``reference`` isn't installed.
        ModelMissing: The folder isn't there or holds no model.
        ModelCorrupt: It can't be loaded.
    """

    def __init__(self, model_dir: Path, *, recipe: Recipe = MINILM, device: str | None = None) -> None:
        if not (model_dir / "modules.json").is_file():
            raise ModelMissing(
                f"There is no sentence-transformers model in {model_dir}.",
                "Fetch the models with `edge-copilot models pull`.",
            )
        # Read at import: without them a look for updates is tried on the network.
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise UsageError(
                "The reference embedder needs the package sentence-transformers.",
                "Install it with `pip install edge-copilot[reference]`.",
            ) from error
        try:
            self._model = SentenceTransformer(str(model_dir), device=device, local_files_only=True)
        except Exception as error:
            raise ModelCorrupt(
                f"The model in {model_dir} can't be loaded: {error}", "Fetch it again with `edge-copilot models pull`."
            ) from error
        self._model.max_seq_length = recipe.max_tokens
        self._recipe = recipe
        self._dimensions = int(self._model.get_embedding_dimension() or 0)
        self.device = str(self._model.device)

    @property
    def name(self) -> str:
        """The recipe's name: model and pooling."""
        return self._recipe.name

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self._dimensions

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Embed passages; see `index.embedding.base.Embedder`.

        Raises:
            ModelError: The network failed, for instance for want of memory.
        """
        return self._embed([self._recipe.passage_prefix + text for text in texts])

    def embed_query(self, text: str) -> Vectors:
        """Embed one query; shape (dimensions,)."""
        vector: Vectors = self._embed([self._recipe.query_prefix + text])[0]
        return vector

    def count_tokens(self, texts: Sequence[str]) -> int:
        """Tokens that embedding ``texts`` as passages reads, special ones included, what is cut off left out."""
        prepared = [self._recipe.passage_prefix + text for text in texts]
        encoded = self._model.tokenizer(prepared, truncation=True, max_length=self._recipe.max_tokens)
        return sum(map(len, encoded["input_ids"]))

    def _embed(self, texts: list[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        try:
            vectors: Vectors = self._model.encode(
                texts,
                batch_size=_BATCH.get(self.device, 256),
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            ).astype(np.float32)
        except Exception as error:
            raise ModelError(f"The embedding model failed: {error}") from error
        return vectors
