"""Questions that waited for a larger model, and what became of them. Called off the event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copilot.tui.words import said, tr
from index.errors import EdgeCopilotError

if TYPE_CHECKING:
    from copilot.assembly import Assembly

_SHORT = 60


def untold(assembly: Assembly) -> list[str]:
    """Sentences about questions that were answered or given up since they were last told; each is told once."""
    questions = assembly.routing.questions
    if not questions.path.exists():
        return []
    try:
        found = questions.untold()
        questions.told([one.id for one in found])
    except EdgeCopilotError:
        return []  # the sync screen says what is wrong with the queue
    told = []
    for one in found:
        asked = one.asked_at.astimezone().strftime("%d.%m. %H:%M")
        text = one.waiting.question
        text = text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"
        if one.state == "answered":
            told.append(tr("“{question}” of {when} has its answer: see F9.", question=text, when=asked))
        elif one.state == "expired":
            told.append(tr("“{question}” of {when} expired before there was a network.", question=text, when=asked))
        else:
            reason = said(one.waiting.reason)
            told.append(
                tr("“{question}” of {when} can't be answered elsewhere: {why}", question=text, when=asked, why=reason)
            )
    return told
