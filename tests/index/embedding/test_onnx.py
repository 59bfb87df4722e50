from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from index.embedding.base import Embedder
from index.embedding.onnx import OnnxEmbedder
from index.errors import ModelCorrupt, ModelMissing
from tests.index.embedding.texts import VARIED

pytestmark = pytest.mark.model


def test_vectors_have_unit_length_one_row_for_each_text(onnx: OnnxEmbedder) -> None:
    vectors = onnx.embed(VARIED)

    assert vectors.shape == (len(VARIED), onnx.dimensions) == (len(VARIED), 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_the_order_and_company_of_a_text_do_not_change_its_vector(onnx: OnnxEmbedder) -> None:
    together = onnx.embed(VARIED)
    alone = np.vstack([onnx.embed([text]) for text in VARIED])

    np.testing.assert_allclose((together * alone).sum(axis=1), 1.0, atol=1e-4)


def test_no_texts_make_no_vectors(onnx: OnnxEmbedder) -> None:
    assert onnx.embed([]).shape == (0, 384)


def test_an_empty_text_still_has_a_direction(onnx: OnnxEmbedder) -> None:
    np.testing.assert_allclose(np.linalg.norm(onnx.embed([""])[0]), 1.0, atol=1e-5)


def test_a_question_lies_nearest_to_the_text_that_answers_it(onnx: OnnxEmbedder) -> None:
    answers = onnx.embed(
        [
            "To change the brake pads, remove the caliper.",
            "The battery is charged through the USB-C port.",
            "Overheating of the motor trips the thermal switch.",
        ]
    )

    assert int(np.argmax(answers @ onnx.embed_query("motor too hot"))) == 2
    assert int(np.argmax(answers @ onnx.embed_query("how do i charge it"))) == 1


def test_a_text_of_a_megabyte_is_cut_not_refused(onnx: OnnxEmbedder) -> None:
    start = "The spindle does not start. " * 60

    np.testing.assert_allclose(onnx.embed([start + "Other words. " * 80_000]), onnx.embed([start]), atol=1e-4)


def test_it_satisfies_the_seam(onnx: OnnxEmbedder) -> None:
    embedder: Embedder = onnx

    assert embedder.name == "all-MiniLM-L6-v2/mean"


def test_a_provider_that_is_not_there_is_named_and_the_cpu_takes_over(
    onnx_folder: Path, onnx: OnnxEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        embedder = OnnxEmbedder(
            onnx_folder / "model.onnx", onnx_folder / "tokenizer.json", providers=["NoSuchExecutionProvider"]
        )

    assert embedder.provider == "CPUExecutionProvider"
    assert "NoSuchExecutionProvider" in caplog.text
    np.testing.assert_allclose(embedder.embed(["reset"]), onnx.embed(["reset"]), atol=1e-5)


def test_a_missing_file_is_named_with_the_command_that_fetches_it(tmp_path: Path, onnx_folder: Path) -> None:
    with pytest.raises(ModelMissing, match=r"model\.onnx.*models pull"):
        OnnxEmbedder(tmp_path / "model.onnx", onnx_folder / "tokenizer.json")


def test_a_truncated_model_is_refused_as_corrupt(tmp_path: Path, onnx_folder: Path) -> None:
    damaged = tmp_path / "model.onnx"
    damaged.write_bytes((onnx_folder / "model.onnx").read_bytes()[:100_000])

    with pytest.raises(ModelCorrupt, match="models pull"):
        OnnxEmbedder(damaged, onnx_folder / "tokenizer.json")


def test_a_tokenizer_that_is_none_is_refused_as_corrupt(tmp_path: Path, onnx_folder: Path) -> None:
    damaged = tmp_path / "tokenizer.json"
    damaged.write_text("{}")

    with pytest.raises(ModelCorrupt, match="tokenizer"):
        OnnxEmbedder(onnx_folder / "model.onnx", damaged)
