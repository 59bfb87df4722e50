from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.ingest import Ingestor
from index.store import Store
from tests.index.hashing_embedder import HashingEmbedder


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "data" / "index.db") as store:
        yield store


@pytest.fixture
def ingestor(store: Store, embedder: HashingEmbedder) -> Ingestor:
    return Ingestor(store, embedder)
