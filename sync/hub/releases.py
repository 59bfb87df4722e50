"""Manifests and releases: the files by which a device goes from one generation to the next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from index.errors import SyncError
from sync.format import (
    DeltaRef,
    DocumentEntry,
    Manifest,
    ManifestRef,
    PackEntry,
    Publication,
    Release,
    decode_manifest,
    digest_of,
    encode_manifest,
    make_delta,
    pack_manifest,
    unpack_manifest,
)
from sync.hub.files import write_object
from sync.hub.folder import HubFolder

PATCHED_FROM: Final = 10  # older generations from which a patch leads to the newest


@dataclass(frozen=True, slots=True)
class Composed:
    """A new generation on the disk, not served yet.

    Attributes:
        release: As the publication names it.
        delta_bytes: Of the patch from the generation before it, or of the manifest where there is none.
    """

    release: Release
    delta_bytes: int


def compose(
    hub: HubFolder,
    collection: str,
    number: int,
    documents: Sequence[DocumentEntry],
    packs: Iterable[PackEntry],
    dictionary: bytes | None,
    note: str,
    published_at: datetime,
) -> Composed:
    """Write a generation's manifest and the patches that lead to it."""
    manifest = Manifest(collection, number, tuple(documents), tuple(packs), dictionary)
    content = encode_manifest(manifest)
    name, stored = digest_of(content).hex(), pack_manifest(content)
    write_object(hub.objects / "manifests", name, stored)
    deltas = []
    for path in _copies(hub, collection):
        if int(path.name.partition(".")[0]) >= number:  # of a publication that was killed before it was served
            path.unlink()
    for old in _older(hub, collection):
        patch = make_delta(old, content)
        if len(patch) >= len(stored):
            continue
        old_name = digest_of(old).hex()
        write_object(hub.objects / "deltas", f"{name}.{old_name}", patch)
        deltas.append(
            DeltaRef.model_validate({"from": old_name, "sha256": digest_of(patch).hex(), "bytes": len(patch)})
        )
    write_object(hub.manifests / collection, f"{number}.{name}", stored)
    release = Release(
        number=number,
        published_at=published_at.replace(microsecond=0),
        manifest=ManifestRef(sha256=name, bytes=len(stored)),
        deltas=tuple(deltas),
        documents=len(documents),
        note=note,
    )
    return Composed(release, deltas[0].bytes if deltas else len(stored))


def read_manifest(hub: HubFolder, release: Release) -> Manifest:
    """Return the manifest of a release that is served.

    Raises:
        SyncError: It is not there.
        PackError: It is damaged.
    """
    path = hub.objects / "manifests" / release.manifest.sha256
    try:
        stored = path.read_bytes()
    except OSError as error:
        raise SyncError(f"{path} is missing.", "Bring public/objects back from a copy.") from error
    return decode_manifest(unpack_manifest(stored, bytes.fromhex(release.manifest.sha256)))


def kept(publication: Publication, release: Release, keep: int, stable: int) -> tuple[Release, ...]:
    """Return the releases that stay once ``release`` is the newest: the last ones, and what is stable."""
    newest = [*publication.releases, release]
    last = {one.number for one in newest[-keep:]} | {stable}
    return tuple(one for one in newest if one.number in last)


def forget_manifests(hub: HubFolder, collection: str) -> None:
    """Delete the hub's copies of manifests from which no patch will lead on."""
    for path in _copies(hub, collection)[PATCHED_FROM:]:
        path.unlink(missing_ok=True)


def _older(hub: HubFolder, collection: str) -> Iterable[bytes]:
    for path in _copies(hub, collection)[:PATCHED_FROM]:
        yield unpack_manifest(path.read_bytes(), bytes.fromhex(path.name.partition(".")[2]))


def _copies(hub: HubFolder, collection: str) -> list[Path]:
    folder = hub.manifests / collection
    found = [path for path in folder.glob("*.*") if path.name.partition(".")[0].isdigit()] if folder.is_dir() else []
    return sorted(found, key=lambda path: -int(path.name.partition(".")[0]))
