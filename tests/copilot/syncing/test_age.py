"""How old knowledge is, in words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from copilot.syncing.age import Age, Ages, ago
from index.search import Searcher
from index.store import Store
from tests.sync.device.conftest import NOW, Device
from tests.sync.device.small_hub import SmallHub


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (timedelta(seconds=3), "just now"),
        (timedelta(seconds=61), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=47), "1 day ago"),
        (timedelta(days=3, hours=2), "3 days ago"),
        (timedelta(days=-10), "on 2026-06-11"),
    ],
)
def test_a_span_of_time_is_said_as_people_do(before: timedelta, said: str) -> None:
    assert ago(NOW - before, NOW) == said


def test_revision_age_and_review_stand_together() -> None:
    age = Age(NOW - timedelta(days=3), "C", date(2026, 5, 1))

    assert age.text(NOW) == "rev. C, synced 3 days ago, review due since 2026-05-01"
    assert Age(NOW, None, date(2027, 1, 1)).text(NOW) == "synced just now"
    assert age.iso == "2026-05-29T12:00:00Z"


def test_the_age_is_that_of_the_last_sync_that_confirmed_it(tmp_path: Path) -> None:
    hub = SmallHub(tmp_path / "public", now=NOW)
    hub.publish("presses", {"a.txt": "Brake: the brake releases"})
    device = Device(tmp_path / "device", str(hub.public), hub.root_file)
    device.sync()
    device.now = NOW + timedelta(days=5)
    device.sync()

    with Store.open(device.data_dir / "index.db", read_only=True) as store:
        (passage,) = Searcher(store, None).search("brake").passages
        ages = Ages(store, device.data_dir, NOW + timedelta(days=6))
        found = ages.of(passage)
        assert found is not None
        assert found.synced_at == datetime(2026, 6, 6, 12, tzinfo=UTC)
        assert ages.text(passage) == "synced 1 day ago"
