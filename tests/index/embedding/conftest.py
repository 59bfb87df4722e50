"""The models that `make test` fetched; a test is skipped where its model isn't on this machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from platformdirs import user_data_path

from index.embedding.onnx import OnnxEmbedder

# Taken at import: the fixtures of every test hide this machine's folders.
MODELS = Path(os.environ.get("EDGE_COPILOT_DATA_DIR") or user_data_path("edge-copilot", appauthor=False)) / "models"


def model_folder(model: str, *files: str) -> Path:
    folder = MODELS / model
    for file in files:
        if not (folder / file).is_file():
            pytest.skip(f"{folder / file} is not there; `edge-copilot models pull {model}` fetches it")
    return folder


@pytest.fixture(scope="session")
def onnx_folder() -> Path:
    return model_folder("minilm-l6-int8", "model.onnx", "tokenizer.json")


@pytest.fixture(scope="session")
def reference_folder() -> Path:
    pytest.importorskip("sentence_transformers", reason="the extra `reference` is not installed", exc_type=ImportError)
    return model_folder("minilm-l6", "modules.json", "model.safetensors")


@pytest.fixture(scope="session")
def onnx(onnx_folder: Path) -> OnnxEmbedder:
    return OnnxEmbedder(onnx_folder / "model.onnx", onnx_folder / "tokenizer.json")
