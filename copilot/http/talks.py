"""Conversations belong to the key that holds them: nobody else sees them, whatever id they guess."""

from __future__ import annotations

from copilot.answering.turns import Turn
from copilot.http.security.callers import Caller


def kept_as(caller: Caller, conversation: str | None) -> str | None:
    """The id under which a caller's conversation is kept.

    A colon can't be part of an id that is sent, so one caller's can't be made to look like another's.
    """
    return None if conversation is None else prefix_of(caller) + conversation


def prefix_of(caller: Caller) -> str:
    """What the ids of a caller's conversations begin with; empty for whoever needs no key."""
    return f"{caller.key}:" if caller.key is not None else ""


def may_see(caller: Caller, turn: Turn) -> bool:
    """Whether an exchange holds words of nothing that is hidden from the caller: a key may see less than once."""
    if caller.collections is None:
        return True
    return turn.sources is not None and all(caller.sees(source.collection) for source in turn.sources)
