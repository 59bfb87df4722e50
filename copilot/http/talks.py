"""Conversations belong to the key that holds them: nobody else sees them, whatever id they guess."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from copilot.answering.conversations import Conversations, Talk
from copilot.answering.turns import Turn
from copilot.http.security.callers import Caller
from index.errors import NotThere

_PAGE: Final = 200
_OWNED: Final = ":"  # in the id of a conversation that belongs to a key; can't be part of an id that is sent


def kept_as(caller: Caller, conversation: str) -> str:
    """The id under which a caller's conversation is kept: one caller's can't be made to look like another's."""
    return _prefix(caller) + conversation


def shown_as(talk: Talk) -> str:
    """The id by which its owner knows a conversation."""
    return talk.id.rpartition(_OWNED)[2]


def own(conversations: Conversations, caller: Caller, query: str, limit: int, offset: int) -> list[Talk]:
    """A caller's conversations, as `Conversations.listed`."""
    prefix = _prefix(caller)
    if prefix:
        return conversations.listed(query, prefix=prefix, limit=limit, offset=offset)
    return list(islice(_nobodys(conversations, query), offset, offset + limit))


def opened(conversations: Conversations, caller: Caller, conversation: str) -> tuple[Talk, list[Turn]]:
    """One of a caller's conversations, with what of it they may see.

    Raises:
        NotThere: They have none with this id.
    """
    talk = conversations.get(kept_as(caller, conversation))
    if talk.id != kept_as(caller, conversation):  # it was taken for the beginning of another's
        raise NotThere(f"There is no conversation {conversation}.", "See: GET /v1/conversations")
    return talk, [turn for turn in conversations.turns(talk.id) if _may_see(caller, turn)]


def _prefix(caller: Caller) -> str:
    return f"{caller.key}{_OWNED}" if caller.key is not None else ""


def _nobodys(conversations: Conversations, query: str) -> Iterator[Talk]:
    """Conversations that belong to no key: those of this device's own screens and of whoever needs no key."""
    offset = 0
    while page := conversations.listed(query, limit=_PAGE, offset=offset):
        yield from (talk for talk in page if _OWNED not in talk.id)
        offset += len(page)


def _may_see(caller: Caller, turn: Turn) -> bool:
    """Whether an exchange holds words of nothing that is hidden from the caller: a key may see less than once."""
    if caller.collections is None:
        return True
    return turn.sources is not None and all(caller.sees(source.collection) for source in turn.sources)
