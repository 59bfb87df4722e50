"""What of the index a caller may look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from copilot.answering.present import COLLECTION
from copilot.http.problems import Refused
from copilot.http.security.callers import Caller
from index.errors import UsageError
from index.passages import SearchFilter
from index.store import Store, reading

_ASK: Final = "See which you may see: GET /v1/status"


def within(
    caller: Caller,
    store: Store,
    collections: Sequence[str],
    documents: Sequence[str] = (),
    languages: Sequence[str] = (),
) -> SearchFilter:
    """What is asked for, within what the caller may see. Reads the index: call it off the event loop.

    What the caller may not see is told like what isn't there. So that an end of a path can't be meant for a document
    that may not be seen either, documents are taken by their whole path, or as the only one with that end in sight.

    Returns:
        A filter for the answer flow; it may name the live signals, which `Finder.search` has no use for.

    Raises:
        UsageError: A collection or document isn't there for this caller.
        Refused: Nothing is.
    """
    if caller.collections is None:
        return SearchFilter(tuple(collections), tuple(documents), tuple(languages))
    with store.reader() as connection:
        seen = {one.name for one in reading.collections(connection) if caller.sees(one.name)}
        for name in collections:
            if name not in seen and not (name == COLLECTION and caller.sees(name)):
                raise UsageError(f"There is no collection “{name}”.", _ASK)
        wanted = (set(collections) or seen) - {COLLECTION}
        live = _live(caller, collections)
        if not (wanted or live):
            raise Refused(403, "There is nothing here that this key may see.", "Ask whoever made the key.")
        for given in documents:
            found = reading.find_documents(connection, given)
            if not any(one.collection in wanted for one in found):
                raise UsageError(f"There is no document “{given}”.", "See which there are: GET /v1/documents")
    return SearchFilter((*sorted(wanted), *live), tuple(documents), tuple(languages), strict=True)


def _live(caller: Caller, collections: Sequence[str]) -> tuple[str, ...]:
    """The name that stands for live signals in a filter, where the caller may see them and doesn't look elsewhere."""
    wanted = not collections or COLLECTION in collections
    return (COLLECTION,) if wanted and caller.sees(COLLECTION) else ()
