"""A hub's side of The Update Framework: metadata read from, changed in, and signed into a folder.

The rules are those of the specification 1.0 (https://theupdateframework.github.io/specification/latest/), with
consistent snapshots: every file but ``timestamp.json`` carries its version in its name and never changes, so that
nothing that a device is reading is pulled from under it. A change is written from the leaves up, ``timestamp.json`` at
last: until that moment, and if the program dies before it, devices see the old state, whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

from tuf.api.exceptions import LengthOrHashMismatchError, RepositoryError, UnsignedMetadataError
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Role,
    Root,
    Signed,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization.json import JSONSerializer

from index.errors import SyncError, UsageError
from index.store.files import write_atomically
from sync.trust.signing.keyring import Keyring
from sync.trust.signing.lifetimes import Lifetimes

T = TypeVar("T", Root, Targets, Snapshot, Timestamp)

TOP: Final = ("root", "targets", "snapshot", "timestamp")
_PREFIX: Final = "collection-"
_KEPT_VERSIONS: Final = 20  # of a role's metadata: a device that began to read keeps finding what it was promised


def role_of(collection: str) -> str:
    """Return the name of a collection's role."""
    return f"{_PREFIX}{collection}"


def target_path(collection: str) -> str:
    """Return the name of a collection's one target."""
    return f"collections/{collection}/publication.json"


@dataclass(frozen=True, slots=True)
class Due:
    """A role whose signature is near its end.

    Attributes:
        role: Its name.
        expires: UTC.
    """

    role: str
    expires: datetime


class SigningRepository:
    """The metadata of one hub.

    Args:
        public: Where ``metadata/`` and ``targets/`` are.
        keyring: Finds the keys.
        lifetimes: How long signatures last.
        now: The time, aware, UTC.
    """

    def __init__(self, public: Path, keyring: Keyring, lifetimes: Lifetimes, now: Callable[[], datetime]) -> None:
        self._metadata = public / "metadata"
        self._public = public
        self._keyring = keyring
        self._lifetimes = lifetimes
        self._now = now

    # Reading

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
        return sorted(name.removeprefix(_PREFIX) for name in roles or {})

    def keys_here(self, role: str) -> list[Path]:
        """Return the files of those keys of a role that are at hand."""
        return [path for keyid in self._role(role).keyids if (path := self._keyring.find(keyid)) is not None]

    def keyids(self, role: str) -> tuple[list[str], int]:
        """Return the ids of the keys of a role, and how many of them must sign."""
        found = self._role(role)
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

    # Changing

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
        snapshot.meta["targets.json"] = _meta(1, files["1.targets.json"])
        files["1.snapshot.json"] = self._sign(snapshot, root, "snapshot").to_bytes(JSONSerializer())
        timestamp = Timestamp(expires=self._expiry("timestamp"))
        timestamp.snapshot_meta = _meta(1, files["1.snapshot.json"])
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
            snapshot.meta[f"{role}.json"] = _meta(metadata.signed.version, content)
        signed = sorted(changed)
        timestamp = self.timestamp().signed
        if changed or "snapshot" in due:
            snapshot.version += 1
            snapshot.expires = self._expiry("snapshot")
            content = self._sign(snapshot, root, "snapshot").to_bytes(JSONSerializer())
            files[f"{snapshot.version}.snapshot.json"] = content
            timestamp.snapshot_meta = _meta(snapshot.version, content)
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
            elif role.startswith(_PREFIX):
                signed = self._read(path, Targets).signed
                kept_targets |= {target.hashes["sha256"] for target in signed.targets.values()}
        for path in (self._public / "targets" / "collections").glob("*/*.publication.json"):
            if path.name.partition(".")[0] not in kept_targets:
                path.unlink()

    # Parts

    def _served_target(self, collection: str) -> TargetFile | None:
        role = self.targets(role_of(collection)) if collection in self.delegated() else None
        return role.signed.targets.get(target_path(collection)) if role else None

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
            snapshot.meta["targets.json"] = _meta(targets.signed.version, content)
        if role in ("targets", "snapshot"):
            snapshot.version += 1
            snapshot.expires = self._expiry("snapshot")
            content = self._sign(snapshot, root, "snapshot", keyids if role == "snapshot" else None).to_bytes(
                JSONSerializer()
            )
            files[f"{snapshot.version}.snapshot.json"] = content
            timestamp.snapshot_meta = _meta(snapshot.version, content)
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

    def need(self, role: str) -> None:
        """See to it that a role can be signed.

        Raises:
            SyncError: Too few of its keys are here.
        """
        if not self._can_sign(role):
            raise self._too_few(role, self._role(role))

    def _can_sign(self, role: str) -> bool:
        wanted = self._role(role)
        return sum(self._keyring.find(keyid) is not None for keyid in wanted.keyids) >= wanted.threshold

    def _role(self, role: str) -> Role:
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
            raise UsageError(f"The collection “{role.removeprefix(_PREFIX)}” has no keys yet.", "Publish it first.")
        return roles[role]

    def _too_few(self, role: str, wanted: Role) -> SyncError:
        here = sum(self._keyring.find(keyid) is not None for keyid in wanted.keyids)
        folder = self._keyring.folders.of(role)
        name = f"the collection “{role.removeprefix(_PREFIX)}”" if role.startswith(_PREFIX) else f"the role {role}"
        remedy = (
            "Connect what holds the root keys and name its folder with --root-keys-dir."
            if role in ("root", "targets")
            else "Bring the key back from a copy, or rotate it: edge-copilot hub keys rotate --help"
        )
        return SyncError(
            f"Signing for {name} takes {wanted.threshold} of its {len(wanted.keyids)} keys; {folder} holds {here}.",
            remedy,
        )

    def _retire_unused(self) -> None:
        targets = self.targets()
        used = set(targets.signed.delegations.keys) if targets and targets.signed.delegations else set()
        short = {keyid[:12] for keyid in used}
        folder = self._keyring.folders.collections
        for path in folder.glob("*.pem"):
            if path.stem.rpartition("-")[2] not in short:
                self._keyring.retire(path.stem.rpartition("-")[2])

    def _next_version(self, snapshot: Snapshot, role: str) -> int:
        meta = snapshot.meta.get(f"{role}.json")
        # A collection that was dropped and comes back must not begin anew: devices would take it for a rollback.
        return max([meta.version if meta else 0, *self._versions(role)]) + 1

    def _expiry(self, role: str) -> datetime:
        return (self._now() + self._lifetimes.of(role)).replace(microsecond=0)

    def _versions(self, role: str) -> list[int]:
        names = (path.name.partition(".")[0] for path in self._metadata.glob(f"*.{role}.json"))
        return [int(name) for name in names if name.isdigit()]

    def _target_file(self, collection: str, sha256: str) -> Path:
        return self._public / "targets" / "collections" / collection / f"{sha256}.publication.json"

    def _write(self, name: str, content: bytes) -> None:
        write_atomically(self._metadata / name, content.decode())

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


def _meta(version: int, content: bytes) -> MetaFile:
    return MetaFile(version, len(content), {"sha256": hashlib.sha256(content).hexdigest()})


def days_left(expires: datetime, now: datetime) -> int:
    """Return whole days from now to an expiry; 0 where it has passed."""
    return max(expires - now, timedelta()).days
