"""Packs: many objects in one file, each a frame of its own, and the index that tells where each lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

from index.errors import PackError
from sync.format import encoding
from sync.format.limits import AGAIN, INDEX, OBJECT, checked, digest_of
from sync.format.zstd import Codec

_WHAT = "pack index"


@dataclass(frozen=True, slots=True)
class Frame:
    """Where an object lies in a pack.

    Attributes:
        digest: The object's.
        offset, length: Of its frame in the pack, bytes.
        size: What it unpacks to, bytes.
    """

    digest: bytes
    offset: int
    length: int
    size: int


@dataclass(frozen=True, slots=True)
class PackIndex:
    """The frames of one pack by the digests of their objects."""

    frames: Mapping[bytes, Frame]

    def encode(self) -> bytes:
        """Return the index as it is stored."""
        rows = [[frame.digest, frame.offset, frame.length, frame.size] for _, frame in sorted(self.frames.items())]
        return Codec().pack(encoding.encode([1, rows]))

    @classmethod
    def decode(cls, data: bytes, pack_bytes: int) -> PackIndex:
        """Undo `encode`.

        Args:
            data: As it was fetched.
            pack_bytes: Length of the pack, as the manifest says.

        Raises:
            PackError: It is damaged, too large, or points beyond the pack.
        """
        (rows,) = encoding.array(encoding.versioned(Codec().unpack(data, INDEX, _WHAT), _WHAT), _WHAT, 1)
        frames = [_frame(row, pack_bytes) for row in encoding.array(rows, _WHAT)]
        if not all(a.digest < b.digest for a, b in pairwise(frames)):
            raise encoding.malformed(_WHAT)
        return cls(MappingProxyType({frame.digest: frame for frame in frames}))


class PackBuilder:
    """Collects objects into one pack.

    Args:
        codec: With the collection's dictionary.
    """

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._parts: list[bytes] = []
        self._frames: dict[bytes, Frame] = {}
        self.size = 0

    def __len__(self) -> int:
        return len(self._frames)

    def __contains__(self, digest: object) -> bool:
        return digest in self._frames

    def add(self, data: bytes) -> bytes:
        """Add an object unless it is in already; return its digest.

        Raises:
            PackError: It is larger than devices accept.
        """
        if len(data) > OBJECT:
            raise PackError(f"An object of {len(data):,} bytes is over the limit of {OBJECT:,}.")
        digest = digest_of(data)
        if digest not in self._frames:
            frame = self._codec.pack(data)
            self._frames[digest] = Frame(digest, self.size, len(frame), len(data))
            self._parts.append(frame)
            self.size += len(frame)
        return digest

    def finish(self) -> tuple[bytes, PackIndex]:
        """Return the pack's bytes and its index."""
        return b"".join(self._parts), PackIndex(MappingProxyType(dict(self._frames)))


def unpack_object(codec: Codec, frame: Frame, data: bytes) -> bytes:
    """Return an object's bytes.

    Args:
        codec: With the dictionary that the manifest names.
        frame: What the index says of it.
        data: What lies there in the pack.

    Raises:
        PackError: It is damaged, lies about its length, or is another object.
    """
    if len(data) != frame.length:
        raise PackError(f"Of a pack {len(data):,} bytes came instead of {frame.length:,}.", AGAIN)
    return checked(codec.unpack(data, frame.size, "object"), frame.digest, "object", frame.size)


def _frame(row: object, pack_bytes: int) -> Frame:
    digest, offset, length, size = encoding.array(row, _WHAT, 4)
    frame = Frame(
        encoding.digest(digest, _WHAT),
        encoding.integer(offset, _WHAT),
        encoding.integer(length, _WHAT, lowest=1),
        encoding.integer(size, _WHAT),
    )
    if frame.offset + frame.length > pack_bytes:
        raise PackError("A pack index points beyond its pack.", AGAIN)
    if frame.size > OBJECT:
        raise PackError(f"A pack index names an object of {frame.size:,} bytes, over the limit of {OBJECT:,}.", AGAIN)
    return frame
