"""What of the index a caller may look at."""

from __future__ import annotations

from collections.abc import Sequence

from copilot.http.security.callers import Caller
from copilot.http.services import Services
from index.passages import SearchFilter


async def within(
    services: Services,
    caller: Caller,
    collections: Sequence[str],
    documents: Sequence[str] = (),
    languages: Sequence[str] = (),
) -> SearchFilter:
    """What is asked for, within what the caller may see."""
    wanted = tuple(collections) or services.settings.search.collections
    return SearchFilter(wanted, tuple(documents), tuple(languages))
