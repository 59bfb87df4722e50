"""What comes of a request: words, a wish for more passages, and what it cost."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from copilot.engines.chat_completions import CallPart

_LONGEST_QUERY: Final = 500


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of the reply's text, as the endpoint wrote it: with placeholders."""

    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The model asks for more passages instead of answering.

    Attributes:
        id: As the endpoint named the call.
        query: What it looks for, with placeholders.
    """

    id: str
    query: str


@dataclass(frozen=True, slots=True)
class Spent:
    """Counts of one request.

    Attributes:
        told: Whether the endpoint gave them; else they are estimated.
    """

    prompt_tokens: int
    reply_tokens: int
    told: bool


Outcome = Literal["answered", "refused", "unreachable", "broken off", "cancelled"]


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of one attempt at a request.

    Attributes:
        outcome: As the audit log has it.
        spent: What the endpoint's reply cost; None where none came to its end.
        received_bytes: Of the reply's text.
    """

    outcome: Outcome
    spent: Spent | None = None
    received_bytes: int = 0


def join_call(parts: Iterable[CallPart], tool: str) -> Asked | None:
    """The first whole call of ``tool`` among ``parts``; None where there is none that can be understood."""
    calls: dict[int, list[CallPart]] = {}
    for part in parts:
        calls.setdefault(part.number, []).append(part)
    for pieces in calls.values():
        if "".join(piece.name for piece in pieces) != tool:
            continue
        try:
            query = json.loads("".join(piece.arguments for piece in pieces))["query"]
        except (ValueError, LookupError, TypeError, RecursionError):
            continue
        if isinstance(query, str) and query.strip():
            named = next((piece.id for piece in pieces if piece.id), "")
            return Asked(named or "call_1", query.strip()[:_LONGEST_QUERY])
    return None


def estimated_tokens(size: int) -> int:
    """Tokens of a text of ``size`` bytes where nobody counts them: 3 bytes a token, which is on the high side."""
    return -(-size // 3)
