"""An outbox under a key, and the policy that comes with the program."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.outbox import Outbox, OutboxPolicy


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox(tmp_path / "outbox.db", "a key") as outbox:
        yield outbox


@pytest.fixture
def policy() -> OutboxPolicy:
    return OutboxPolicy.load(None)
