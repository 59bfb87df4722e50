"""What a follow-up in a conversation means.

A follow-up ("and for the bigger one?") is searched together with the question before it, and read with the exchange
before it in sight. No model is asked to rewrite it: that would put a second of generation before the evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from copilot.answering.overlap import terms
from copilot.answering.turns import Turn
from copilot.privacy.values import Source
from index.passages import Passage

_OPENING = re.compile(r"^(?:and|but|or|so|also|then|what about|how about|what if|und|aber|oder)\b", re.IGNORECASE)
_REFERENCE = re.compile(
    r"\b(?:it|its|that|this|these|those|they|them|their|there|ones?|same|other|former|latter|bigger|smaller|"
    r"larger|next|previous|instead|otherwise)\b",
    re.IGNORECASE,
)
_SELF_CONTAINED_TERMS: Final = 5
_ANSWER_CHARACTERS: Final = 300


def is_follow_up(question: str) -> bool:
    """Whether ``question`` leans on what was said before it."""
    if _OPENING.match(question):
        return True
    words = terms(question)
    return len(words) <= 2 or (len(words) < _SELF_CONTAINED_TERMS and _REFERENCE.search(question) is not None)


def for_search(question: str, history: Sequence[Turn]) -> str:
    """What to search for: a follow-up together with the last question that stood by itself."""
    if not history or not is_follow_up(question):
        return question
    root = next((turn.question for turn in reversed(history) if not is_follow_up(turn.question)), history[-1].question)
    return f"{question} {root}"


def for_reading(question: str, history: Sequence[Turn]) -> str:
    """What the model is told of the conversation: the exchange before a follow-up, else nothing."""
    if not history or not is_follow_up(question):
        return ""
    last = history[-1]
    answer = last.answer if len(last.answer) <= _ANSWER_CHARACTERS else last.answer[:_ANSWER_CHARACTERS] + "…"
    return f"Before, the technician asked: {last.question}\nThe answer was: {answer}\n\n"


def sources_of(question: str, passages: Iterable[Passage], history: Sequence[Turn]) -> tuple[Source, ...] | None:
    """What an answer may have taken words from: its evidence, and that of the exchange in sight of a follow-up."""
    sources = {Source.of(passage) for passage in passages}
    if history and is_follow_up(question):
        before = history[-1].sources
        if before is None:
            return None
        sources |= set(before)
    return tuple(sorted(sources, key=lambda one: (one.collection, one.document)))
