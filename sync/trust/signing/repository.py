"""A hub's side of The Update Framework: metadata read from, changed in, and signed into a folder.

The rules are those of the specification 1.0 (https://theupdateframework.github.io/specification/latest/), with
consistent snapshots: every file but ``timestamp.json`` carries its version in its name and never changes, so that
nothing that a device is reading is pulled from under it. A change is written from the leaves up, ``timestamp.json`` at
last: until that moment, and if the program dies before it, devices see the old state, whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from tuf.api.metadata import DelegatedRole, Delegations, Metadata, Root, Snapshot, TargetFile, Targets, Timestamp
from tuf.api.serialization.json import JSONSerializer

from index.errors import UsageError
from index.store.files import write_atomically
from sync.trust.signing.rotation import KeyRotation
from sync.trust.signing.served import PREFIX, role_of, target_path
from sync.trust.signing.signer import meta_of

_KEPT_VERSIONS: Final = 20  # of a role's metadata: a device that began to read keeps finding what it was promised


class SigningRepository(KeyRotation):
    """The metadata of one hub.

    Args:
        public: Where ``metadata/`` and ``targets/`` are.
        keyring: Finds the keys.
        lifetimes: How long signatures last.
        now: The time, aware, UTC.
    """

    def create(self, root_keys: int, threshold: int) -> Path:
        """Make keys and the first metadata.

        Args:
            root_keys: How many root keys.
            threshold: How many of them must sign a new root.

        Returns:
            The root file.

        Raises:
            UsageError: There is one already; or the numbers make no sense.
        """
        if self._versions("root"):
            raise UsageError("This hub has its keys already.")
        if not 1 <= threshold <= root_keys <= 20:
            raise UsageError("There must be 1 to 20 root keys, and no more may have to sign than there are.")
        root = Root(expires=self._expiry("root"))
        for role, count in (("root", root_keys), ("targets", 1), ("snapshot", 1), ("timestamp", 1)):
            for _ in range(count):
                root.add_key(self._keyring.make(role), role)
        root.roles["root"].threshold = threshold
        targets = Targets(expires=self._expiry("targets"))
        targets.delegations = Delegations({}, {})
        signed_root = self._sign(root, root, "root")
        files = {"1.targets.json": self._sign(targets, root, "targets").to_bytes(JSONSerializer())}
        snapshot = Snapshot(expires=self._expiry("snapshot"))
        snapshot.meta["targets.json"] = meta_of(1, files["1.targets.json"])
        files["1.snapshot.json"] = self._sign(snapshot, root, "snapshot").to_bytes(JSONSerializer())
        timestamp = Timestamp(expires=self._expiry("timestamp"))
        timestamp.snapshot_meta = meta_of(1, files["1.snapshot.json"])
        files["timestamp.json"] = self._sign(timestamp, root, "timestamp").to_bytes(JSONSerializer())
        self._metadata.mkdir(parents=True, exist_ok=True)
        self._write("1.root.json", signed_root.to_bytes(JSONSerializer()))
        for name, content in files.items():
            self._write(name, content)
        return self.root_file()

    def publish(
        self, publications: Mapping[str, bytes], *, drop: Iterable[str] = (), rotate: Iterable[str] = ()
    ) -> list[str]:
        """Sign and serve publications, and sign anew whatever nears its end and can be signed.

        Args:
            publications: By collection; a collection that has no role yet gets one, with a key of its own.
            drop: Collections that are no more.
            rotate: Collections that get a new key in place of their old ones.

        Returns:
            The roles that were signed; none where nothing was to be done.

        Raises:
            SyncError: A key that it takes is not here; nothing has changed.
        """
        root = self.root().signed
        due = {one.role for one in self.due()}
        targets = self.targets()
        assert targets is not None, "made with the repository"
        changed: dict[str, Metadata[Targets]] = {}

        delegations = targets.signed.delegations or Delegations({}, {})
        roles = delegations.roles if delegations.roles is not None else {}
        new = [name for name in publications if role_of(name) not in roles]
        dropped = [name for name in drop if role_of(name) in roles]
        turned = [name for name in rotate if role_of(name) in roles]
        if new or dropped or turned or ("targets" in due and self._can_sign("targets")):
            self.need("targets")
            targets.signed.delegations = self._delegate(delegations, roles, new, dropped, turned)
            changed["targets"] = targets
        authority = targets.signed
        for name in {*publications, *turned}:
            changed[role_of(name)] = self._with_target(name, publications.get(name))
        for role in due - {"targets", "root", "snapshot", "timestamp"} - set(changed):
            if (metadata := self.targets(role)) is not None and role in roles and self._can_sign(role):
                changed[role] = metadata

        if not changed and not due & {"snapshot", "timestamp"}:
            return []
        files: dict[str, bytes] = {}
        snapshot = self.snapshot().signed
        # What a snapshot has once named it must name for ever: devices take a gap for an attack.
        for role, metadata in changed.items():
            metadata.signed.version = self._next_version(snapshot, role)
            metadata.signed.expires = self._expiry(role)
            content = self._sign(metadata.signed, root if role == "targets" else authority, role).to_bytes(
                JSONSerializer()
            )
            files[f"{metadata.signed.version}.{role}.json"] = content
            snapshot.meta[f"{role}.json"] = meta_of(metadata.signed.version, content)
        signed = sorted(changed)
        timestamp = self.timestamp().signed
        if changed or "snapshot" in due:
            snapshot.version += 1
            snapshot.expires = self._expiry("snapshot")
            content = self._sign(snapshot, root, "snapshot").to_bytes(JSONSerializer())
            files[f"{snapshot.version}.snapshot.json"] = content
            timestamp.snapshot_meta = meta_of(snapshot.version, content)
            signed.append("snapshot")
        timestamp.version += 1
        timestamp.expires = self._expiry("timestamp")
        last = self._sign(timestamp, root, "timestamp").to_bytes(JSONSerializer())

        for name, content in publications.items():
            path = self._target_file(name, hashlib.sha256(content).hexdigest())
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, content.decode())
        for file_name, content in files.items():
            self._write(file_name, content)
        self._write("timestamp.json", last)
        if turned or dropped:
            self._retire_unused()
        return [*signed, "timestamp"]

    def clean(self) -> None:
        """Delete metadata and publications that no device can still be reading; every root stays, for ever."""
        snapshot = self.snapshot().signed
        current = {"snapshot": snapshot.version} | {
            name.removesuffix(".json"): meta.version for name, meta in snapshot.meta.items()
        }
        kept_targets: set[str] = set()
        for path in self._metadata.glob("*.*.json"):
            number, role = path.name.removesuffix(".json").split(".", 1)
            if role == "root" or not number.isdigit():
                continue
            if int(number) <= current.get(role, 1 << 62) - _KEPT_VERSIONS:
                path.unlink()
            elif role.startswith(PREFIX):
                signed = self._read(path, Targets).signed
                kept_targets |= {target.hashes["sha256"] for target in signed.targets.values()}
        for path in (self._public / "targets" / "collections").glob("*/*.publication.json"):
            if path.name.partition(".")[0] not in kept_targets:
                path.unlink()

    def _with_target(self, collection: str, content: bytes | None) -> Metadata[Targets]:
        metadata = self.targets(role_of(collection)) or Metadata(Targets())
        if content is not None:
            path = target_path(collection)
            metadata.signed.targets = {path: TargetFile.from_data(path, content, ["sha256"])}
        return metadata

    def _delegate(
        self,
        delegations: Delegations,
        roles: dict[str, DelegatedRole],
        new: Iterable[str],
        dropped: Iterable[str],
        turned: Iterable[str],
    ) -> Delegations:
        keys = dict(delegations.keys)
        roles = dict(roles)
        for name in dropped:
            del roles[role_of(name)]
        for name in (*new, *turned):
            key = self._keyring.make(role_of(name))
            keys[key.keyid] = key
            roles[role_of(name)] = DelegatedRole(
                role_of(name), [key.keyid], 1, terminating=True, paths=[f"collections/{name}/*"]
            )
        used = {keyid for role in roles.values() for keyid in role.keyids}
        return Delegations({keyid: key for keyid, key in keys.items() if keyid in used}, roles)

    def _retire_unused(self) -> None:
        targets = self.targets()
        used = set(targets.signed.delegations.keys) if targets and targets.signed.delegations else set()
        short = {keyid[:12] for keyid in used}
        folder = self._keyring.folders.collections
        for path in folder.glob("*.pem"):
            if path.stem.rpartition("-")[2] not in short:
                self._keyring.retire(path.stem.rpartition("-")[2])
