"""Objects out of packs: which pack holds which, and how much of each pack to fetch."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from index.errors import PackError
from sync.device.fetching.fetcher import Fetcher
from sync.device.fetching.sparse import SparseFile, merged
from sync.device.link.base import Patience
from sync.device.link.reading import read_small
from sync.format import Codec, Frame, Manifest, PackEntry, PackIndex, checked, unpack_object
from sync.format.limits import AGAIN, DICTIONARY, INDEX, OBJECT

_GAP_KNOWN: Final = 8 << 10
"""Bytes between two wanted frames of an older pack that are fetched along: about what a round trip costs on a thin
line (200 ms at 256 kbit/s are 6.4 KB)."""
_GAP_FRESH: Final = 64 << 10
"""The same for a pack that is new to this device: what lies between will mostly be wanted in a moment."""
_WHOLE_SHARE: Final = 0.5
_WHOLE_BYTES: Final = 256 << 10


@dataclass(frozen=True, slots=True)
class Needs:
    """What one call needs of one pack."""

    pack: PackEntry
    frames: tuple[Frame, ...]

    @property
    def bytes(self) -> int:
        """Of the frames, as stored."""
        return sum(frame.length for frame in self.frames)


class PackSource:
    """The objects of one generation, fetched from its packs; the object source of the generation builder.

    Args:
        fetcher: Fetches.
        manifest: Of the generation.
        indexes: Folder in which the indexes of packs are kept; created.
        known: Digests of packs that an earlier generation on this device had, of which little will be wanted.
        patience: For the dictionary.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        manifest: Manifest,
        indexes: Path,
        known: Collection[bytes] = (),
        patience: Patience | None = None,
    ) -> None:
        self._fetcher, self._manifest, self._folder = fetcher, manifest, indexes
        self._known = frozenset(known)
        self._patience = patience or Patience()
        self._indexes: dict[bytes, PackIndex] | None = None
        self._codec: Codec | None = None
        indexes.mkdir(parents=True, exist_ok=True)

    def get(self, digests: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
        """Yield each object with its digest, checked, in the order in which the packs have them.

        Raises:
            PackError: The packs lack one, or one is damaged and stays so.
            NetworkError, DiskFull: As the fetcher.
        """
        plan = self._plan(digests)
        spans = {need.pack.digest: self._spans(need) for need in plan}
        self._fetcher.more(sum(end - start for parts in spans.values() for start, end in parts))
        for need in plan:
            yield from self._objects(need, spans[need.pack.digest])

    def size_of(self, digests: Iterable[bytes]) -> tuple[int, int]:
        """Return the bytes of these objects as stored and unpacked, to look for room before anything is fetched."""
        frames = [frame for need in self._plan(digests) for frame in need.frames]
        return sum(frame.length for frame in frames), sum(frame.size for frame in frames)

    @property
    def fresh_bytes(self) -> int:
        """Bytes of the packs that are new to this device: the most that will be fetched, but for stray objects."""
        return sum(pack.size for pack in self._manifest.packs if pack.digest not in self._known)

    def close(self) -> None:
        """Remove the packs: what they held has been built in."""
        for pack in self._manifest.packs:
            self._fetcher.discard(_pack_path(pack), pack.digest.hex())

    def _plan(self, digests: Iterable[bytes]) -> list[Needs]:
        """Say for each pack what is wanted of it: where several have an object, one that is needed anyway."""
        indexes = self._read_indexes()
        open_ = set(digests)
        by_pack = {
            pack.digest: [digest for digest in indexes[pack.digest].frames if digest in open_]
            for pack in self._manifest.packs
        }
        plan = []
        for pack in sorted(self._manifest.packs, key=lambda pack: -len(by_pack[pack.digest])):
            wanted = [digest for digest in by_pack[pack.digest] if digest in open_]
            if wanted:
                open_.difference_update(wanted)
                frames = sorted((indexes[pack.digest].frames[d] for d in wanted), key=lambda frame: frame.offset)
                plan.append(Needs(pack, tuple(frames)))
        if open_:
            raise PackError(
                f"The hub's packs lack {len(open_)} objects that generation {self._manifest.number} of "
                f"{self._manifest.collection} consists of.",
                AGAIN,
            )
        return plan

    def _spans(self, need: Needs) -> list[tuple[int, int]]:
        fresh = need.pack.digest not in self._known
        with SparseFile(self._place(need.pack), need.pack.size) as file:
            if fresh and (need.pack.size <= _WHOLE_BYTES or need.bytes >= _WHOLE_SHARE * need.pack.size):
                return list(file.missing())
            parts = [gap for frame in need.frames for gap in file.missing(frame.offset, frame.offset + frame.length)]
            return merged(parts, _GAP_FRESH if fresh else _GAP_KNOWN)

    def _objects(self, need: Needs, spans: list[tuple[int, int]]) -> Iterator[tuple[bytes, bytes]]:
        path, codec = _pack_path(need.pack), self._read_codec()
        with SparseFile(self._place(need.pack), need.pack.size) as file:
            self._fetcher.spans(path, file, spans)
            for frame in need.frames:
                try:
                    data = unpack_object(codec, frame, file.read(frame.offset, frame.length))
                except PackError:
                    # Perhaps a loss of power took what the journal says we have: fetched once more, not a third time.
                    self._fetcher.remark(f"A part of {path} arrived damaged: it is fetched once more.")
                    file.forget(frame.offset, frame.offset + frame.length)
                    self._fetcher.spans(path, file, [(frame.offset, frame.offset + frame.length)])
                    data = self._again(path, codec, frame, file)
                yield frame.digest, data

    def _again(self, path: str, codec: Codec, frame: Frame, file: SparseFile) -> bytes:
        try:
            return unpack_object(codec, frame, file.read(frame.offset, frame.length))
        except PackError as error:
            file.forget()
            raise PackError(
                f"{path} is damaged or has been tampered with ({self._fetcher.link.address}). {error.message}",
                "Nothing of it was used. Tell whoever keeps the hub, or sync from another copy.",
            ) from error

    def _place(self, pack: PackEntry) -> Path:
        return self._fetcher.place_of(_pack_path(pack), pack.digest.hex())

    def _read_codec(self) -> Codec:
        if self._codec is None:
            digest = self._manifest.dictionary
            self._codec = Codec(None if digest is None else self._dictionary(digest))
        return self._codec

    def _dictionary(self, digest: bytes) -> bytes:
        kept = self._folder / f"{digest.hex()}.dict"
        with suppress(OSError, PackError):
            return checked(kept.read_bytes(), digest, "dictionary")
        path = f"objects/dicts/{digest.hex()}"
        data = checked(read_small(self._fetcher.link, path, DICTIONARY, self._patience), digest, "dictionary")
        self._fetcher.fetched_bytes += len(data)
        _keep(kept, data)
        return data

    def _read_indexes(self) -> Mapping[bytes, PackIndex]:
        if self._indexes is None:
            self._indexes = {pack.digest: self._index(pack) for pack in self._manifest.packs}
        return self._indexes

    def _index(self, pack: PackEntry) -> PackIndex:
        name = pack.index_digest.hex()
        if pack.index_size > INDEX:
            raise PackError(f"A pack index has {pack.index_size:,} bytes, over the limit of {INDEX:,}.", AGAIN)
        kept = self._folder / f"{name}.idx"
        with suppress(OSError, PackError):
            return _decoded(checked(kept.read_bytes(), pack.index_digest, "pack index"), pack)
        path = f"objects/packs/{pack.digest.hex()}.idx"  # named after its pack, with a digest of its own

        def take(file: SparseFile) -> PackIndex:
            data = checked(file.read(0, file.size), pack.index_digest, "pack index")
            index = _decoded(data, pack)
            _keep(kept, data)
            return index

        index = self._fetcher.whole(path, name, pack.index_size, take)
        self._fetcher.discard(path, name)
        return index


def prune_indexes(folder: Path, manifests: Iterable[Manifest]) -> None:
    """Remove indexes and dictionaries that none of these generations names."""
    wanted = {
        name
        for manifest in manifests
        for name in (
            *(f"{pack.index_digest.hex()}.idx" for pack in manifest.packs),
            *([f"{manifest.dictionary.hex()}.dict"] if manifest.dictionary else []),
        )
    }
    if folder.is_dir():
        for place in folder.iterdir():
            if place.name not in wanted:
                place.unlink(missing_ok=True)


def _decoded(data: bytes, pack: PackEntry) -> PackIndex:
    index = PackIndex.decode(data, pack.size)
    # What doesn't get smaller is stored as it is, with a few bytes around it (RFC 8878, 3.1.1).
    if any(frame.length > OBJECT + (OBJECT >> 6) for frame in index.frames.values()):
        raise PackError("A pack holds something that is larger than any object may be.", AGAIN)
    return index


def _pack_path(pack: PackEntry) -> str:
    return f"objects/packs/{pack.digest.hex()}.pack"


def _keep(place: Path, data: bytes) -> None:
    fresh = place.with_name(place.name + ".new")
    fresh.write_bytes(data)
    fresh.replace(place)
