"""A data directory with a small index, for commands that ask it something."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from index.ingest import Ingestor
from index.store import Store

MANUAL = """# Halden H40

## Brake

F0012 means that the brake did not release within 400 ms. The coil of the brake takes 24 V.

## Oil

The gearbox holds 0.8 l of oil. Change the oil every 5000 hours.
"""


@pytest.fixture
def indexed(data_dir: Path, tmp_path: Path) -> Path:
    """The data directory, with one manual in its index, no models, and a calibration that answers what it can."""
    manual = tmp_path / "halden.md"
    manual.write_text(MANUAL, "utf-8")
    data_dir.mkdir(parents=True)
    with Store.open(data_dir / "index.db") as store:
        Ingestor(store, None).run([manual])
    (data_dir / "calibration").mkdir()
    for tier in ("none", "standard"):
        (data_dir / "calibration" / f"{tier}.json").write_text(json.dumps({"tier": tier, "bias": 5.0}))
    return data_dir
