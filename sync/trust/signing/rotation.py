"""Replacing keys so that no device is left behind, wherever it is interrupted."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tuf.api.exceptions import UnsignedMetadataError
from tuf.api.metadata import Root
from tuf.api.serialization.json import JSONSerializer

from index.errors import UsageError
from sync.trust.signing.signer import MetadataSigner, meta_of


class KeyRotation(MetadataSigner):
    """Rotates the keys of the top-level roles, and signs the root anew."""

    def renew_root(self) -> bool:
        """Sign the root anew if it nears its end and its keys are here; return whether it was."""
        if "root" not in {one.role for one in self.due()} or not self._can_sign("root"):
            return False
        self._next_root(self.root().signed, ())
        return True

    def rotate_root(self, root_keys: int | None = None, threshold: int | None = None) -> Path:
        """Replace the root keys. Devices follow by themselves: the new root is signed by the old keys too.

        Raises:
            SyncError: Too few of the old keys are here.
        """
        old = self.root().signed
        before = list(old.roles["root"].keyids)
        count = root_keys or len(before)
        wanted = threshold or min(old.roles["root"].threshold, count)
        if not 1 <= wanted <= count <= 20:
            raise UsageError("There must be 1 to 20 root keys, and no more may have to sign than there are.")
        self.need("root")
        new = self.root().signed
        for keyid in before:
            new.revoke_key(keyid, "root")
        for _ in range(count):
            new.add_key(self._keyring.make("root"), "root")
        new.roles["root"].threshold = wanted
        path = self._next_root(new, before)
        for keyid in before:
            self._keyring.retire(keyid)
        return path

    def rotate(self, role: str) -> None:
        """Replace the keys of ``targets``, ``snapshot`` or ``timestamp``.

        What is served is first signed with the old and the new keys, so that it is valid under the old root and under
        the new one, whenever a device looks and wherever this is interrupted.

        Raises:
            SyncError: Root keys, or the role's own old key, are not here.
        """
        if role not in ("targets", "snapshot", "timestamp"):
            raise UsageError(f"There is no role {role}.")
        for needed in {"root", role, "snapshot", "timestamp"}:
            self.need(needed)
        root = self.root().signed
        before = list(root.roles[role].keyids)
        root.add_key(self._keyring.make(role), role)
        both = list(root.roles[role].keyids)
        self._resign(role, both)
        for keyid in before:
            root.revoke_key(keyid, role)
        self._next_root(root, ())
        for keyid in before:
            self._keyring.retire(keyid)

    def _resign(self, role: str, keyids: list[str]) -> None:
        """Serve what is served, one version on, with ``role`` signed by all of ``keyids``."""
        root = self.root().signed
        snapshot, timestamp = self.snapshot().signed, self.timestamp().signed
        files: dict[str, bytes] = {}
        if role == "targets":
            targets = self.targets()
            assert targets is not None, "made with the repository"
            targets.signed.version = self._next_version(snapshot, "targets")
            targets.signed.expires = self._expiry("targets")
            content = self._sign(targets.signed, root, "targets", keyids).to_bytes(JSONSerializer())
            files[f"{targets.signed.version}.targets.json"] = content
            snapshot.meta["targets.json"] = meta_of(targets.signed.version, content)
        if role in ("targets", "snapshot"):
            snapshot.version += 1
            snapshot.expires = self._expiry("snapshot")
            content = self._sign(snapshot, root, "snapshot", keyids if role == "snapshot" else None).to_bytes(
                JSONSerializer()
            )
            files[f"{snapshot.version}.snapshot.json"] = content
            timestamp.snapshot_meta = meta_of(snapshot.version, content)
        timestamp.version += 1
        timestamp.expires = self._expiry("timestamp")
        signed = self._sign(timestamp, root, "timestamp", keyids if role == "timestamp" else None)
        for name, content in files.items():
            self._write(name, content)
        self._write("timestamp.json", signed.to_bytes(JSONSerializer()))

    def _next_root(self, root: Root, also: Iterable[str]) -> Path:
        old = self.root().signed
        root.version = old.version + 1
        root.expires = self._expiry("root")
        metadata = self._sign(root, root, "root", [*root.roles["root"].keyids, *also])
        try:
            old.verify_delegate("root", metadata.signed_bytes, metadata.signatures)
        except UnsignedMetadataError as error:
            raise self._too_few("root", old.roles["root"]) from error
        self._write(f"{root.version}.root.json", metadata.to_bytes(JSONSerializer()))
        return self.root_file()
