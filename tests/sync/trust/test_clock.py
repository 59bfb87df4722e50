"""A device's clock may be wrong; what has expired is refused all the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import TrustError
from sync.device.link import open_link
from sync.trust.client import TrustedRepository
from sync.trust.clock import latest_time, trusted_time
from tests.sync.device.servers import serving
from tests.sync.device.small_hub import SmallHub
from tests.sync.device.waiting import impatient

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
times = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@pytest.fixture
def hub(tmp_path: Path) -> SmallHub:
    hub = SmallHub(tmp_path / "public", now=NOW)
    hub.publish("presses", {"a.txt": "A: about presses"})
    return hub


def verify(hub: SmallHub, folder: Path, system: datetime, latest: datetime | None) -> None:
    repository = TrustedRepository(folder, hub.root_file.read_bytes(), trusted_time(system, latest))
    with repository.verified(open_link(str(hub.public)), impatient()):
        pass


def test_a_clock_in_1970_does_not_let_expired_metadata_in(hub: SmallHub, tmp_path: Path) -> None:
    later = NOW + timedelta(days=31)

    with pytest.raises(TrustError, match="This device's clock says 1970-01-01 00:00 UTC") as caught:
        verify(hub, tmp_path / "trust", EPOCH, latest=later)

    assert "expired" in caught.value.message
    assert "clock" in caught.value.remedy


def test_a_clock_in_1970_does_not_stop_a_device_that_knows_better(hub: SmallHub, tmp_path: Path) -> None:
    verify(hub, tmp_path / "trust", EPOCH, latest=NOW)


def test_a_clock_that_is_behind_is_told(hub: SmallHub) -> None:
    assert "Set the clock" in trusted_time(EPOCH, NOW).warning
    assert trusted_time(NOW, EPOCH).warning == ""
    assert trusted_time(NOW - timedelta(minutes=1), NOW).warning == ""


def test_a_clock_far_in_the_future_is_told_by_the_hubs_own(hub: SmallHub, tmp_path: Path) -> None:
    repository = TrustedRepository(
        tmp_path / "trust", hub.root_file.read_bytes(), trusted_time(datetime(2099, 1, 1, tzinfo=UTC), None)
    )

    with serving(hub.public) as server:
        link = open_link(server.url)
        with (
            pytest.raises(TrustError, match="this device's clock looks wrong") as caught,
            repository.verified(link, impatient()),
        ):
            pass
        link.close()

    assert "2099-01-01" in caught.value.message
    assert caught.value.remedy.startswith("Set the clock")


def test_from_a_stick_a_clock_far_in_the_future_is_named_too(hub: SmallHub, tmp_path: Path) -> None:
    with pytest.raises(TrustError, match="clock says 2099-01-01"):
        verify(hub, tmp_path / "trust", datetime(2099, 1, 1, tzinfo=UTC), None)


@given(system=times, latest=st.none() | times)
def test_time_never_runs_backwards(system: datetime, latest: datetime | None) -> None:
    time = trusted_time(system, latest)

    assert time.now >= system
    assert latest is None or time.now >= latest


@given(known=st.none() | times, judged=times, published=st.lists(times), ahead=st.timedeltas(timedelta(seconds=1)))
def test_nothing_later_than_the_expiry_is_believed(
    known: datetime | None, judged: datetime, published: list[datetime], ahead: timedelta
) -> None:
    expires = judged + min(ahead, timedelta(days=365))

    latest = latest_time(known, judged, published, expires)

    assert latest >= judged
    assert latest < expires or latest == known
