"""Canaries first, then early devices, then all; and a change is taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import EdgeCopilotError, UsageError
from sync.format import Cohort, Gates, ManifestRef, Publication, Release, Rollout
from sync.hub import rollout
from sync.hub.reverting import revert
from tests.sync.hub.published import Hub, manual, write

CANARY, EARLY = Cohort(percent=5, tags=("pilot",)), Cohort(percent=25)


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    made = Hub(tmp_path / "hub", tmp_path / "docs")
    write(made.add(cohorts={"canary": CANARY, "early": EARLY}) / "a.md", manual("a"))
    made.publish()
    return made


def change(hub: Hub, words: str) -> None:
    write(hub.docs / "presses/a.md", manual("a", words=words))
    hub.publish()


def stage(hub: Hub) -> tuple[str, int | None, int]:
    served = hub.publication().rollout
    return served.stage, served.candidate, served.stable


def test_the_first_generation_is_for_everybody_and_the_next_for_canaries(hub: Hub) -> None:
    assert stage(hub) == ("all", None, 1)
    change(hub, "state 2")

    assert stage(hub) == ("canary", 2, 1)
    assert hub.publication().rollout.cohorts == {"canary": CANARY, "early": EARLY}


def test_a_candidate_moves_on_stage_by_stage(hub: Hub) -> None:
    change(hub, "state 2")
    rollout.change(hub.folder, "presses", rollout.advanced)
    assert stage(hub) == ("early", 2, 1)
    rollout.change(hub.folder, "presses", rollout.advanced)
    assert stage(hub) == ("all", None, 2)

    with pytest.raises(UsageError, match="no candidate"):
        rollout.change(hub.folder, "presses", rollout.advanced)


def test_a_halted_candidate_is_nobodys_and_can_be_started_again_or_replaced(hub: Hub) -> None:
    change(hub, "state 2")
    rollout.change(hub.folder, "presses", rollout.halted)
    assert stage(hub) == ("halted", 2, 1)
    with pytest.raises(UsageError, match="halted"):
        rollout.change(hub.folder, "presses", rollout.advanced)

    rollout.change(hub.folder, "presses", rollout.started("canary"))
    assert stage(hub) == ("canary", 2, 1)
    rollout.change(hub.folder, "presses", rollout.halted)
    change(hub, "state 3")
    assert stage(hub) == ("canary", 3, 1)


def test_the_stable_generation_stays_however_many_candidates_come(hub: Hub) -> None:
    for number in range(2, 9):
        change(hub, f"state {number}")

    numbers = [release.number for release in hub.publication().releases]
    assert numbers == [1, 4, 5, 6, 7, 8]
    assert "blown fuse" in hub.generation(number=1).text("a.md")


def test_publishing_may_begin_at_another_cohort(hub: Hub) -> None:
    write(hub.docs / "presses/a.md", manual("a", words="urgent"))
    hub.publish(cohort="all")

    assert stage(hub) == ("all", None, 2)


def test_a_change_that_changes_nothing_signs_nothing(hub: Hub) -> None:
    before = hub.folder.signing().timestamp().signed.version
    rollout.change(hub.folder, "presses", lambda publication: publication)

    assert hub.folder.signing().timestamp().signed.version == before


def test_a_revert_is_for_everybody_at_once(hub: Hub) -> None:
    change(hub, "state 2")
    rollout.change(hub.folder, "presses", rollout.advanced)
    rollout.change(hub.folder, "presses", rollout.advanced)
    revert(hub.folder, "presses", 1)

    assert stage(hub) == ("all", None, 3)
    assert "blown fuse" in hub.generation().text("a.md")


def publication(cohorts: dict[str, Cohort]) -> Publication:
    release = Release(
        number=1, published_at="2026-01-01T00:00:00Z", manifest=ManifestRef(sha256="0" * 64, bytes=1), documents=0
    )
    return Publication(
        collection="c", access="internal", releases=(release,), rollout=Rollout(stable=1, cohorts=cohorts)
    )


STEPS = st.lists(st.sampled_from(["publish", "publish to all", "advance", "halt", "start"]), max_size=20)


@given(STEPS, st.sets(st.sampled_from(["canary", "early"])))
def test_whatever_is_done_there_is_always_a_stable_generation_that_was_for_all(
    steps: list[str], cohorts: set[str]
) -> None:
    defined = {name: Cohort(percent=10) for name in sorted(cohorts)}
    served, number = publication(defined), 1
    stable_before = 1
    for step in steps:
        try:
            if step.startswith("publish"):
                number += 1
                release = served.releases[0].model_copy(update={"number": number})
                moved = rollout.with_release(
                    served, release, defined, Gates(), "all" if step == "publish to all" else None
                )
                served = served.model_copy(update={"releases": (*served.releases, release), "rollout": moved})
            elif step == "advance":
                served = rollout.advanced(served)
            elif step == "halt":
                served = rollout.halted(served)
            elif cohorts:
                served = rollout.started(sorted(cohorts)[0])(served)  # type: ignore[arg-type]
        except EdgeCopilotError:
            continue
        served = Publication.decode(served.encode())
        assert served.rollout.stable >= stable_before
        assert served.rollout.stage in {*cohorts, "all", "halted"}
        assert (served.rollout.candidate is None) == (served.rollout.stage == "all")
        stable_before = served.rollout.stable
