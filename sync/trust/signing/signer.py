"""Signing one piece of metadata with the keys that are here, and checking that they are enough."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from tuf.api.exceptions import UnsignedMetadataError
from tuf.api.metadata import Metadata, MetaFile, Role, Root, Signed, Snapshot, Targets

from index.errors import SyncError
from index.store.files import write_atomically
from sync.trust.signing.keyring import Keyring
from sync.trust.signing.lifetimes import Lifetimes
from sync.trust.signing.served import PREFIX, ServedMetadata, T


class MetadataSigner(ServedMetadata):
    """Served metadata, and the keys to sign other.

    Args:
        public: Where ``metadata/`` and ``targets/`` are.
        keyring: Finds the keys.
        lifetimes: How long signatures last.
        now: The time, aware, UTC.
    """

    def __init__(self, public: Path, keyring: Keyring, lifetimes: Lifetimes, now: Callable[[], datetime]) -> None:
        super().__init__(public, lifetimes, now)
        self._keyring = keyring

    def keys_here(self, role: str) -> list[Path]:
        """Return the files of those keys of a role that are at hand."""
        return [path for keyid in self.role(role).keyids if (path := self._keyring.find(keyid)) is not None]

    def need(self, role: str) -> None:
        """See to it that a role can be signed.

        Raises:
            SyncError: Too few of its keys are here.
        """
        if not self._can_sign(role):
            raise self._too_few(role, self.role(role))

    def _can_sign(self, role: str) -> bool:
        wanted = self.role(role)
        return sum(self._keyring.find(keyid) is not None for keyid in wanted.keyids) >= wanted.threshold

    def _sign(
        self, signed: Signed, authority: Root | Targets, role: str, keyids: Iterable[str] | None = None
    ) -> Metadata[T]:
        """Sign with the keys that the authority names, or with ``keyids``, and check that it is enough."""
        metadata: Metadata[T] = Metadata(signed)  # type: ignore[arg-type]
        wanted = self._role_in(authority, role)
        for signer in self._keyring.signers(wanted.keyids if keyids is None else keyids):
            metadata.sign(signer, append=True)
        try:
            authority.verify_delegate(role, metadata.signed_bytes, metadata.signatures)
        except UnsignedMetadataError as error:
            raise self._too_few(role, wanted) from error
        return metadata

    def _too_few(self, role: str, wanted: Role) -> SyncError:
        here = sum(self._keyring.find(keyid) is not None for keyid in wanted.keyids)
        folder = self._keyring.folders.of(role)
        name = f"the collection “{role.removeprefix(PREFIX)}”" if role.startswith(PREFIX) else f"the role {role}"
        remedy = (
            "Connect what holds the root keys and name its folder with --root-keys-dir."
            if role in ("root", "targets")
            else "Bring the key back from a copy, or rotate it: edge-copilot hub keys rotate --help"
        )
        return SyncError(
            f"Signing for {name} takes {wanted.threshold} of its {len(wanted.keyids)} keys; {folder} holds {here}.",
            remedy,
        )

    def _next_version(self, snapshot: Snapshot, role: str) -> int:
        meta = snapshot.meta.get(f"{role}.json")
        # A collection that was dropped and comes back must not begin anew: devices would take it for a rollback.
        return max([meta.version if meta else 0, *self._versions(role)]) + 1

    def _expiry(self, role: str) -> datetime:
        return (self._now() + self._lifetimes.of(role)).replace(microsecond=0)

    def _write(self, name: str, content: bytes) -> None:
        write_atomically(self._metadata / name, content.decode())


def meta_of(version: int, content: bytes) -> MetaFile:
    """Return what the metadata above says of a piece of metadata."""
    return MetaFile(version, len(content), {"sha256": hashlib.sha256(content).hexdigest()})
