"""What a guest may see of the index.

An assistant mostly is a program that sends what it reads to a model elsewhere. So what is restricted, and must not
leave this device, is not there for it, unless mcp.restricted says that it runs here, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from copilot.mcp.hosting import Guest
from copilot.mcp.wire import Opened
from index.documents import AccessLabel
from index.errors import UsageError
from index.passages import Passage, SearchFilter
from index.store import Store, reading
from index.store.reading import CollectionInfo

_LONGEST_SECTION: Final = 50_000  # characters
_HIDDEN: Final = "Restricted text is not shown to assistants, unless mcp.restricted is set on the device."


def visible(guest: Guest, restricted: bool) -> Callable[[CollectionInfo], bool]:
    """Whether a collection is there for ``guest``.

    Args:
        guest: Who looks.
        restricted: Whether what is restricted may be shown.
    """
    return lambda one: guest.sees(one.name) and (restricted or one.access is not AccessLabel.RESTRICTED)


def scope(
    store: Store,
    shown: Callable[[CollectionInfo], bool],
    collections: Sequence[str],
    documents: Sequence[str],
    *,
    named: bool = False,
) -> SearchFilter:
    """What is asked for, within what is shown.

    Args:
        store: The index.
        shown: As `visible` gives it.
        collections: Asked for; empty: all.
        documents: Asked for; empty: all.
        named: Whether the collections are to be named in any case: what lies beside the index is left out then.

    Raises:
        UsageError: There is no such collection in sight, or none at all.
    """
    with store.reader() as connection:
        known = reading.collections(connection)
    seen = tuple(one.name for one in known if shown(one))
    for name in collections:
        if name not in seen:
            raise UsageError(f"There is no collection “{name}” here. {_HIDDEN}", f"There are: {', '.join(seen)}.")
    if not seen and known:
        raise UsageError("There is nothing here that may be shown.", _HIDDEN)
    everything = len(seen) == len(known) and not named
    wanted = tuple(collections) or (() if everything else seen)
    return SearchFilter(wanted, tuple(documents), strict=not everything)


def leaks(passages: Iterable[Passage], restricted: bool) -> bool:
    """Whether something among ``passages`` must not be shown; notes lie in no collection."""
    return not restricted and any(passage.access is AccessLabel.RESTRICTED for passage in passages)


def open_passage(store: Store, shown: Callable[[CollectionInfo], bool], chunk_id: int) -> Opened:
    """Open a passage.

    Raises:
        UsageError: It isn't there, or is hidden: both are told alike.
    """
    with store.reader() as connection:
        seen = {one.name for one in reading.collections(connection) if shown(one)}
        chunk = reading.chunk(connection, chunk_id)
        document = reading.document(connection, chunk.document_id) if chunk is not None else None
        if chunk is None or document is None or document.collection not in seen:
            raise UsageError("There is no such passage.", "Search again: its document may have changed.")
        section = reading.section_chunks(connection, chunk_id)
        near = {one.ordinal: one.id for one in reading.neighbours(connection, chunk_id)}
    return Opened(
        chunk_id=chunk.id,
        document=document.path,
        title=document.title,
        collection=document.collection,
        section=chunk.section,
        page=chunk.page,
        text=chunk.text,
        section_text="".join(one.body for one in section).strip()[:_LONGEST_SECTION],
        before=near.get(chunk.ordinal - 1),
        after=near.get(chunk.ordinal + 1),
    )
