"""What stands on top: how old the documents are, and whether the device has a network."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from copilot.http import status
from sync.device.enrolment import Enrolment
from sync.device.places import Places
from sync.device.state import SyncState


def synced(data_dir: Path, days_ago: int | None) -> None:
    """Enrol the device, with a last sync so long ago; None: never."""
    places, now = Places.of(data_dir), datetime.now(UTC)
    Enrolment(
        device_id="00000000-0000-4000-8000-000000000000",
        name="line 3",
        hub=str(data_dir / "hub"),
        root_sha256="0" * 64,
        enrolled_at=now,
    ).write(places)
    if days_ago is not None:
        SyncState(synced_at=now - timedelta(days=days_ago)).write(places)


@pytest.mark.parametrize(
    ("days_ago", "kind", "words"),
    [(2, "synced", "Synced 2 days ago"), (30, "old", "Newer ones may exist."), (None, "old", "Not synced yet")],
)
def test_the_age_of_the_documents_is_told(indexed, serve, open_panel, days_ago, kind: str, words: str) -> None:
    synced(indexed, days_ago)

    panel = open_panel(serve().url)

    expect(panel.page.locator(f".badge[data-kind={kind}]")).to_contain_text(words)


def test_a_device_of_no_hub_says_nothing_of_syncing(no_model, open_panel) -> None:
    panel = open_panel(no_model.url)

    expect(panel.page.locator(".panel")).to_have_attribute("data-state", "here")
    expect(panel.page.locator(".badge[data-kind=synced], .badge[data-kind=old]")).to_have_count(0)


@pytest.mark.parametrize("up", [False, True])
def test_a_device_without_a_network_says_so(serve, open_panel, monkeypatch, up: bool) -> None:
    # The interfaces of the machine that tests run on can't be pulled out.
    monkeypatch.setattr(status, "is_offline", lambda: not up)

    panel = open_panel(serve().url)

    expect(panel.page.locator(".panel")).to_have_attribute("data-state", "here")
    expect(panel.page.locator(".badge[data-kind=offline]")).to_have_count(0 if up else 1)


def test_what_the_copilot_is_stands_in_the_settings(no_model, open_panel) -> None:
    panel = open_panel(no_model.url)
    expect(panel.page.locator(".panel")).to_have_attribute("data-state", "here")

    panel.page.get_by_role("button", name="Settings").click()

    about = panel.page.locator(".about")
    expect(about).to_contain_text("No language model: answers are quotes from the documents.")
    expect(about).to_contain_text("6 documents · Version")
