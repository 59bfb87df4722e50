from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index.embedding.onnx import OnnxEmbedder
from index.embedding.sentence_transformers import SentenceTransformerEmbedder
from index.errors import ModelMissing
from tests.index.embedding.texts import VARIED


@pytest.fixture(scope="module")
def reference(reference_folder: Path) -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(reference_folder)


@pytest.mark.model
def test_both_embedders_make_the_same_vectors_so_they_share_a_name(
    reference: SentenceTransformerEmbedder, onnx: OnnxEmbedder
) -> None:
    cosines = (reference.embed(VARIED) * onnx.embed(VARIED)).sum(axis=1)

    assert reference.name == onnx.name
    assert reference.dimensions == onnx.dimensions
    assert cosines.min() >= 0.99, dict(zip(VARIED, cosines, strict=True))


@pytest.mark.model
def test_its_vectors_have_unit_length(reference: SentenceTransformerEmbedder) -> None:
    np.testing.assert_allclose(np.linalg.norm(reference.embed(VARIED), axis=1), 1.0, atol=1e-5)
    assert reference.embed([]).shape == (0, 384)
    assert reference.embed_query("reset").shape == (384,)


def test_a_folder_without_a_model_is_named_with_the_command_that_fetches_it(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="models pull"):
        SentenceTransformerEmbedder(tmp_path)
