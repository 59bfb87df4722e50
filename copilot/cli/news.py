"""What happened to questions that waited for a larger model, told at the next occasion and once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from copilot.assembly import Assembly


def news(assembly: Assembly) -> list[str]:
    """Sentences for the person about questions that were answered, or given up, since they were last told.

    A queue that can't be read is no reason to fail an answer: `edge-copilot route queue` tells.
    """
    from index.errors import EdgeCopilotError

    if not assembly.routing.questions.path.exists():
        return []
    try:
        found = assembly.routing.questions.untold()
        assembly.routing.questions.told([one.id for one in found])
    except EdgeCopilotError:
        return []
    told = []
    for one in found:
        asked = one.asked_at.astimezone().strftime("%d %b %H:%M")
        what = {
            "answered": f"has its answer: edge-copilot route queue show {one.id[-6:]}",
            "expired": "expired before there was a network.",
        }.get(one.state, f"can't be answered elsewhere: {one.waiting.reason}")
        told.append(f"Your question of {asked} “{_short(one.waiting.question)}” {what}")
    return told


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
