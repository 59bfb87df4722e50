"""Which devices take a candidate."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.documents import AccessLabel
from sync.device.choosing import chosen_release, share_of
from sync.format import Cohort, ManifestRef, Publication, Release, Rollout

DEVICES = st.uuids().map(str)


def publication(stage: str, candidate: int | None = 3, **cohorts: Cohort) -> Publication:
    return Publication(
        collection="presses",
        access=AccessLabel.PUBLIC,
        releases=tuple(
            Release(
                number=number,
                published_at=datetime(2026, 1, number, tzinfo=UTC),
                manifest=ManifestRef(sha256=f"{number:064x}", bytes=1),
                documents=1,
            )
            for number in (1, 2, 3)
        ),
        rollout=Rollout(stable=2, candidate=candidate, stage=stage, cohorts=cohorts),  # type: ignore[arg-type]
    )


TAGGED = {"canary": Cohort(tags=("pilot",)), "early": Cohort(tags=("hall-2",))}


@pytest.mark.parametrize(
    ("stage", "tags", "number"),
    [
        ("canary", ("pilot",), 3),
        ("canary", ("hall-2",), 2),
        ("canary", (), 2),
        ("early", ("pilot",), 3),
        ("early", ("hall-2", "other"), 3),
        ("early", ("other",), 2),
        ("all", (), 3),
        ("halted", ("pilot",), 2),
    ],
)
def test_a_stage_includes_the_cohorts_before_it(stage: str, tags: tuple[str, ...], number: int) -> None:
    assert chosen_release(publication(stage, **TAGGED), str(UUID(int=7)), tags).number == number


@pytest.mark.parametrize("stage", ["canary", "early", "all", "halted"])
def test_without_a_candidate_everybody_has_what_is_stable(stage: str) -> None:
    assert chosen_release(publication(stage, None, **TAGGED), str(UUID(int=7)), ("pilot",)).number == 2


@given(device=DEVICES, low=st.floats(0, 100), high=st.floats(0, 100))
def test_who_is_in_a_small_share_is_in_every_larger_one(device: str, low: float, high: float) -> None:
    low, high = sorted((low, high))
    small = chosen_release(publication("canary", canary=Cohort(percent=low)), device, ()).number
    large = chosen_release(publication("canary", canary=Cohort(percent=high)), device, ()).number

    assert small <= large


@given(device=DEVICES)
def test_none_and_all_are_none_and_all(device: str) -> None:
    assert chosen_release(publication("canary", canary=Cohort(percent=0)), device, ()).number == 2
    assert chosen_release(publication("canary", canary=Cohort(percent=100)), device, ()).number == 3


def test_a_share_is_about_that_share_and_of_other_devices_for_another_candidate() -> None:
    devices = [str(UUID(int=number)) for number in range(4000)]
    first = {device for device in devices if share_of(device, "presses", 3) < 1000}
    second = {device for device in devices if share_of(device, "presses", 4) < 1000}

    assert 300 < len(first) < 500
    assert len(first & second) < 100


def test_the_share_is_that_of_the_format() -> None:
    """Pinned: hub and devices of any version must agree on it (docs/sync-format.md)."""
    assert share_of("00000000-0000-0000-0000-000000000001", "presses", 3) == 5617
