"""Embeddings by ONNX Runtime: the embedder of the device, small and quick to load."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from index.embedding.base import Vectors
from index.embedding.providers import CPU, options_of, physical_cores, preferred
from index.embedding.recipe import MINILM, Recipe
from index.errors import ModelCorrupt, ModelError, ModelMissing

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

log = logging.getLogger(__name__)

# Padded tokens in one run. More only costs memory: on a CPU a batch of 16 × 256 is slower per text than 1 × 256.
BATCH_TOKENS: Final = 512
# A token has fewer characters than this but for freaks, and a text is cut at 256 tokens: the rest needn't be tokenised.
_CHARACTERS_PER_TOKEN: Final = 64


class OnnxEmbedder:
    """A sentence embedding model as an ONNX file with its ``tokenizer.json``.

    Safe to use from several threads: ONNX Runtime sessions and tokenizers are.

    Args:
        model_file: The network: token ids, attention mask (and token types) in, token vectors out.
        tokenizer_file: ``tokenizer.json`` of the `tokenizers` library.
        threads: Threads of one run on the CPU; None takes the physical cores this process may use.
        recipe: How the model wants its texts.
        providers: Execution providers to try, best first; None takes the best that this ONNX Runtime has.

    Raises:
        ModelMissing: A file isn't there.
        ModelCorrupt: A file isn't a model or a tokenizer.
    """

    def __init__(
        self,
        model_file: Path,
        tokenizer_file: Path,
        threads: int | None = None,
        *,
        recipe: Recipe = MINILM,
        providers: Sequence[str] | None = None,
    ) -> None:
        for file in (model_file, tokenizer_file):
            if not file.is_file():
                raise ModelMissing(
                    f"The embedding model's file {file.name} is not at {file}.",
                    "Fetch the models with `edge-copilot models pull`.",
                )
        self._recipe = recipe
        self._longest = recipe.max_tokens * _CHARACTERS_PER_TOKEN
        self._tokenizer = _load_tokenizer(tokenizer_file, recipe.max_tokens)
        self._session, self.provider = _open_session(model_file, threads or physical_cores(), providers)
        self._inputs = frozenset(node.name for node in self._session.get_inputs())
        try:
            self._dimensions = self._probe()
        except Exception as error:
            if self.provider == CPU:
                raise ModelCorrupt(
                    f"{model_file.name} is no embedding model that can be used here.",
                    "Fetch it again with `edge-copilot models pull`.",
                ) from error
            log.warning("%s can't run the embedding model (%s); the CPU does it.", self.provider, error)
            self._session, self.provider = _open_session(model_file, threads or physical_cores(), [CPU])
            self._dimensions = self._probe()

    @property
    def name(self) -> str:
        """The recipe's name: model and pooling."""
        return self._recipe.name

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self._dimensions

    def knows_word(self, word: str) -> bool:
        """Tell whether the model's vocabulary has this lower case word as one: then it is no misspelling."""
        return self._tokenizer.token_to_id(word) is not None

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Embed passages; see `index.embedding.base.Embedder`.

        Texts of like length share a batch, so that little is spent on padding.

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
        prepared = [(self._recipe.passage_prefix + text)[: self._longest] for text in texts]
        return sum(len(encoding.ids) for encoding in self._tokenizer.encode_batch_fast(prepared))

    def _embed(self, texts: Sequence[str]) -> Vectors:
        encodings = self._tokenizer.encode_batch_fast([text[: self._longest] for text in texts])
        vectors = np.empty((len(texts), self._dimensions), dtype=np.float32)
        for batch in _batches([len(encoding.ids) for encoding in encodings]):
            try:
                vectors[batch] = self._run([encodings[i] for i in batch])
            except Exception as error:
                raise ModelError(f"The embedding model failed: {error}") from error
        return vectors

    def _run(self, encodings: Sequence[Encoding]) -> Vectors:
        longest = max(len(encoding.ids) for encoding in encodings)
        ids = np.zeros((len(encodings), longest), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding.ids)] = encoding.ids
            mask[row, : len(encoding.ids)] = 1
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        tokens: Any = self._session.run(None, {name: feed[name] for name in self._inputs})[0]
        if self._recipe.pooling == "cls":
            pooled = tokens[:, 0].astype(np.float32)
        else:
            pooled = np.einsum("btd,bt->bd", tokens, mask.astype(np.float32)) / mask.sum(axis=1, keepdims=True)
        length = np.linalg.norm(pooled, axis=1, keepdims=True)
        if not np.isfinite(length).all() or not length.all():
            raise ArithmeticError("a vector is not finite or has no direction")
        vectors: Vectors = (pooled / length).astype(np.float32)
        return vectors

    def _probe(self) -> int:
        """Run the network once: its dimensions, and proof that the provider computes numbers."""
        return int(self._run([self._tokenizer.encode("probe")]).shape[1])


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Indices of texts to run together, shortest texts first."""
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[index] > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def _load_tokenizer(file: Path, max_tokens: int) -> Tokenizer:
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises bare Exception
        raise ModelCorrupt(
            f"{file.name} is no tokenizer: {error}", "Fetch it again with `edge-copilot models pull`."
        ) from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    return tokenizer


def _open_session(file: Path, threads: int, providers: Sequence[str] | None) -> tuple[InferenceSession, str]:
    """Open the network on the first provider that takes it; the CPU is always tried last."""
    import onnxruntime

    onnxruntime.set_default_logger_severity(3)
    available = onnxruntime.get_available_providers()
    candidates = preferred(available) if providers is None else [*dict.fromkeys([*providers, CPU])]
    for provider in candidates:
        if provider not in available:
            log.warning("This ONNX Runtime has no %s (it has %s).", provider, ", ".join(available))
            continue
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = threads
        # Spinning threads would take the cores from the language model that runs beside.
        settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
        if provider == "DmlExecutionProvider":
            settings.enable_mem_pattern = False  # DirectML supports none
        try:
            session = onnxruntime.InferenceSession(
                str(file), settings, providers=[(provider, options_of(provider)), (CPU, {})][: 1 + (provider != CPU)]
            )
        except Exception as error:
            if provider == CPU:
                raise ModelCorrupt(
                    f"{file.name} can't be loaded as an embedding model.",
                    "Fetch it again with `edge-copilot models pull`.",
                ) from error
            log.warning("%s can't load the embedding model (%s).", provider, error)
            continue
        active = session.get_providers()[0]
        if active != provider:
            log.warning("%s is not usable on this machine; the embedding model runs on %s.", provider, active)
        return session, active
    raise ModelError("This ONNX Runtime has no CPU provider.", "Install the package onnxruntime again.")
