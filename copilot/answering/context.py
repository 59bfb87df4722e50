"""What is known beside the documents: notes of this machine, live signals. Offered to the answer flow as passages.

A passage of a context is shown, read, quoted, cited and checked like one of the index, and its label obeys the wall.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, Protocol

from index.passages import Passage, SearchFilter, SearchResult

Standing = Literal["first", "second", "last"]
"""``first``: the question is about it, and it is read before the documents. ``second``: it is read beside the best
passage of the documents. ``last``: it is shown below them."""

MOST: Final = 4
"""Passages that all contexts together may add to one answer: evidence stays something to look through."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A passage of a context.

    Attributes:
        passage: Its ``chunk_id`` is negative, so that it is taken for none of the index; notes have -1 down to
            ``-(2**40)``, live signals what is below that. Its rank is set by the flow.
    """

    passage: Passage
    standing: Standing = "last"


class LiveContext(Protocol):
    """Something that knows what the documents don't. Called off the event loop, before the evidence is shown."""

    def offers(self, question: str, found: SearchResult, filter: SearchFilter) -> Sequence[Offer]:  # noqa: A002 - as in the search
        """What there is to ``question``, best first. Quick: the evidence waits for it.

        Args:
            question: As it is searched for, a follow-up with the question before it.
            found: What the documents have.
            filter: Where the person wants to look; a context that isn't meant by it offers nothing.

        Raises:
            StoreError, ResourceError: It can't be read; the documents answer alone then, which a notice says.
        """
        ...


def with_offers(result: SearchResult, offers: Iterable[Offer]) -> SearchResult:
    """``result`` with what contexts offer put where it belongs; ranks are counted anew."""
    taken = list(offers)[:MOST]
    if not taken:
        return result
    by = {standing: [one.passage for one in taken if one.standing == standing] for standing in ("first", "second")}
    last = [one.passage for one in taken if one.standing == "last"]
    ordered = [*by["first"], *result.passages[:1], *by["second"], *result.passages[1:], *last]
    return replace(result, passages=tuple(replace(passage, rank=rank) for rank, passage in enumerate(ordered, start=1)))
