"""What a collection consists of now: each document with a fingerprint, and how to make objects of it."""

from __future__ import annotations

import hashlib
import json
import mimetypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final

from index.embedding.base import Embedder
from index.errors import DamagedDocument
from index.store import Store, reading
from index.store.reading import DocumentInfo
from sync.collections import read_document
from sync.format import DocumentObject, FileRef, digest_of, pieces_of
from sync.hub import pictures
from sync.hub.building import Below
from sync.hub.files import file_digest, pieces_of_file
from sync.hub.folder import HubFolder
from sync.hub.objects import Objects
from sync.hub.report import Left
from sync.hub.settings import CollectionSettings, HubSettings, SourceSettings

_ENCODING: Final = 1  # raise it when the same document would become other objects
_PDF: Final = "application/pdf"
FILE_RECIPE: Final = "file"  # of a document of a collection of files: nothing was read of it


class Changed(Exception):
    """A document's file is not the one that the index was made of: its last good state is published again."""


@dataclass(frozen=True, slots=True)
class Item:
    """A document that a generation is to hold.

    Attributes:
        path: In the collection.
        fingerprint: Differs whenever its objects would.
        encode: Adds its parts to a collection's objects and returns its own. Raises `Changed`, PackError.
        sample: Returns its sections' bytes, to train a dictionary with.
        sha256: Of the file that it is made of, hex; empty where that isn't known before it is encoded.
    """

    path: str
    fingerprint: str
    encode: Callable[[Objects], DocumentObject]
    sample: Callable[[], list[bytes]]
    sha256: str = ""


def items_of(
    hub: HubFolder, settings: HubSettings, name: str, store: Store, embedder: Embedder | None, left: list[Left]
) -> list[Item]:
    """Return what a collection consists of, by path.

    Args:
        hub: The hub.
        settings: Of the hub.
        name: Of the collection.
        store: The hub's index, up to date.
        embedder: Whose vectors it holds.
        left: Gets what is left out.
    """
    collection = settings.collections[name]
    found = (
        _files(hub, settings, name)
        if collection.kind == "files"
        else _documents(hub, settings, name, collection, store, embedder)
    )
    items: dict[str, Item] = {}
    for item in found:
        if item.path in items:
            left.append(Left(name, item.path, "Two sources have a document of this name; give one of them a prefix."))
        else:
            items[item.path] = item
    return [items[path] for path in sorted(items)]


def _documents(
    hub: HubFolder,
    settings: HubSettings,
    name: str,
    collection: CollectionSettings,
    store: Store,
    embedder: Embedder | None,
) -> Iterator[Item]:
    mirrors = {hub.mirror(source.id): source for source in settings.sources_of(name)}
    with store.reader() as connection:
        documents = reading.documents(connection, name)
    for mirror, source in mirrors.items():  # a path that two sources have is the first one's
        below = Below([mirror])
        for info in documents:
            if (found := below(info.path)) is not None:
                yield _document(store, info, source, source.prefix + found[1], collection, embedder)


def _document(
    store: Store,
    info: DocumentInfo,
    source: SourceSettings,
    path: str,
    collection: CollectionSettings,
    embedder: Embedder | None,
) -> Item:
    review = source.review_by.isoformat() if source.review_by else None
    fingerprint = _fingerprint(
        _ENCODING, info.sha256, info.recipe, info.chunks, info.title, info.notices,
        (embedder.name, embedder.dimensions) if embedder else None,
        source.language, source.revision, review, collection.originals,
        (pictures.DPI, pictures.MEDIA_TYPE) if collection.page_pictures and info.media_type == _PDF else None,
    )  # fmt: skip

    def encode(objects: Objects) -> DocumentObject:
        with store.reader() as connection:
            document, sections = read_document(connection, info.id)
        files = list(_attached(Path(info.path), info, collection, objects))
        for section in sections:
            objects.add(section.data)
        return replace(
            document,
            language=source.language or document.language,
            revision=source.revision,
            reviewed_until=review,
            files=tuple(files),
        )

    def sample() -> list[bytes]:
        with store.reader() as connection:
            return [section.data for section in read_document(connection, info.id)[1]]

    return Item(path, fingerprint, encode, sample, info.sha256)


def _attached(file: Path, info: DocumentInfo, collection: CollectionSettings, objects: Objects) -> Iterator[FileRef]:
    wants_pictures = collection.page_pictures and info.media_type == _PDF
    if not (collection.originals or wants_pictures):
        return
    try:
        if file_digest(file).hex() != info.sha256:
            raise Changed(file.name)
        if collection.originals:
            yield add_file(objects, f"original/{file.name}", info.media_type, file)
        if wants_pictures:
            for name, picture in pictures.page_pictures(file):
                yield _add_bytes(objects, name, pictures.MEDIA_TYPE, picture)
    except (OSError, DamagedDocument) as error:
        raise Changed(str(error)) from error


def _files(hub: HubFolder, settings: HubSettings, name: str) -> Iterator[Item]:
    for source in settings.sources_of(name):
        mirror = hub.mirror(source.id)
        if not mirror.is_dir():
            continue
        for path in sorted(mirror.rglob("*")):
            if path.is_file():
                yield _file(source, path, source.prefix + path.relative_to(mirror).as_posix())


def _file(source: SourceSettings, file: Path, path: str) -> Item:
    status = file.stat()
    review = source.review_by.isoformat() if source.review_by else None
    media_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
    fingerprint = _fingerprint(
        _ENCODING, "file", status.st_size, status.st_mtime_ns, status.st_ino, media_type,
        source.language, source.revision, review,
    )  # fmt: skip

    def encode(objects: Objects) -> DocumentObject:
        name = PurePosixPath(path).name
        ref = add_file(objects, name, media_type, file)
        return DocumentObject(
            title=name,
            media_type=media_type,
            language=source.language,
            pages=None,
            size=ref.size,
            sha256=ref.sha256,
            recipe=FILE_RECIPE,
            revision=source.revision,
            reviewed_until=review,
            files=(ref,),
        )

    return Item(path, fingerprint, encode, lambda: [])


def add_file(objects: Objects, name: str, media_type: str, file: Path) -> FileRef:
    """Add a file piece by piece; return what a document says of it."""
    whole, size, pieces = hashlib.sha256(), 0, []
    for piece in pieces_of_file(file):
        whole.update(piece)
        size += len(piece)
        pieces.append(objects.add(piece))
    return FileRef(name, media_type, size, whole.digest(), tuple(pieces))


def _add_bytes(objects: Objects, name: str, media_type: str, data: bytes) -> FileRef:
    pieces = tuple(objects.add(piece) for piece in pieces_of(data))
    return FileRef(name, media_type, len(data), digest_of(data), pieces)


def _fingerprint(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True, default=list).encode()).hexdigest()
