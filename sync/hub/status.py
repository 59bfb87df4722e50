"""What a hub holds and how it is doing, at a glance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from index.errors import EdgeCopilotError
from sync.format import Publication
from sync.hub.folder import HubFolder
from sync.hub.settings import CollectionSettings, SourceSettings
from sync.hub.sources.mirror import Problem, last_problems
from sync.hub.state import HubState


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """A source and its last refresh; ``refreshed_at`` is "" for never."""

    settings: SourceSettings
    refreshed_at: str
    files: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class CollectionStatus:
    """A collection; ``publication`` is None before its first one."""

    name: str
    settings: CollectionSettings
    publication: Publication | None
    sources: tuple[SourceStatus, ...]


@dataclass(frozen=True, slots=True)
class RoleStatus:
    """A role of the signed metadata.

    Attributes:
        keys: How many there are.
        here: How many of them can sign here.
        threshold: How many must.
    """

    role: str
    expires: datetime
    keys: int
    here: int
    threshold: int


@dataclass(frozen=True, slots=True)
class HubStatus:
    """All of it."""

    collections: tuple[CollectionStatus, ...]
    roles: tuple[RoleStatus, ...]
    public_bytes: int


def look(hub: HubFolder) -> HubStatus:
    """Look at a hub; nothing is changed.

    Raises:
        UsageError: It is none.
        SyncError: Its metadata is damaged, or a newer version made it.
    """
    settings, signing = hub.settings(), hub.signing()
    with HubState(hub.state_file) as state:
        collections = []
        for name, collection in sorted(settings.collections.items()):
            content = signing.publication(name)
            sources = []
            for source in settings.sources_of(name):
                refreshed_at, problems = last_problems(state, source.id)
                files = state.connection.execute("SELECT count(*) FROM mirrored WHERE source = ?", (source.id,)).get
                sources.append(SourceStatus(source, refreshed_at, int(files or 0), tuple(problems)))
            publication = Publication.decode(content) if content else None
            collections.append(CollectionStatus(name, collection, publication, tuple(sources)))
    roles = []
    for role, expires in signing.expiries().items():
        try:
            keyids, threshold = signing.keyids(role)
        except EdgeCopilotError:
            continue
        roles.append(RoleStatus(role, expires, len(keyids), len(signing.keys_here(role)), threshold))
    size = sum(path.stat().st_size for path in hub.public.rglob("*") if path.is_file())
    return HubStatus(tuple(collections), tuple(roles), size)
