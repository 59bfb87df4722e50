"""What of the live side somebody may see who may not see everything: keys of an endpoint are given collections."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from copilot.hmi.values import Advice, Step, Summary, SummaryLine

NOTES: Final = "notes"
"""The collection that notes count as."""


def advice_for(advice: Advice, sees: Callable[[str], bool]) -> Advice:
    """An advice without what stands in documents and notes that may not be seen.

    Args:
        sees: Whether a collection may be seen.
    """
    kept = [at for at, passage in enumerate(advice.passages) if sees(passage.collection)]
    notes = sees(NOTES)
    if len(kept) == len(advice.passages) and notes:
        return advice
    numbers = {at: number for number, at in enumerate(kept)}
    told = advice.meaning_citation is None or advice.meaning_citation in numbers
    return replace(
        advice,
        meaning=advice.meaning if told else "",
        meaning_citation=numbers.get(advice.meaning_citation) if advice.meaning_citation is not None else None,
        steps=tuple(Step(step.text, numbers[step.citation]) for step in advice.steps if step.citation in numbers),
        passages=tuple(advice.passages[at] for at in kept),
        incidents=tuple(
            one
            for one in advice.incidents
            if (one.kind == "alarm")
            or (one.kind == "note" and notes)
            or (one.kind == "logbook" and sees(one.collection))
        ),
    )


def summary_for(summary: Summary, sees: Callable[[str], bool]) -> Summary:
    """A summary without notes, where these may not be seen."""
    if sees(NOTES) or not summary.remarks:
        return summary
    hidden = {remark.id for remark in summary.remarks}
    lines = tuple(line for line in summary.lines if not hidden & set(line.references))
    return replace(summary, lines=lines or (SummaryLine("Nothing may be shown."),), remarks=())
