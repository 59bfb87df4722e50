"""The embedder that the settings name, with its model from the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copilot.catalogue import Catalogue, ModelStore
from copilot.settings import Settings
from index.errors import UsageError

if TYPE_CHECKING:
    from copilot.catalogue import ModelEntry
    from index.embedding.base import Embedder
    from index.embedding.recipe import Recipe


def build_embedder(settings: Settings, catalogue: Catalogue, models: ModelStore) -> Embedder | None:
    """The embedder of the settings; None where they say so.

    Raises:
        ModelMissing, ModelCorrupt: Its model is not here or must not be used.
    """
    embedding = settings.embedding
    if embedding.kind == "none":
        return None
    threads = None if embedding.threads == "auto" else embedding.threads
    if embedding.kind == "sentence-transformers":
        from index.embedding.sentence_transformers import SentenceTransformerEmbedder

        entry = _embedding_entry(catalogue, embedding.model, "sentence-transformers")
        return SentenceTransformerEmbedder(models.directory(entry), recipe=_recipe(entry))
    from index.embedding.onnx import OnnxEmbedder

    entry = _embedding_entry(catalogue, embedding.model, "onnx")
    folder = models.directory(entry)
    network = next(file.name for file in entry.files if file.name.endswith(".onnx"))
    return OnnxEmbedder(folder / network, folder / "tokenizer.json", threads, recipe=_recipe(entry))


def _recipe(entry: ModelEntry) -> Recipe:
    """How the model wants its texts. Its quantized form has the same name: vectors of both can be compared."""
    from index.embedding.recipe import MINILM, Recipe

    if entry.pooling == "last":
        raise UsageError(
            f"{entry.id} pools its last token, which is not supported.", "Name another model in embedding.model."
        )
    return Recipe(
        name=f"{entry.id.removesuffix('-int8')}/{entry.pooling}",
        pooling=entry.pooling or "mean",
        max_tokens=min(entry.context_tokens or MINILM.max_tokens, 512),
        query_prefix=entry.query_prefix,
        passage_prefix=entry.passage_prefix,
    )


def _embedding_entry(catalogue: Catalogue, model: str | None, form: str) -> ModelEntry:
    if model is not None:
        return catalogue.get(model)
    return catalogue.default("embedding", format=form)  # type: ignore[arg-type]
