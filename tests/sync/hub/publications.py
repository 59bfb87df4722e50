"""Publications and observations made by hand, for what decides over them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from index.documents import AccessLabel
from sync.format import Canary, Cohort, Gates, ManifestRef, Publication, Release, Rollout
from sync.receiver.storage import Observation

NOW = datetime(2026, 5, 1, 10, tzinfo=UTC)
COHORTS = {"canary": Cohort(percent=10, tags=("canary",)), "early": Cohort(percent=50)}


def publication(
    candidate: int | None = 2,
    stage: str = "canary",
    cohorts: dict[str, Cohort] | None = None,
    collection: str = "presses",
    **gates: Any,
) -> Publication:
    releases = tuple(
        Release(number=n, published_at=NOW, manifest=ManifestRef(sha256=f"{n:064x}", bytes=10), documents=3)
        for n in (1, 2)
    )
    return Publication(
        collection=collection,
        access=AccessLabel.INTERNAL,
        releases=releases,
        rollout=Rollout(
            stable=1 if candidate or stage == "halted" else 2,
            candidate=candidate,
            stage=stage,  # type: ignore[arg-type]
            cohorts=COHORTS if cohorts is None else cohorts,
            gates=Gates(**gates),
        ),
        canaries=(Canary(question="What does F0012 mean?", documents=("manual.pdf",)),),
    )


def observation(device: str = "press-1", generation: int = 2, **counts: Any) -> Observation:
    return Observation(device, "presses", generation, **({"canaries_asked": 4, "canaries_passed": 4} | counts))
