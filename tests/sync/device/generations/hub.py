"""A hub in memory: ingests folders with the real ingest and publishes what the real conversion makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from index.documents import AccessLabel
from index.embedding.base import Embedder
from index.errors import PackError
from index.ingest import Ingestor
from index.store import Store, reading
from sync.collections import read_document
from sync.device.generations import Generations, Switched
from sync.format import (
    Canary,
    DocumentEntry,
    DocumentObject,
    FileRef,
    Manifest,
    ManifestRef,
    Publication,
    Release,
    Rollout,
    digest_of,
    encode_document,
    encode_manifest,
    pieces_of,
)
from tests.index.hashing_embedder import HashingEmbedder

BEGAN = datetime(2026, 5, 1, 10, 0, tzinfo=UTC)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = BEGAN

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@dataclass
class Objects:
    """An object source that counts what was asked of it."""

    by_digest: dict[bytes, bytes]
    asked: list[bytes] = field(default_factory=list)

    def get(self, digests: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
        wanted = list(digests)
        for digest in wanted:
            if digest in self.by_digest:
                self.asked.append(digest)
                yield digest, self.by_digest[digest]
        if not self.by_digest.keys() >= set(wanted):
            raise PackError("The packs lack something.")


@dataclass(frozen=True)
class Published:
    publication: Publication
    manifest: Manifest
    objects: dict[bytes, bytes]

    @property
    def release(self) -> Release:
        return self.publication.releases[-1]

    def source(self) -> Objects:
        return Objects(dict(self.objects))


class Hub:
    """Publishes what lies in a folder, each time as the next generation."""

    def __init__(self, folder: Path, collection: str = "presses", embedder: Embedder | None = None) -> None:
        self.docs = folder / "docs"
        self.docs.mkdir(parents=True)
        self.collection = collection
        self.embedder = embedder or HashingEmbedder()
        self.store = Store.open(folder / "index.db")
        self.number = 0

    def write(self, **texts: str | None) -> None:
        """Write documents by name; None removes one."""
        for name, text in texts.items():
            path = self.docs / f"{name}.md"
            if text is None:
                path.unlink()
            else:
                path.write_text(text, encoding="utf-8")

    def publish(
        self,
        *,
        canaries: tuple[Canary, ...] = (),
        access: AccessLabel = AccessLabel.INTERNAL,
        files: dict[str, bytes] | None = None,
        revision: str | None = "C",
    ) -> Published:
        """Publish the folder; ``files`` go with every document."""
        Ingestor(self.store, self.embedder).run([self.docs], self.collection, prune=True)
        objects: dict[bytes, bytes] = {}
        refs = []
        for name, content in (files or {}).items():
            pieces = pieces_of(content)
            objects.update((digest_of(piece), piece) for piece in pieces)
            digests = tuple(map(digest_of, pieces))
            refs.append(FileRef(name, "image/png", len(content), digest_of(content), digests))
        entries = []
        with self.store.reader() as connection:
            for document in reading.documents(connection, self.collection):
                made, sections = read_document(connection, document.id)
                data = encode_document(replace(made, revision=revision, files=tuple(refs)))
                objects[digest_of(data)] = data
                objects.update((section.digest, section.data) for section in sections)
                path = str(Path(document.path).relative_to(self.docs))
                entries.append(DocumentEntry(path, digest_of(data), document.bytes))
        return self.publish_entries(entries, objects, canaries, access)

    def publish_files(self, **contents: bytes) -> Published:
        """Publish a collection of files."""
        objects: dict[bytes, bytes] = {}
        entries = []
        for name, content in sorted(contents.items()):
            pieces = pieces_of(content)
            objects.update((digest_of(piece), piece) for piece in pieces)
            file = FileRef(
                name.rpartition("/")[2],
                "application/octet-stream",
                len(content),
                digest_of(content),
                tuple(map(digest_of, pieces)),
            )
            data = encode_document(
                DocumentObject(name, file.media_type, None, None, len(content), file.sha256, "files", files=(file,))
            )
            objects[digest_of(data)] = data
            entries.append(DocumentEntry(name, digest_of(data), len(content)))
        return self.publish_entries(entries, objects, kind="files")

    def publish_entries(
        self,
        entries: list[DocumentEntry],
        objects: dict[bytes, bytes],
        canaries: tuple[Canary, ...] = (),
        access: AccessLabel = AccessLabel.INTERNAL,
        kind: str = "documents",
    ) -> Published:
        self.number += 1
        manifest = Manifest(self.collection, self.number, tuple(sorted(entries, key=lambda entry: entry.path)))
        data = encode_manifest(manifest)
        release = Release(
            number=self.number,
            published_at=BEGAN + timedelta(days=self.number),
            manifest=ManifestRef(sha256=digest_of(data).hex(), bytes=len(data)),
            documents=len(entries),
            note=f"Number {self.number}",
        )
        publication = Publication(
            collection=self.collection,
            access=access,
            kind=kind,  # type: ignore[arg-type]
            embedder=self.embedder.name if kind == "documents" else None,
            dimensions=self.embedder.dimensions if kind == "documents" else None,
            releases=(release,),
            rollout=Rollout(stable=self.number),
            canaries=canaries,
        )
        return Published(publication, manifest, objects)


def update(generations: Generations, published: Published, source: Objects | None = None) -> Switched:
    """Bring a device up to date: build, check, switch."""
    generation_id = generations.stage(
        published.publication, published.release, published.manifest, source or published.source()
    )
    checked = generations.check(generation_id, published.manifest, published.publication.canaries)
    return generations.switch(checked, published.publication.access)


def manual(word: str, sections: int = 4, changed: dict[int, str] | None = None) -> str:
    """A manual whose sections each have a code of their own."""
    parts = [f"# Manual of {word}\n"]
    for number in range(sections):
        text = (changed or {}).get(number, f"The {word} number {number} is set with a wrench of {number + 4} mm.")
        parts.append(f"## Part {number}\n\n{text} Its code is {word[:2].upper()}-{100 + number}.\n")
    return "\n".join(parts)
