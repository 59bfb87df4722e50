"""Whether a candidate may move on: judged from what devices reported, by the gates that were signed with it.

A pure function: the same publication, reports and time give the same verdict, wherever it is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sync.format import Publication
from sync.receiver.storage.base import Observation

Action = Literal["advance", "halt", "wait", "none"]

FEWEST_QUESTIONS: Final = 20
"""Of fewer questions no rate is judged: one failure among three says little about a manual."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How the devices with one generation fare, summed.

    Attributes:
        devices: How many have reported it.
        refused: How many would not take it.
    """

    devices: int = 0
    refused: int = 0
    canaries_asked: int = 0
    canaries_passed: int = 0
    answers: int = 0
    abstentions: int = 0
    errors: int = 0

    @classmethod
    def of(cls, observations: Sequence[Observation]) -> Figures:
        """Add up one generation's observations."""
        return cls(
            devices=len(observations),
            refused=sum(one.refused is not None for one in observations),
            canaries_asked=sum(one.canaries_asked for one in observations),
            canaries_passed=sum(one.canaries_passed for one in observations),
            answers=sum(one.answers for one in observations),
            abstentions=sum(one.abstentions for one in observations),
            errors=sum(one.errors for one in observations),
        )

    @property
    def questions(self) -> int:
        """How many were asked: answered, not found in the documents, or failed."""
        return self.answers + self.abstentions + self.errors

    def share(self, count: int) -> float:
        """``count`` of the questions."""
        return count / self.questions if self.questions else 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What should become of a rollout, and why, in sentences."""

    action: Action
    reasons: tuple[str, ...]
    candidate: Figures = Figures()
    stable: Figures = Figures()


def judge(
    publication: Publication, observations: Sequence[Observation], stage_since: datetime, now: datetime
) -> Verdict:
    """What the gates say about the candidate.

    A bound that is broken halts at once, however few have reported; moving on takes enough reports and time.

    Args:
        publication: As it is served.
        observations: Of this collection, of any generation.
        stage_since: When the present stage began.
        now: The time.
    """
    rollout, gates = publication.rollout, publication.rollout.gates
    if rollout.candidate is None or rollout.stage in ("all", "halted"):
        said = "it was halted" if rollout.stage == "halted" else "there is no candidate"
        return Verdict("none", (f"Nothing to decide: {said}.",))
    candidate = Figures.of([one for one in observations if one.generation == rollout.candidate])
    stable = Figures.of([one for one in observations if one.generation == rollout.stable])
    if broken := _broken(publication, candidate, stable):
        return Verdict("halt", tuple(broken), candidate, stable)
    missing = _missing(publication, candidate, stage_since, now)
    if missing:
        return Verdict("wait", tuple(missing), candidate, stable)
    found = f"{candidate.canaries_passed} of {candidate.canaries_asked} canary questions found their document"
    devices = "1 device has" if candidate.devices == 1 else f"{candidate.devices} devices have"
    good = f"{devices} reported generation {rollout.candidate}: {found}, within the gates"
    return Verdict("advance", (f"{good} ({gates.canaries_found:.0%} at least).",), candidate, stable)


def _broken(publication: Publication, candidate: Figures, stable: Figures) -> list[str]:
    gates = publication.rollout.gates
    broken = []
    if candidate.refused and candidate.refused / candidate.devices > gates.error_rate:
        broken.append(f"{candidate.refused} of {candidate.devices} devices would not switch to it.")
    asked = candidate.canaries_asked
    if asked and candidate.canaries_passed / asked < gates.canaries_found:
        broken.append(
            f"Only {candidate.canaries_passed} of {asked} canary questions found their document "
            f"({gates.canaries_found:.0%} at least)."
        )
    if candidate.questions < FEWEST_QUESTIONS:
        return broken
    errors = candidate.share(candidate.errors)
    if errors > gates.error_rate:
        broken.append(f"{errors:.1%} of {candidate.questions} questions failed (at most {gates.error_rate:.1%}).")
    if stable.questions >= FEWEST_QUESTIONS:
        rise = candidate.share(candidate.abstentions) - stable.share(stable.abstentions)
        if rise > gates.abstention_rate:
            broken.append(
                f"Questions without an answer rose by {rise:.1%} to {candidate.share(candidate.abstentions):.1%} "
                f"(by {gates.abstention_rate:.1%} at most)."
            )
    return broken


def _missing(publication: Publication, candidate: Figures, stage_since: datetime, now: datetime) -> list[str]:
    gates = publication.rollout.gates
    missing = []
    taken = candidate.devices - candidate.refused
    wanted = max(1, gates.reports)
    if taken < wanted:
        missing.append(f"{taken} of {wanted} devices that must report have done so.")
    if publication.canaries and not candidate.canaries_asked:
        missing.append("No device has reported its canary questions.")
    rest = stage_since + timedelta(hours=gates.soak_hours) - now
    if rest > timedelta(0):
        missing.append(f"The stage lasts another {rest.total_seconds() / 3600:.1f} hours at least.")
    return missing
