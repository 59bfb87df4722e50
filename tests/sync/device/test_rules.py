"""When a device may sync."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import SyncRefused, UsageError
from sync.device.rules import Conditions, QuietHours, Rules

times = st.times().map(lambda at: at.replace(second=0, microsecond=0))


@pytest.mark.parametrize(
    ("conditions", "rules", "allowed"),
    [
        (Conditions(), Rules(), True),
        (Conditions(metered=True), Rules(), False),
        (Conditions(metered=True), Rules(on_metered=True), True),
        (Conditions(metered=None), Rules(), True),
        (Conditions(on_mains=False, battery_percent=20), Rules(), False),
        (Conditions(on_mains=True, battery_percent=20), Rules(), True),
        (Conditions(on_mains=False, battery_percent=80), Rules(), True),
        (Conditions(on_mains=False, battery_percent=1), Rules(least_battery_percent=0), True),
        (Conditions(on_mains=False, battery_percent=None), Rules(), True),
    ],
)
def test_rules(conditions: Conditions, rules: Rules, allowed: bool) -> None:
    if allowed:
        rules.check(conditions)
    else:
        with pytest.raises(SyncRefused) as caught:
            rules.check(conditions)
        assert "--anyway" in caught.value.remedy


@pytest.mark.parametrize(
    ("at", "quiet"), [("21:59", False), ("22:00", True), ("03:00", True), ("05:59", True), ("06:00", False)]
)
def test_quiet_hours_go_past_midnight(at: str, quiet: bool) -> None:
    hours = QuietHours.parse("22:00-06:00")

    assert hours.contain(datetime.combine(datetime(2026, 1, 1), time.fromisoformat(at), UTC)) is quiet


@pytest.mark.parametrize("text", ["", "22-6", "25:00-06:00", "06:00-06:00", "22:00", "22:00-06:61"])
def test_what_are_no_hours_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        QuietHours.parse(text)


@given(begin=times, end=times, minutes=st.integers(0, 10_000))
def test_when_they_are_over_it_is_not_quiet(begin: time, end: time, minutes: int) -> None:
    if begin == end:
        return
    hours = QuietHours(begin, end)
    now = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    if hours.contain(now):
        over = hours.over_at(now)
        assert timedelta(0) < over - now <= timedelta(days=1)
        assert not hours.contain(over)
        assert hours.contain(over - timedelta(minutes=1))
