"""A small index with a collection that may be shown and one that may not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from index.documents import AccessLabel
from index.ingest import Ingestor
from index.store import Store

MANUAL = """# Halden H40

## Brake

F0012 means that the brake did not release within 400 ms. The coil of the brake takes 24 V.

## Oil

The gearbox holds 0.8 l of oil. Change the oil every 5000 hours.
"""
SECRET = """# Prices

## Margins

The margin on the gearbox F0012 is 38 percent.
"""


@pytest.fixture
def indexed(data_dir: Path, tmp_path: Path) -> Path:
    """The data directory: collection ``halden``, and ``prices``, which is restricted."""
    data_dir.mkdir(parents=True)
    with Store.open(data_dir / "index.db") as store:
        for name, text, access in (
            ("halden", MANUAL, AccessLabel.INTERNAL),
            ("prices", SECRET, AccessLabel.RESTRICTED),
        ):
            file = tmp_path / f"{name}.md"
            file.write_text(text, "utf-8")
            Ingestor(store, None).run([file], collection=name, access=access)
    (data_dir / "calibration").mkdir()
    for tier in ("none", "tiny"):
        (data_dir / "calibration" / f"{tier}.json").write_text(json.dumps({"tier": tier, "bias": 5.0}))
    return data_dir
