"""``POST /v1/embeddings``: vectors of the embedder that searches here."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import partial
from typing import Protocol, runtime_checkable

import numpy as np
from fastapi import APIRouter

from copilot.http.openai.failing import NotPossible, OpenAIRoute
from copilot.http.openai.wire import EmbeddingJson, EmbeddingList, EmbeddingsBody, EmbeddingUsage
from copilot.http.services import Reader, Services, ServicesOf
from index.embedding.base import Embedder, Vectors
from index.errors import ModelMissing

router = APIRouter(tags=["openai"], route_class=OpenAIRoute)

_AT_ONCE = 32
"""Texts in one turn: between turns others get to search."""
_OF_OPENAI = "text-embedding-"


@runtime_checkable
class CountingEmbedder(Embedder, Protocol):
    """An embedder that can tell how many tokens it reads."""

    def count_tokens(self, texts: Sequence[str]) -> int:
        """Tokens of ``texts``, as far as they are read."""
        ...


def name_of(embedder: Embedder) -> str:
    """The name by which clients ask for ``embedder``: its model, without the pooling."""
    return embedder.name.partition("/")[0]


@router.post("/v1/embeddings")
async def embeddings(body: EmbeddingsBody, services: ServicesOf, caller: Reader) -> EmbeddingList:
    """Turn texts into vectors, with the same model that finds passages by meaning."""
    texts = _texts(body)
    embedder = await services.finder.pool.run(lambda: _embedder(services), caller.client)
    if body.model != name_of(embedder) and not body.model.startswith(_OF_OPENAI):
        told = f"There is: {name_of(embedder)}."
        raise NotPossible(f"There is no embedding model “{body.model}”.", "model", "model_not_found", told, status=404)
    if body.dimensions not in (None, embedder.dimensions):
        raise NotPossible(f"Vectors of this model have {embedder.dimensions} dimensions.", "dimensions")
    vectors: list[Vectors] = []
    tokens = 0
    for at in range(0, len(texts), _AT_ONCE):
        some = texts[at : at + _AT_ONCE]
        look = partial(_embed, embedder, some, body.input_type == "query")
        found, count = await services.finder.pool.run(look, caller.client)
        vectors += list(found)
        tokens += count
    as_text = body.encoding_format == "base64"
    return EmbeddingList(
        data=tuple(
            EmbeddingJson(index=n, embedding=_encoded(vector) if as_text else tuple(vector.tolist()))
            for n, vector in enumerate(vectors)
        ),
        model=name_of(embedder),
        usage=EmbeddingUsage(prompt_tokens=tokens, total_tokens=tokens),
    )


def _embed(embedder: Embedder, texts: Sequence[str], as_queries: bool) -> tuple[Vectors, int]:
    vectors = np.stack([embedder.embed_query(text) for text in texts]) if as_queries else embedder.embed(texts)
    return vectors, embedder.count_tokens(texts) if isinstance(embedder, CountingEmbedder) else 0


def _texts(body: EmbeddingsBody) -> tuple[str, ...]:
    given = (body.input,) if isinstance(body.input, str) else body.input
    texts = tuple(text for text in given if isinstance(text, str))
    if len(texts) < len(given):
        raise NotPossible(
            "The input is tokens of another model's vocabulary; only text can be embedded.",
            "input",
            remedy="Send text; in LangChain with check_embedding_ctx_length=False.",
        )
    if not texts or not all(text.strip() for text in texts):
        raise NotPossible("A text is empty.", "input", "invalid_value")
    return texts


def _embedder(services: Services) -> Embedder:
    """Loaded with the first search or the first call.

    Raises:
        ModelMissing: There is none.
    """
    embedder = services.assembly.embedder
    if embedder is None:
        raise ModelMissing(
            "There is no embedding model on this device.", "Fetch it: edge-copilot models pull; see embedding.kind."
        )
    return embedder


def _encoded(vector: Vectors) -> str:
    return base64.b64encode(np.ascontiguousarray(vector, dtype="<f4").tobytes()).decode("ascii")
