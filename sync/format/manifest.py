"""Manifests: which documents one generation of a collection consists of, and the packs that hold them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from index.errors import PackError
from sync.format import encoding, zstd
from sync.format.limits import AGAIN, MANIFEST, PATH_CHARACTERS, checked

_WHAT = "manifest"


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """A document of a generation.

    Attributes:
        path: Its name within the collection.
        digest: Of its document object.
        size: Of its source, bytes.
    """

    path: str
    digest: bytes
    size: int


@dataclass(frozen=True, slots=True)
class PackEntry:
    """A pack that holds objects of a generation, with its index.

    Attributes:
        digest, size: Of the pack as it is stored.
        index_digest, index_size: Of the index as it is stored.
    """

    digest: bytes
    size: int
    index_digest: bytes
    index_size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """One generation of a collection.

    Attributes:
        number: From 1.
        documents: By path.
        packs: By digest.
        dictionary: Digest of the zstd dictionary that the packs take; None for none.
    """

    collection: str
    number: int
    documents: tuple[DocumentEntry, ...] = ()
    packs: tuple[PackEntry, ...] = ()
    dictionary: bytes | None = None


def encode_manifest(manifest: Manifest) -> bytes:
    """Return a manifest's bytes, not compressed; their digest is the manifest's name."""
    documents = sorted(manifest.documents, key=lambda entry: entry.path)
    packs = sorted(manifest.packs, key=lambda entry: entry.digest)
    return encoding.encode(
        [
            1, manifest.collection, manifest.number,
            [[entry.path, entry.digest, entry.size] for entry in documents],
            [[entry.digest, entry.size, entry.index_digest, entry.index_size] for entry in packs],
            manifest.dictionary,
        ]
    )  # fmt: skip


def decode_manifest(data: bytes) -> Manifest:
    """Undo `encode_manifest`.

    Raises:
        PackError: It is damaged, made by a newer version, or its documents are not in order.
    """
    if len(data) > MANIFEST:
        raise PackError(f"A manifest is {len(data):,} bytes long, over the limit of {MANIFEST:,}.", AGAIN)
    values = encoding.array(encoding.versioned(data, _WHAT), _WHAT, 5)
    collection, number, documents, packs, dictionary = values
    manifest = Manifest(
        encoding.text(collection, _WHAT, PATH_CHARACTERS),
        encoding.integer(number, _WHAT, lowest=1),
        tuple(_document(value) for value in encoding.array(documents, _WHAT)),
        tuple(_pack(value) for value in encoding.array(packs, _WHAT)),
        None if dictionary is None else encoding.digest(dictionary, _WHAT),
    )
    in_order = all(a.path < b.path for a, b in pairwise(manifest.documents))
    if not in_order or not all(a.digest < b.digest for a, b in pairwise(manifest.packs)):
        raise encoding.malformed(_WHAT)
    return manifest


def pack_manifest(data: bytes) -> bytes:
    """Compress a manifest's bytes for the hub's folder."""
    return zstd.Codec().pack(data)


def unpack_manifest(frame: bytes, digest: bytes) -> bytes:
    """Undo `pack_manifest`.

    Args:
        frame: As it was fetched.
        digest: What the publication calls the manifest.

    Raises:
        PackError: It is damaged, too large, or another manifest.
    """
    return checked(zstd.Codec().unpack(frame, MANIFEST, _WHAT), digest, _WHAT)


def make_delta(old: bytes, new: bytes) -> bytes:
    """Return the patch from one manifest's bytes to another's."""
    return zstd.patch(old, new)


def apply_delta(old: bytes, delta: bytes, digest: bytes) -> bytes:
    """Return the newer manifest's bytes.

    Args:
        old: The older manifest's, not compressed.
        delta: As it was fetched.
        digest: What the publication calls the newer manifest.

    Raises:
        PackError: The patch is damaged or belongs to other manifests.
    """
    return checked(zstd.patched(old, delta, MANIFEST, "manifest patch"), digest, _WHAT)


def _document(value: object) -> DocumentEntry:
    path, digest, size = encoding.array(value, _WHAT, 3)
    path = encoding.text(path, _WHAT, PATH_CHARACTERS)
    if not path.strip() or any(ord(c) < 32 or c == "\x7f" for c in path):
        raise encoding.malformed(_WHAT)
    return DocumentEntry(path, encoding.digest(digest, _WHAT), encoding.integer(size, _WHAT))


def _pack(value: object) -> PackEntry:
    digest, size, index_digest, index_size = encoding.array(value, _WHAT, 4)
    return PackEntry(
        encoding.digest(digest, _WHAT),
        encoding.integer(size, _WHAT),
        encoding.digest(index_digest, _WHAT),
        encoding.integer(index_size, _WHAT),
    )
