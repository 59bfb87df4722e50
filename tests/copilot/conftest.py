"""The tiny language model that `make test` fetched; tests of the engines are skipped where it isn't on this machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from platformdirs import user_data_path

from copilot.catalogue import Catalogue, ModelStore
from index.errors import ModelMissing

TINY = "smollm2-135m"

# Taken at import: the fixtures of every test hide this machine's folders.
DATA = Path(os.environ.get("EDGE_COPILOT_DATA_DIR") or user_data_path("edge-copilot", appauthor=False))


@pytest.fixture(scope="session")
def tiny_model() -> Path:
    """The verified GGUF file of the smallest chat model: it writes fast and answers wrongly."""
    try:
        return ModelStore(DATA).path(Catalogue.load().get(TINY))
    except ModelMissing:
        pytest.skip(f"the model is not there; `edge-copilot models pull {TINY}` fetches it")
