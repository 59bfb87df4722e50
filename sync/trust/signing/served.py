"""Reading a hub's own signed metadata: what is served, by whom it is signed, and until when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

from tuf.api.exceptions import LengthOrHashMismatchError, RepositoryError
from tuf.api.metadata import Metadata, Role, Root, Snapshot, TargetFile, Targets, Timestamp

from index.errors import SyncError, UsageError
from sync.trust.signing.lifetimes import Lifetimes

T = TypeVar("T", Root, Targets, Snapshot, Timestamp)

TOP: Final = ("root", "targets", "snapshot", "timestamp")
PREFIX: Final = "collection-"


def role_of(collection: str) -> str:
    """Return the name of a collection's role."""
    return f"{PREFIX}{collection}"


def target_path(collection: str) -> str:
    """Return the name of a collection's one target."""
    return f"collections/{collection}/publication.json"


def days_left(expires: datetime, now: datetime) -> int:
    """Return whole days from now to an expiry; 0 where it has passed."""
    return max(expires - now, timedelta()).days


@dataclass(frozen=True, slots=True)
class Due:
    """A role whose signature is near its end.

    Attributes:
        role: Its name.
        expires: UTC.
    """

    role: str
    expires: datetime


class ServedMetadata:
    """The metadata that a hub serves.

    Args:
        public: Where ``metadata/`` and ``targets/`` are.
        lifetimes: How long signatures last.
        now: The time, aware, UTC.
    """

    def __init__(self, public: Path, lifetimes: Lifetimes, now: Callable[[], datetime]) -> None:
        self._public = public
        self._metadata = public / "metadata"
        self._lifetimes = lifetimes
        self._now = now

    @property
    def exists(self) -> bool:
        """Whether there is a repository already."""
        return (self._metadata / "timestamp.json").exists()

    def root_file(self) -> Path:
        """Return the newest root: the file that devices are enrolled with."""
        versions = sorted(self._versions("root"))
        if not versions:
            raise SyncError(
                f"There is no root in {self._metadata}.", "Make the hub first: edge-copilot hub init HUB_DIR"
            )
        return self._metadata / f"{versions[-1]}.root.json"

    def root(self) -> Metadata[Root]:
        """Read the newest root."""
        return self._read(self.root_file(), Root)

    def timestamp(self) -> Metadata[Timestamp]:
        """Read what is served now."""
        return self._read(self._metadata / "timestamp.json", Timestamp)

    def snapshot(self) -> Metadata[Snapshot]:
        """Read the snapshot that is served now."""
        version = self.timestamp().signed.snapshot_meta.version
        return self._read(self._metadata / f"{version}.snapshot.json", Snapshot)

    def targets(self, role: str = "targets") -> Metadata[Targets] | None:
        """Read the targets, or a collection's role, that are served now; None where there is no such role yet."""
        meta = self.snapshot().signed.meta.get(f"{role}.json")
        return self._read(self._metadata / f"{meta.version}.{role}.json", Targets) if meta else None

    def publication(self, collection: str) -> bytes | None:
        """Read what is served as a collection's publication; None where there is none yet."""
        target = self._served_target(collection)
        if target is None:
            return None
        path = self._target_file(collection, target.hashes["sha256"])
        try:
            content = path.read_bytes()
            target.verify_length_and_hashes(content)
        except (OSError, LengthOrHashMismatchError) as error:
            raise SyncError(
                f"What is served of “{collection}” is missing or damaged ({path}).",
                "Bring public/targets back from a copy.",
            ) from error
        return content

    def publication_file(self, collection: str) -> Path:
        """Return the file of what is served as a collection's publication.

        Raises:
            UsageError: There is none yet.
        """
        target = self._served_target(collection)
        if target is None:
            raise UsageError(f"“{collection}” was not published yet.", "Publish it: edge-copilot hub publish HUB_DIR")
        return self._target_file(collection, target.hashes["sha256"])

    def delegated(self) -> list[str]:
        """Return the collections that have a role."""
        targets = self.targets()
        roles = targets.signed.delegations.roles if targets and targets.signed.delegations else {}
        return sorted(name.removeprefix(PREFIX) for name in roles or {})

    def keyids(self, role: str) -> tuple[list[str], int]:
        """Return the ids of the keys of a role, and how many of them must sign."""
        found = self.role(role)
        return list(found.keyids), found.threshold

    def expiries(self) -> dict[str, datetime]:
        """Return when each role's signature ends."""
        found = {"root": self.root().signed.expires, "timestamp": self.timestamp().signed.expires}
        found["snapshot"] = self.snapshot().signed.expires
        for role in ("targets", *map(role_of, self.delegated())):
            if (metadata := self.targets(role)) is not None:
                found[role] = metadata.signed.expires
        return found

    def due(self) -> list[Due]:
        """Return the roles that should be signed anew."""
        now = self._now()
        return [
            Due(role, expires)
            for role, expires in self.expiries().items()
            if expires - now < self._lifetimes.renewal(role)
        ]

    def _served_target(self, collection: str) -> TargetFile | None:
        role = self.targets(role_of(collection)) if collection in self.delegated() else None
        return role.signed.targets.get(target_path(collection)) if role else None

    def role(self, role: str) -> Role:
        """Return whose keys sign a role.

        Raises:
            UsageError: It is a collection's, which was not published yet.
        """
        if role in TOP:
            return self.root().signed.roles[role]
        targets = self.targets()
        assert targets is not None, "made with the repository"
        return self._role_in(targets.signed, role)

    @staticmethod
    def _role_in(authority: Root | Targets, role: str) -> Role:
        if isinstance(authority, Root):
            return authority.roles[role]
        roles = authority.delegations.roles if authority.delegations else None
        if not roles or role not in roles:
            raise UsageError(f"The collection “{role.removeprefix(PREFIX)}” has no keys yet.", "Publish it first.")
        return roles[role]

    def _versions(self, role: str) -> list[int]:
        names = (path.name.partition(".")[0] for path in self._metadata.glob(f"*.{role}.json"))
        return [int(name) for name in names if name.isdigit()]

    def _target_file(self, collection: str, sha256: str) -> Path:
        return self._public / "targets" / "collections" / collection / f"{sha256}.publication.json"

    @staticmethod
    def _read(path: Path, kind: type[T]) -> Metadata[T]:
        try:
            metadata: Metadata[T] = Metadata.from_file(str(path))
        except (RepositoryError, OSError) as error:
            raise SyncError(
                f"The hub's own metadata can't be read ({path}: {error}).",
                "Bring the folder public/metadata back from a copy.",
            ) from error
        if not isinstance(metadata.signed, kind):
            raise SyncError(f"{path} is no {kind.type} metadata.", "Bring public/metadata back from a copy.")
        return metadata
