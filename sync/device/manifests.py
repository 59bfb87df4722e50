"""Manifests of the generations on a device: fetched as a patch against one that is here, where there is one."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from index.errors import PackError
from sync.device.fetching import Fetcher, SparseFile
from sync.device.link import Missing
from sync.format import (
    DeltaRef,
    Manifest,
    Publication,
    Release,
    apply_delta,
    checked,
    decode_manifest,
    unpack_manifest,
)
from sync.format.limits import AGAIN, MANIFEST


class Manifests:
    """Manifests in a folder, by collection and digest.

    Args:
        folder: ``sync/manifests``.
        fetcher: Fetches what is missing.
    """

    def __init__(self, folder: Path, fetcher: Fetcher) -> None:
        self._folder, self._fetcher = folder, fetcher

    def get(self, publication: Publication, release: Release) -> Manifest:
        """Return the manifest of a release, fetched as cheaply as can be.

        Raises:
            PackError: It is damaged, or of another collection or generation.
            Missing, NetworkError, DiskFull: As the fetcher.
        """
        collection, name = publication.collection, release.manifest.sha256
        if release.manifest.bytes > MANIFEST:
            raise PackError(
                f"The manifest of {collection} has {release.manifest.bytes:,} bytes, over the limit of {MANIFEST:,}.",
                AGAIN,
            )
        data = self._kept(collection, name)
        if data is None:
            data = self._patched(collection, release)
        if data is None:
            data = self._fetcher.whole(
                path := f"objects/manifests/{name}",
                name,
                release.manifest.bytes,
                lambda file: unpack_manifest(file.read(0, file.size), bytes.fromhex(name)),
            )
            self._fetcher.discard(path, name)
        manifest = decode_manifest(data)
        if (manifest.collection, manifest.number) != (collection, release.number):
            raise PackError(
                f"The manifest of generation {release.number} of {collection} is that of generation "
                f"{manifest.number} of {manifest.collection}.",
                AGAIN,
            )
        self._keep(collection, name, data)
        return manifest

    def kept(self, collection: str, name: str) -> Manifest | None:
        """Return a manifest that is here; None where it isn't."""
        data = self._kept(collection, name)
        return decode_manifest(data) if data is not None else None

    def prune(self, collection: str, wanted: Collection[str]) -> None:
        """Remove the manifests of a collection but those wanted."""
        folder = self._folder / collection
        if folder.is_dir():
            for place in folder.iterdir():
                if place.name not in wanted:
                    place.unlink(missing_ok=True)
            if not wanted:
                with suppress(OSError):
                    folder.rmdir()

    def _patched(self, collection: str, release: Release) -> bytes | None:
        """Try the smallest patch that fits what is here; None where the whole manifest is needed or cheaper."""
        for delta in sorted(release.deltas, key=lambda one: one.bytes):
            old = self._kept(collection, delta.from_)
            if old is None or delta.bytes >= release.manifest.bytes:
                continue
            try:
                return self._patch(old, delta, release)
            except (PackError, Missing):
                self._fetcher.remark(f"A patch for {collection} can't be used: its whole manifest is fetched.")
        return None

    def _patch(self, old: bytes, delta: DeltaRef, release: Release) -> bytes:
        new = release.manifest.sha256
        path = f"objects/deltas/{new}.{delta.from_}"

        def take(file: SparseFile) -> bytes:
            patch = checked(file.read(0, file.size), bytes.fromhex(delta.sha256), "manifest patch")
            return apply_delta(old, patch, bytes.fromhex(new))

        try:
            return self._fetcher.whole(path, delta.sha256, delta.bytes, take)
        finally:
            self._fetcher.discard(path, delta.sha256)

    def _kept(self, collection: str, name: str) -> bytes | None:
        with suppress(OSError, PackError):
            return checked((self._folder / collection / name).read_bytes(), bytes.fromhex(name), "manifest")
        return None

    def _keep(self, collection: str, name: str, data: bytes) -> None:
        place = self._folder / collection / name
        place.parent.mkdir(parents=True, exist_ok=True)
        fresh = place.with_name(f"{name}.new")
        fresh.write_bytes(data)
        fresh.replace(place)
