"""What the doctor reports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from index.errors import EdgeCopilotError

Status = Literal["ok", "warning", "fault"]

_ORDER: tuple[Status, ...] = ("ok", "warning", "fault")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: What was looked at, such as ``index``.
        status: ``warning``: it works, with less than it could. ``fault``: something that should work does not.
        what: What was found, in one sentence.
        remedy: What to do; empty where nothing is to be done.
        details: Figures for programs, as JSON can hold them.
    """

    name: str
    status: Status
    what: str
    remedy: str = ""
    details: Mapping[str, object] = field(default_factory=dict)


def worst(findings: Iterable[Finding]) -> Status:
    """Return the gravest status among them; ok where there are none."""
    return max((finding.status for finding in findings), key=_ORDER.index, default="ok")


def guarded(name: str, check: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """Yield what ``check`` finds; whatever it fails with becomes a finding, so that the other checks still run."""
    try:
        yield from check()
    except EdgeCopilotError as error:
        yield Finding(name, "fault", error.message, error.remedy)
    except Exception as error:
        # A doctor who faints helps nobody: this is the one place where any error at all is a result.
        yield Finding(name, "fault", f"It could not be looked at: {type(error).__name__}: {error}")
