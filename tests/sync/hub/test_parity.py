"""What a hub embeds with the reference model, a device finds with its small one: the vectors of both agree."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from index.embedding.base import Embedder
from index.embedding.onnx import OnnxEmbedder
from index.embedding.quantize import from_int8
from index.search import Searcher
from index.store import Store
from tests.sync.hub.published import Hub

MANUALS = Path(__file__).resolve().parents[3] / "examples" / "manuals"


@pytest.fixture
def onnx(model_file: Callable[..., Path]) -> OnnxEmbedder:
    return OnnxEmbedder(model_file("minilm-l6-int8", "model.onnx"), model_file("minilm-l6-int8", "tokenizer.json"))


@pytest.fixture
def reference(model_file: Callable[..., Path]) -> Embedder:
    pytest.importorskip("sentence_transformers", reason="the extra `reference` is not installed", exc_type=ImportError)
    from index.embedding.sentence_transformers import SentenceTransformerEmbedder

    return SentenceTransformerEmbedder(model_file("minilm-l6", "model.safetensors").parent)


def published(place: Path, embedder: Embedder) -> Hub:
    hub = Hub(place / "hub", place / "docs", embedder=embedder)
    docs = hub.add()
    for name in ("troubleshooting.md", "spare-parts.csv"):
        (docs / name).write_bytes((MANUALS / name).read_bytes())
    hub.publish()
    return hub


@pytest.mark.model
def test_chunks_embedded_by_either_are_alike_and_found_by_the_other(
    tmp_path: Path, onnx: OnnxEmbedder, reference: Embedder
) -> None:
    by_reference, by_onnx = published(tmp_path / "reference", reference), published(tmp_path / "onnx", onnx)
    assert by_reference.publication().embedder == by_onnx.publication().embedder
    one, other = by_reference.generation(), by_onnx.generation()
    assert list(one.sections) == list(other.sections)
    for path in one.sections:
        for ours, theirs in zip(one.sections[path], other.sections[path], strict=True):
            for a, b in zip(ours.chunks, theirs.chunks, strict=True):
                assert a.body == b.body
                for mine, yours in ((a.whole, b.whole), (a.windows, b.windows)):
                    left, right = from_int8(mine, 384), from_int8(yours, 384)
                    cosines = (left * right).sum(axis=1) / np.linalg.norm(left, axis=1) / np.linalg.norm(right, axis=1)
                    assert cosines.min() >= 0.98

    with Store.open(by_reference.folder.index_file, read_only=True) as store:
        found = Searcher(store, onnx).search("the brake does not release", 5)
    assert found.mode == "hybrid"
    assert any("troubleshooting.md" in passage.document for passage in found.passages)
