from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.store import Store
from sync.device.generations import Generations
from tests.index.hashing_embedder import HashingEmbedder
from tests.sync.device.generations.hub import Clock, Hub, manual


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """A hub with three manuals."""
    hub = Hub(tmp_path / "hub")
    hub.write(valve=manual("valve"), pump=manual("pump"), brake=manual("brake"))
    yield hub
    hub.store.close()


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "device" / "index.db") as store:
        yield store


@pytest.fixture
def generations(device: Store, tmp_path: Path) -> Generations:
    return Generations(device, tmp_path / "device" / "files", HashingEmbedder(), Clock())
