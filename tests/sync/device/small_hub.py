"""A small repository made with python-tuf's own metadata API: publishes, rotates keys, rolls back, forges."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Role,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from index.documents import AccessLabel
from sync.format import (
    Canary,
    ChunkObject,
    Codec,
    Cohort,
    DeltaRef,
    DocumentEntry,
    DocumentObject,
    FileRef,
    Manifest,
    ManifestRef,
    PackBuilder,
    PackEntry,
    Publication,
    Release,
    Rollout,
    SectionObject,
    SectionRef,
    digest_of,
    encode_document,
    encode_manifest,
    encode_section,
    make_delta,
    pack_manifest,
)

ROLES = ("root", "timestamp", "snapshot", "targets")


@dataclass
class SmallCollection:
    publication: Publication | None = None
    manifests: dict[int, bytes] = field(default_factory=dict)
    packs: dict[int, tuple[PackEntry, ...]] = field(default_factory=dict)
    known: set[bytes] = field(default_factory=set)
    signer: CryptoSigner = field(default_factory=CryptoSigner.generate_ed25519)
    version: int = 0
    target: TargetFile | None = None


class SmallHub:
    """A hub's ``public`` folder. Every change ends with `sign`."""

    def __init__(self, public: Path, now: datetime | None = None, threshold: int = 1) -> None:
        self.public = public
        self.now = now or datetime.now(UTC).replace(microsecond=0)
        self.signers = {role: [CryptoSigner.generate_ed25519() for _ in range(threshold)] for role in ROLES}
        self.lifetimes = dict.fromkeys(ROLES, timedelta(days=30)) | {"root": timedelta(days=365)}
        self.threshold = threshold
        self.collections: dict[str, SmallCollection] = {}
        self.versions = dict.fromkeys(ROLES, 0)
        self.meta: dict[str, MetaFile] = {}
        for folder in ("metadata", "targets/collections"):
            (public / folder).mkdir(parents=True, exist_ok=True)
        for folder in ("manifests", "deltas", "packs", "dicts"):
            (public / "objects" / folder).mkdir(parents=True, exist_ok=True)
        self.sign_root()

    @property
    def root_file(self) -> Path:
        return self.public / "metadata" / "1.root.json"

    def sign_root(self, old: Mapping[str, list[CryptoSigner]] | None = None, **fields: Any) -> None:
        self.versions["root"] += 1
        root = Root(
            version=self.versions["root"],
            expires=self.now + self.lifetimes["root"],
            roles={role: Role([], self.threshold) for role in ROLES},
            consistent_snapshot=True,
        )
        for role in ROLES:
            for signer in self.signers[role]:
                root.add_key(signer.public_key, role)
        signers = [*self.signers["root"], *(old or {}).get("root", [])]
        self.write("root", Metadata(root), signers)

    def rotate(self, *roles: str) -> None:
        """Exchange the keys of roles, as root's holders would: the new root is signed by old and new keys."""
        old = {role: list(signers) for role, signers in self.signers.items()}
        for role in roles:
            self.signers[role] = [CryptoSigner.generate_ed25519() for _ in range(self.threshold)]
        self.sign_root(old)

    def sign(self) -> None:
        """Sign targets, delegations, snapshot and timestamp anew."""
        delegations = None
        # A snapshot goes on naming what it once named (5.5.5): a role that is gone is no longer delegated.
        meta = dict(self.meta)
        if self.collections:
            keys = {c.signer.public_key.keyid: c.signer.public_key for c in self.collections.values()}
            roles = {
                f"collection-{name}": DelegatedRole(
                    f"collection-{name}",
                    [c.signer.public_key.keyid],
                    1,
                    True,
                    paths=[f"collections/{name}/publication.json"],
                )
                for name, c in self.collections.items()
            }
            delegations = Delegations(keys, roles)
        for name, collection in self.collections.items():
            self.sign_collection(name)
            meta[f"collection-{name}.json"] = MetaFile(collection.version)
        self.versions["targets"] += 1
        self.write(
            "targets", Metadata(Targets(self.versions["targets"], None, self.expiry("targets"), {}, delegations))
        )
        meta["targets.json"] = MetaFile(self.versions["targets"])
        self.sign_snapshot(meta)

    def sign_collection(self, name: str, signer: CryptoSigner | None = None) -> None:
        collection = self.collections[name]
        collection.version += 1
        targets = {collection.target.path: collection.target} if collection.target else {}
        metadata = Metadata(Targets(collection.version, None, self.expiry("targets"), targets))
        metadata.sign(signer or collection.signer)
        metadata.to_file(str(self.public / "metadata" / f"{collection.version}.collection-{name}.json"))

    def sign_snapshot(self, meta: dict[str, MetaFile]) -> None:
        self.versions["snapshot"] += 1
        self.meta = meta
        snapshot = Metadata(Snapshot(self.versions["snapshot"], None, self.expiry("snapshot"), meta))
        data = self.write("snapshot", snapshot)
        self.sign_timestamp(MetaFile(self.versions["snapshot"], len(data), {"sha256": sha256(data)}))

    def sign_timestamp(self, snapshot: MetaFile | None = None) -> None:
        self.versions["timestamp"] += 1
        self.snapshot_meta = snapshot or self.snapshot_meta
        self.write(
            "timestamp",
            Metadata(Timestamp(self.versions["timestamp"], None, self.expiry("timestamp"), self.snapshot_meta)),
        )

    def expiry(self, role: str) -> datetime:
        return self.now + self.lifetimes[role]

    def write(self, role: str, metadata: Metadata[Any], signers: list[CryptoSigner] | None = None) -> bytes:
        for signer in signers if signers is not None else self.signers[role]:
            metadata.sign(signer, append=True)
        name = "timestamp.json" if role == "timestamp" else f"{metadata.signed.version}.{role}.json"
        data = metadata.to_bytes()
        (self.public / "metadata" / name).write_bytes(data)
        return data

    def publish(
        self,
        name: str,
        documents: Mapping[str, object],
        *,
        access: str = "public",
        rollout: Mapping[str, object] | None = None,
        canaries: tuple[Canary, ...] = (),
        embedder: tuple[str, int] | None = None,
        number: int | None = None,
        kind: str = "documents",
        sign: bool = True,
    ) -> Publication:
        """Publish a generation.

        Args:
            documents: By path: the text of each, with a line for every section; for kind files their bytes.
        """
        collection = self.collections.setdefault(name, SmallCollection())
        before = collection.publication
        number = number or (before.releases[-1].number + 1 if before else 1)
        pack = PackBuilder(Codec())
        entries = []
        fresh: set[bytes] = set()

        def add(data: bytes) -> bytes:
            digest = digest_of(data)
            if digest not in collection.known:
                fresh.add(pack.add(data))
            return digest

        for path, content in documents.items():
            data = (
                file_document(add, path, content)
                if isinstance(content, bytes)
                else text_document(add, path, str(content))
            )
            entries.append(DocumentEntry(path, add(data), len(content)))  # type: ignore[arg-type]
        collection.known |= fresh
        packs = collection.packs.get(before.releases[-1].number, ()) if before else ()
        if len(pack):
            data, index = pack.finish()
            stored = index.encode()
            self.put(f"objects/packs/{sha256(data)}.pack", data)
            self.put(f"objects/packs/{sha256(data)}.idx", stored)
            packs = (*packs, PackEntry(digest_of(data), len(data), digest_of(stored), len(stored)))
        collection.packs[number] = packs
        manifest = encode_manifest(Manifest(name, number, tuple(entries), packs, None))
        stored = pack_manifest(manifest)
        self.put(f"objects/manifests/{sha256(manifest)}", stored)
        deltas = []
        for old in list(collection.manifests.values())[-2:]:
            delta = make_delta(old, manifest)
            self.put(f"objects/deltas/{sha256(manifest)}.{sha256(old)}", delta)
            deltas.append(DeltaRef(from_=sha256(old), sha256=sha256(delta), bytes=len(delta)))
        collection.manifests[number] = manifest
        release = Release(
            number=number,
            published_at=self.now,
            manifest=ManifestRef(sha256=sha256(manifest), bytes=len(stored)),
            deltas=tuple(deltas),
            documents=len(entries),
        )
        publication = Publication(
            collection=name,
            access=AccessLabel(access),
            kind=kind,  # type: ignore[arg-type]
            embedder=embedder[0] if embedder else None,
            dimensions=embedder[1] if embedder else None,
            releases=(*(before.releases if before else ()), release),
            rollout=Rollout(**(dict(rollout) if rollout else {"stable": number})),  # type: ignore[arg-type]
            canaries=canaries,
        )
        self.put_publication(name, publication)
        if sign:
            self.sign()
        return publication

    def put_publication(self, name: str, publication: Publication | bytes) -> None:
        collection = self.collections.setdefault(name, SmallCollection())
        data = publication if isinstance(publication, bytes) else publication.encode()
        if isinstance(publication, Publication):
            collection.publication = publication
        digest = sha256(data)
        path = f"collections/{name}/publication.json"
        self.put(f"targets/collections/{name}/{digest}.publication.json", data)
        collection.target = TargetFile(len(data), {"sha256": digest}, path)

    def put(self, path: str, data: bytes) -> None:
        (self.public / path).parent.mkdir(parents=True, exist_ok=True)
        (self.public / path).write_bytes(data)

    def packs(self) -> list[Path]:
        return sorted((self.public / "objects" / "packs").glob("*.pack"))

    def save(self, into: Path) -> None:
        """Keep a copy of what is published now."""
        shutil.copytree(self.public, into)


