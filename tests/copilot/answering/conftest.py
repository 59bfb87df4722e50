"""A small real index, and the answer flow over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from copilot.answering.confidence import Calibration
from copilot.answering.conversations import Conversations
from copilot.answering.excerpts import Excerpts
from copilot.answering.flow import Copilot, EngineSource
from index.ingest import Ingestor
from index.search import Searcher
from index.store import Store

MANUAL = """# Halden H40 service manual

## Fault codes

| Code | Meaning | Remedy |
|------|---------|--------|
| F0012 | The brake did not release | Check the supply of the brake BR-120 |
| F0013 | Motor too warm | Let the motor cool down for 20 min |

## Replacing the brake

Switch the drive off and wait 5 min before you open the cover.

1. Loosen the four screws M6 of the cover.
2. Unplug the connector X5.
3. Pull the brake BR-120 off the shaft.
4. Put the new brake on and tighten the screws to 9.5 Nm.

## Lubrication

The gearbox holds 0.8 l of oil. Change the oil every 5000 hours of operation.
"""

OTHER = """# Ventra fan

## Speed

The fan of the cooling cabinet turns at 2800 rpm. Its bearings are sealed for life.
"""

BuildCopilot = Callable[..., Copilot]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("manuals")
    (folder / "halden.md").write_text(MANUAL, "utf-8")
    (folder / "ventra.md").write_text(OTHER, "utf-8")
    with Store.open(folder / "index.db") as store:
        report = Ingestor(store, None).run([folder])
        assert report.documents == 2
        yield store


@pytest.fixture
def conversations(tmp_path: Path) -> Iterator[Conversations]:
    conversations = Conversations(tmp_path / "conversations.db")
    yield conversations
    conversations.close()


@pytest.fixture
def build(store: Store, conversations: Conversations) -> BuildCopilot:
    """Builds the flow over the index with an engine, or with none."""

    def build(engine: EngineSource | None = None) -> Copilot:
        return Copilot(
            Searcher(store, None), Excerpts(store), engine, conversations=conversations, calibration=by_the_reader
        )

    return build


def by_the_reader(tier: str) -> Calibration:
    """Answers where the reader says yes, or where there is none: what is shipped is tuned by measurement."""
    return Calibration(tier=tier, weights={"yes_logit": 1.0})
