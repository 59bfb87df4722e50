"""Building the next generation beside the live one: fetching what the device lacks, reusing what it has."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

import apsw

from index.errors import PackError, UsageError
from index.store import Store, generations, pieces, reading, versions, writing
from index.store.writing import DocumentWriter
from sync.collections import indexed_chunks, read_document, record_of, section_object, version_of
from sync.device.generations.base import Building, ObjectSource, Tell
from sync.device.generations.files import FileFolder
from sync.format import (
    DocumentEntry,
    DocumentObject,
    FileRef,
    Manifest,
    Publication,
    Release,
    SectionObject,
    checked,
    decode_document,
    decode_section,
    digest_of,
    encode_document,
    encode_section,
    safe_name,
    utc,
)
from sync.format.limits import AGAIN

BATCH: Final = 512  # documents looked at together: enough to plan ranges well, few enough to hold their sections


@dataclass(slots=True)
class _Waiting:
    """A document whose sections are not all here yet."""

    entry: DocumentEntry
    document: DocumentObject
    missing: set[bytes] = field(default_factory=set)


class Staging:
    """Builds one generation. What was built before a kill is found again and built on.

    Args:
        store: The device's index.
        files: Where files of collections of files lie.
        publication: Of the collection.
        release: The one to build.
        manifest: Of that release.
        source: Has what the device lacks.
        now: UTC, ISO 8601.
        tell: Called after every document.
    """

    def __init__(
        self,
        store: Store,
        files: FileFolder,
        publication: Publication,
        release: Release,
        manifest: Manifest,
        source: ObjectSource,
        now: Callable[[], str],
        tell: Tell = lambda building: None,
    ) -> None:
        self._store = store
        self._files = files
        self._publication = publication
        self._release = release
        self._manifest = manifest
        self._source = source
        self._now = now
        self._tell = tell
        self._done = 0
        self._collection_id = 0
        self._generation_id = 0

    def run(self) -> int:
        """Build it; return its id on this device.

        Raises:
            PackError: What was fetched is damaged, or isn't what the publication and the manifest say.
            UsageError: The collection's name is taken by documents that were ingested here, or its vectors are of
                another embedding model than those in the index.
            NetworkError: As the source.
            DiskFull, StoreBusy, StoreError: The index; what was built so far is kept.
        """
        manifest, publication = self._manifest, self._publication
        if (manifest.collection, manifest.number) != (publication.collection, self._release.number):
            raise PackError(f"The manifest of “{publication.collection}” belongs to another generation.", AGAIN)
        if len(manifest.documents) != self._release.documents:
            raise PackError(f"The manifest of “{publication.collection}” has other documents than announced.", AGAIN)
        if publication.kind == "files" and not all(safe_name(entry.path) for entry in manifest.documents):
            raise PackError(f"A path in “{publication.collection}” would lead out of its folder.", AGAIN)
        missing = self._begin()
        total = len(manifest.documents)
        self._done = total - len(missing)
        self._tell(Building(self._done, total))
        entries = iter(missing)
        while batch := list(islice(entries, BATCH)):
            self._build(batch)
        return self._generation_id

    def _begin(self) -> list[DocumentEntry]:
        self._take_embedder()
        with self._store.transaction(unseen=True) as connection:
            self._generation_id = generations.begin(
                connection,
                self._publication.collection,
                self._release.number,
                self._release.manifest.sha256,
                utc(self._release.published_at),
                self._release.note,
                ((entry.path, entry.digest.hex()) for entry in self._manifest.documents),
            )
            self._collection_id = generations.collection_id_of(connection, self._generation_id)
            there = {path for _, path, _, _ in generations.members(connection, self._generation_id)}
        return [entry for entry in self._manifest.documents if entry.path not in there]

    def _take_embedder(self) -> None:
        name, dimensions = self._publication.embedder, self._publication.dimensions
        if name is None or dimensions is None:
            return
        with self._store.reader() as connection:
            stored = reading.embedder(connection)
            used = stored is not None and connection.execute("SELECT EXISTS (SELECT 1 FROM chunk_vectors)").get
        if stored == (name, dimensions):
            return
        if used and stored is not None:
            raise UsageError(
                f"The vectors of “{self._publication.collection}” were made with the embedding model {name}, those in"
                f" this index with {stored[0]}. They can't be searched together.",
                "Have the hub use this device's model, or set the hub's here and run: edge-copilot ingest --rebuild",
            )
        with self._store.transaction() as connection:
            writing.set_embedder(connection, name, dimensions)

    def _build(self, batch: Sequence[DocumentEntry]) -> None:
        documents = self._documents({entry.digest for entry in batch})
        waiting = [_Waiting(entry, documents[entry.digest]) for entry in batch]
        self._fetch_files([file for one in waiting for file in one.document.files])
        sections: dict[bytes, SectionObject] = {}
        wanted = dict.fromkeys(ref.digest for one in waiting for ref in one.document.sections)
        with self._store.reader() as connection:
            for digest in wanted:
                if (found := _section_here(connection, digest)) is not None:
                    sections[digest] = found
        holders: dict[bytes, list[_Waiting]] = {}
        for one in waiting:
            one.missing = {ref.digest for ref in one.document.sections} - sections.keys()
            for digest in one.missing:
                holders.setdefault(digest, []).append(one)
            if not one.missing:
                self._write(one, sections)
        for digest, data in self._fetched(holders.keys()):
            sections[digest] = self._accepted(decode_section(data))
            for one in holders.pop(digest, ()):
                one.missing.discard(digest)
                if not one.missing:
                    self._write(one, sections)
        if holders:
            raise _lacking(len(holders))

    def _documents(self, digests: Collection[bytes]) -> dict[bytes, DocumentObject]:
        """Return document objects: of those on the device that are as they were sent, the others fetched."""
        found: dict[bytes, DocumentObject] = {}
        with self._store.reader() as connection:
            for name, document_id in versions.documents_named(connection, (d.hex() for d in digests)).items():
                document, _ = read_document(connection, document_id)
                if digest_of(encode_document(document)).hex() == name:
                    found[bytes.fromhex(name)] = document
        for digest, data in self._fetched(digests - found.keys()):
            found[digest] = self._fitting(decode_document(data))
        if lacking := len(digests) - len(found):
            raise _lacking(lacking)
        return found

    def _fitting(self, document: DocumentObject) -> DocumentObject:
        if self._publication.kind == "files" and (document.sections or len(document.files) != 1):
            raise PackError(f"A document of “{self._publication.collection}” isn't one file.", AGAIN)
        return document

    def _accepted(self, section: SectionObject) -> SectionObject:
        size = self._publication.dimensions or 0
        if any(len(chunk.whole) not in (0, size) for chunk in section.chunks):
            raise PackError(
                f"“{self._publication.collection}” holds vectors of another length than it says.",
                AGAIN,
            )
        return section

    def _fetch_files(self, files: Sequence[FileRef]) -> None:
        if self._publication.kind == "files":
            for file in files:
                self._files.put(file, self._fetched)
            return
        wanted = {piece for file in files for piece in file.pieces}
        with self._store.reader() as connection:
            there = pieces.stored(connection, (piece.hex() for piece in wanted))
        missing = {piece for piece in wanted if piece.hex() not in there}
        for digest, data in self._fetched(missing):
            with self._store.transaction(unseen=True) as connection:
                pieces.write(connection, digest.hex(), data)
            missing.discard(digest)
        if missing:
            raise _lacking(len(missing))

    def _fetched(self, digests: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
        """Fetch objects, believing of the source neither the content nor that it was asked for."""
        wanted = set(digests)
        if not wanted:
            return
        for digest, data in self._source.get(sorted(wanted)):
            if digest in wanted:
                wanted.discard(digest)
                yield digest, checked(data, digest, "object")

    def _write(self, one: _Waiting, sections: dict[bytes, SectionObject]) -> None:
        document = one.document
        # Made before the transaction, so that others who want to write wait no longer than they must.
        made = list(indexed_chunks(document, (sections[ref.digest] for ref in document.sections)))
        with self._store.transaction(unseen=True) as connection:
            writer = DocumentWriter(
                connection,
                self._collection_id,
                record_of(one.entry.path, document),
                version_of(one.entry.digest, document, self._now()),
            )
            for ordinal, (ref, chunks) in enumerate(zip(document.sections, made, strict=True)):
                writer.add(chunks)
                writer.name_section(ordinal, ref.digest.hex())
            writer.finish(document.language, document.notices)
            generations.add(connection, self._generation_id, writer.document_id)
        self._done += 1
        self._tell(Building(self._done, len(self._manifest.documents)))


def _section_here(connection: apsw.Connection, digest: bytes) -> SectionObject | None:
    """Return a section that is on the device, if it is still as it was sent.

    It may not be: where another embedding model was chosen since, its vectors are no longer the hub's.
    """
    for section_id in versions.sections_named(connection, digest.hex()):
        row = versions.section(connection, section_id)
        if row is not None:
            found = section_object(row)
            if digest_of(encode_section(found)) == digest:
                return found
    return None


def _lacking(count: int) -> PackError:
    return PackError(f"The hub lacks {count} parts of what it announces.", AGAIN)
