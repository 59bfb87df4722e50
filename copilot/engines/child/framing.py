"""Frames on a pipe: four bytes of length, big-endian, then that many bytes of MessagePack.

MessagePack carries numbers, texts, lists and maps and nothing that could be run; what a map means is decided by
`messages`.
"""

from __future__ import annotations

import struct
from typing import Final

import msgpack

LONGEST_FRAME: Final = 64 << 20
"""Bytes. A dozen prompts are kilobytes; whoever announces more has lost its place in the stream."""

_LENGTH: Final = struct.Struct(">I")


class FrameError(Exception):
    """What came is no frame: the two ends no longer understand each other."""


def frame(value: object) -> bytes:
    """``value`` (numbers, texts, lists, maps) as one frame.

    Raises:
        FrameError: It is longer than a frame may be.
    """
    body: bytes = msgpack.packb(value)
    if len(body) > LONGEST_FRAME:
        raise FrameError(f"a frame of {len(body)} bytes")
    return _LENGTH.pack(len(body)) + body


class FrameReader:
    """Puts frames together from the pieces that a pipe gives, however they are cut."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, piece: bytes) -> list[object]:
        """Take the next piece and return the values that are whole now.

        Raises:
            FrameError: It is too long, or no MessagePack. The reader is of no use afterwards.
        """
        self._held += piece
        values: list[object] = []
        at = 0
        while len(self._held) - at >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._held, at)
            if length > LONGEST_FRAME:
                raise FrameError(f"a frame of {length} bytes is announced")
            end = at + _LENGTH.size + length
            if len(self._held) < end:
                break
            try:
                values.append(msgpack.unpackb(bytes(self._held[at + _LENGTH.size : end]), strict_map_key=True))
            except (ValueError, msgpack.exceptions.UnpackException) as error:
                raise FrameError(f"a frame holds no MessagePack ({type(error).__name__})") from error
            at = end
        del self._held[:at]
        return values