def text_document(add: Any, path: str, text: str) -> bytes:
    refs = []
    for line in text.splitlines() or [text]:
        heading, _, body = line.partition(": ")
        section = SectionObject((heading,), (ChunkObject("", body or heading),))
        refs.append(SectionRef(add(encode_section(section)), None))
    document = DocumentObject(
        title=Path(path).stem,
        media_type="text/plain",
        language="en",
        pages=None,
        size=len(text.encode()),
        sha256=hashlib.sha256(text.encode()).digest(),
        recipe="test",
        notices=(),
        revision=None,
        reviewed_until=None,
        sections=tuple(refs),
        files=(),
    )
    return encode_document(document)


def file_document(add: Any, path: str, content: bytes) -> bytes:
    from sync.format import pieces_of

    pieces = tuple(add(piece) for piece in pieces_of(content))
    digest = hashlib.sha256(content).digest()
    file = FileRef(Path(path).name, "application/octet-stream", len(content), digest, pieces)
    return encode_document(
        DocumentObject(
            title=path,
            media_type="application/octet-stream",
            language=None,
            pages=None,
            size=len(content),
            sha256=digest,
            recipe="file",
            notices=(),
            revision=None,
            reviewed_until=None,
            sections=(),
            files=(file,),
        )
    )


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


__all__ = ["Cohort", "SmallHub", "sha256"]
