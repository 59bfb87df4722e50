from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.ingest import Ingestor
from index.search import Searcher
from index.store import Store
from tests.index.hashing_embedder import HashingEmbedder

SERVICE = """# Halden TX-200 Service Manual

## 1 Safety

Before any work on the machine the main switch is locked and the brake is engaged.

## 2 Brake

The brake BR-120 holds the arm. Its coil draws 1.3 A. Check the coil with a meter: 18 ohms are right.

To replace the brake, loosen the four M6x20 screws and lift it out of the housing with both hands.

## 3 Fault codes

| Code | Fault | Remedy |
| --- | --- | --- |
| F0012 | Brake does not release | Check fuse F3 and the coil |
| F0013 | Arm drifts | Calibrate the encoder |
| P1112 | Pressure too low | Check the pump |
| P1121 | Pedal sensor implausible | Replace the sensor |

## 4 Calibration

Calibration of the encoder takes ten minutes. Calibration is needed after every replacement of the encoder.
The temperature of the motor must be below 40 degrees before calibration begins.
"""

POWER = """# Uninterruptible supply

## Driver

The program upsdrvctl starts the drivers that /etc/nut/ups.conf names.

## Pins

Jogging by wheel is read from axis.N.jog-counts on the board hm2_7i76e.0 and scaled.

## Batterie

Die Batterie wird alle drei Jahre getauscht. Danach wird der Zähler gelöscht.
"""

Index = Callable[..., Store]


@pytest.fixture(scope="session")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Two manuals in two collections, with vectors."""
    folder = tmp_path_factory.mktemp("search")
    (folder / "service manual.md").write_text(SERVICE, encoding="utf-8")
    (folder / "power.md").write_text(POWER, encoding="utf-8")
    with Store.open(folder / "data" / "index.db") as store:
        ingestor = Ingestor(store, HashingEmbedder())
        ingestor.run([folder / "service manual.md"], collection="halden")
        ingestor.run([folder / "power.md"], collection="power")
        yield store


@pytest.fixture(scope="session")
def searcher(indexed: Store) -> Searcher:
    return Searcher(indexed, HashingEmbedder())


@pytest.fixture
def index(tmp_path: Path, embedder: HashingEmbedder) -> Iterator[Index]:
    """Ingest the texts given by file name and return the store."""
    stores: list[Store] = []

    def make(**texts: str) -> Store:
        folder = tmp_path / f"{len(stores)}"
        store = Store.open(folder / "index.db")
        stores.append(store)
        for name, text in texts.items():
            path = folder / f"{name}.md"
            path.write_text(text, encoding="utf-8")
            Ingestor(store, embedder).run([path])
        return store

    yield make
    for store in stores:
        store.close()
