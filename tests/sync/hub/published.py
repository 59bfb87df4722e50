"""A hub made in a test, and what a device with its root file would read of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urlparse

from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient import FetcherInterface, Updater

from sync.format import (
    Codec,
    DocumentObject,
    Manifest,
    PackIndex,
    Publication,
    SectionObject,
    checked,
    decode_document,
    decode_manifest,
    decode_section,
    unpack_manifest,
    unpack_object,
)
from sync.hub.folder import HubFolder
from sync.hub.publishing import Order, Publisher
from sync.hub.report import Published, PublishReport
from sync.hub.settings import CollectionSettings, SourceSettings
from sync.trust.signing import target_path
from tests.index.hashing_embedder import HashingEmbedder


class Clock:
    def __init__(self) -> None:
        self.time = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.time

    def pass_days(self, days: float) -> None:
        self.time += timedelta(days=days)


class _FolderFetcher(FetcherInterface):
    def _fetch(self, url: str) -> Iterator[bytes]:
        path = Path(unquote(urlparse(url).path))
        if not path.is_file():
            raise DownloadHTTPError("not there", 404)
        yield path.read_bytes()


@dataclass
class Generation:
    """A generation as a device finds it, every digest checked."""

    manifest: Manifest
    documents: dict[str, DocumentObject]
    sections: dict[str, list[SectionObject]]
    files: dict[str, bytes]
    pack_names: set[str]

    def text(self, path: str) -> str:
        return "".join(chunk.body for section in self.sections[path] for chunk in section.chunks)


@dataclass
class Hub:
    """A hub with one folder per collection as its source.

    ``root`` is what devices are enrolled with; a device's metadata is kept in ``device``.
    """

    path: Path
    docs: Path
    clock: Clock = field(default_factory=Clock)
    embedder: object = field(default_factory=HashingEmbedder)

    def __post_init__(self) -> None:
        self.folder.init()
        self.root = (self.path / "public/metadata/1.root.json").read_bytes()

    @property
    def folder(self) -> HubFolder:
        return HubFolder(self.path, now=self.clock)

    def add(self, collection: str = "presses", **settings: object) -> Path:
        """Make a collection with a folder of that name as its source; return the folder."""
        docs = self.docs / collection
        docs.mkdir(parents=True, exist_ok=True)
        of_source = {key: settings.pop(key) for key in list(settings) if key in SourceSettings.model_fields}
        current = self.folder.settings()
        current = current.with_collection(collection, CollectionSettings.model_validate(settings))
        values = {"id": collection, "collection": collection, "type": "folder", "location": str(docs)} | of_source
        current.with_source(SourceSettings.model_validate(values)).write(self.folder.settings_file)
        return docs

    def publisher(self) -> Publisher:
        return Publisher(self.folder, self.embedder)  # type: ignore[arg-type]

    def publish(self, **order: object) -> PublishReport:
        return self.publisher().publish(Order(**order))  # type: ignore[arg-type]

    def published(self, collection: str = "presses", **order: object) -> Published:
        report = self.publish(**order)
        assert report.skipped == ()
        return next(one for one in report.collections if one.collection == collection)

    def publication(self, collection: str = "presses") -> Publication:
        """Verify and read what is served, as a device that was enrolled at the first root."""
        device = self.path.parent / "device"
        device.mkdir(exist_ok=True)
        updater = Updater(
            str(device),
            (self.path / "public/metadata").as_uri(),
            str(device),
            (self.path / "public/targets").as_uri(),
            _FolderFetcher(),
            bootstrap=self.root,
        )
        updater.refresh()
        target = updater.get_targetinfo(target_path(collection))
        assert target is not None
        return Publication.decode(Path(updater.download_target(target)).read_bytes())

    def generation(self, collection: str = "presses", number: int | None = None) -> Generation:
        """Fetch and check a whole generation; default: what is stable."""
        publication = self.publication(collection)
        release = publication.release(number or publication.rollout.stable)
        assert release is not None
        objects = self.path / "public/objects"
        stored = (objects / "manifests" / release.manifest.sha256).read_bytes()
        assert len(stored) == release.manifest.bytes
        manifest = decode_manifest(unpack_manifest(stored, bytes.fromhex(release.manifest.sha256)))
        dictionary = None
        if manifest.dictionary is not None:
            dictionary = checked(
                (objects / "dicts" / manifest.dictionary.hex()).read_bytes(), manifest.dictionary, "dictionary"
            )
        codec, found = Codec(dictionary), {}
        for entry in manifest.packs:
            pack = checked(
                (objects / f"packs/{entry.digest.hex()}.pack").read_bytes(), entry.digest, "pack", entry.size
            )
            encoded = (objects / f"packs/{entry.digest.hex()}.idx").read_bytes()
            index = PackIndex.decode(checked(encoded, entry.index_digest, "index", entry.index_size), entry.size)
            for digest, frame in index.frames.items():
                found[digest] = unpack_object(codec, frame, pack[frame.offset : frame.offset + frame.length])
        documents = {entry.path: decode_document(found[entry.digest]) for entry in manifest.documents}
        return Generation(
            manifest,
            documents,
            {
                path: [decode_section(found[ref.digest]) for ref in document.sections]
                for path, document in documents.items()
            },
            {
                f"{path}#{file.name}": b"".join(found[piece] for piece in file.pieces)
                for path, document in documents.items()
                for file in document.files
            },
            {entry.digest.hex() for entry in manifest.packs},
        )


def write(path: Path, text: str) -> Path:
    """Write a document as if some time ago."""
    import os

    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    then = path.stat().st_mtime - 60
    os.utime(path, (then, then))
    return path


def manual(name: str, sections: int = 3, words: str = "") -> str:
    """A manual with sections of their own."""
    said = words or "a blown fuse"
    parts = [f"\n## Part {n} of {name}\n\nFault {name.upper()}-{n} means {said}.\n" for n in range(sections)]
    return f"# {name}\n" + "".join(parts)
