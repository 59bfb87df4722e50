"""A conversation as Markdown, for a report or a colleague."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from copilot.answering.conversations import Talk
from copilot.answering.excerpts import place
from copilot.answering.turns import Cited, Turn

_STATUS: Final = {
    "abstained": "The documents don't tell.",
    "queued": "Waits for a network.",
    "escalated": "Answered by a larger model.",
}
_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>#|~])")


def as_markdown(talk: Talk, turns: Sequence[Turn]) -> str:
    """The whole conversation with the places that its answers stand on."""
    parts = [f"# {_escaped(talk.title)}", f"Begun {talk.begun_at.astimezone():%Y-%m-%d %H:%M}, {talk.id}."]
    for turn in turns:
        parts.append(f"## {_escaped(' '.join(turn.question.split()))}")
        if turn.asked_at is not None:
            said = f" {_STATUS[turn.status]}" if turn.status in _STATUS else ""
            parts.append(f"*{turn.asked_at.astimezone():%Y-%m-%d %H:%M}.{said}*")
        # An answer is Markdown already as far as it quotes: "> " before the document's own words.
        parts.append(turn.answer.strip())
        if turn.cited:
            parts.append("\n".join(_cited(one) for one in turn.cited))
    return "\n\n".join(part for part in parts if part) + "\n"


def _cited(one: Cited) -> str:
    where = place(one.title, one.section, one.page)
    return f"[{one.n}] {_escaped(where)} (`{one.document.replace('`', '')}`)  "


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
