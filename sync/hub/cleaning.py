"""Taking away what no release names any more: packs, manifests, patches, dictionaries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sync.format import Publication
from sync.hub.folder import HubFolder
from sync.hub.releases import forget_manifests, read_manifest
from sync.hub.state import HubState


@dataclass(slots=True)
class Named:
    """Names of files below ``objects/`` that releases name."""

    manifests: set[str] = field(default_factory=set)
    deltas: set[str] = field(default_factory=set)
    packs: set[str] = field(default_factory=set)
    dicts: set[str] = field(default_factory=set)

    def files(self) -> list[str]:
        """Return their paths below ``objects/``."""
        found = [f"manifests/{name}" for name in self.manifests] + [f"deltas/{name}" for name in self.deltas]
        found += [f"packs/{name}{suffix}" for name in self.packs for suffix in (".pack", ".idx")]
        return sorted(found + [f"dicts/{name}" for name in self.dicts])


def named_by(hub: HubFolder, publications: Iterable[Publication], *, only_current: bool = False) -> Named:
    """Return what these publications name.

    Args:
        hub: The hub.
        publications: What is served.
        only_current: Of the releases that the rollout names, not of older ones.

    Raises:
        SyncError, PackError: A manifest is missing or damaged.
    """
    named = Named()
    for publication in publications:
        current = {publication.rollout.stable, publication.rollout.candidate}
        for release in publication.releases:
            if only_current and release.number not in current:
                continue
            manifest = read_manifest(hub, release)
            named.manifests.add(release.manifest.sha256)
            named.deltas |= {f"{release.manifest.sha256}.{delta.from_}" for delta in release.deltas}
            named.packs |= {pack.digest.hex() for pack in manifest.packs}
            if manifest.dictionary is not None:
                named.dicts.add(manifest.dictionary.hex())
    return named


def clean(hub: HubFolder, state: HubState, publications: Iterable[Publication], finished: Iterable[str]) -> None:
    """Delete what is named by nothing.

    Args:
        hub: The hub.
        state: What it remembers; packs that are deleted are forgotten.
        publications: All that are served.
        finished: Collections whose publication is done: what they have in packs beyond it is not wanted.
    """
    served = list(publications)
    named = named_by(hub, served)
    done, gone = set(finished), []
    for id_, collection, digest in state.connection.execute("SELECT id, collection, digest FROM packs"):
        name = bytes(digest).hex()
        if name not in named.packs and collection in done:
            gone.append((id_, collection))
        else:
            named.packs.add(name)
    with state.transaction() as connection:
        for id_, _ in gone:
            connection.execute("DELETE FROM packs WHERE id = ?", (id_,))
        for collection in {collection for _, collection in gone}:
            # What was encoded into a pack that is gone must be encoded anew when it is wanted again.
            connection.execute(
                "DELETE FROM members WHERE collection = ?1 AND document NOT IN"
                " (SELECT digest FROM objects WHERE collection = ?1)",
                (collection,),
            )
            connection.execute(
                "DELETE FROM encoded WHERE collection = ?1 AND (digest NOT IN"
                " (SELECT digest FROM objects WHERE collection = ?1) OR digest IN (SELECT document FROM members"
                " WHERE collection = ?1 AND object NOT IN (SELECT digest FROM objects WHERE collection = ?1)))",
                (collection,),
            )
    noted = state.connection.execute("SELECT value FROM notes WHERE key = 'dictionary'")
    named.dicts |= {str(row[0]) for row in noted if row[0]}
    wanted = set(named.files())
    for folder in ("manifests", "deltas", "packs", "dicts"):
        for path in (hub.objects / folder).glob("*"):
            if f"{folder}/{path.name}" not in wanted:
                path.unlink(missing_ok=True)
    for publication in served:
        forget_manifests(hub, publication.collection)
