"""The little model, an index that has its parts, and a store to pull into."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from copilot.catalogue import ModelStore
from tests.copilot.catalogue.little import PARTS, Watched, wheel_of
from tests.copilot.catalogue.servers import Served, Server, running


@pytest.fixture
def watched() -> Watched:
    return Watched([])


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture
def index(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Served]:
    """The packages of the little model in an index that pip is configured for; for each, what is served."""
    for name in list(os.environ):
        if name.startswith("PIP_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.url}/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    return [
        server.add_package(f"little-part{number}", "1.0", wheel_of(tmp_path, number))
        for number in range(1, len(PARTS) + 1)
    ]


@pytest.fixture
def store(data_dir: Path, server: Server) -> ModelStore:
    return ModelStore(data_dir, hub_url=server.url)
