"""What goes between us and a voice's process: lines of JSON in, frames of audio out. Nothing of the voice is here.

A request is one line, ``{"id": 7, "text": "...", "speed": 1.0}``. A frame is a head of 13 bytes (kind, id of the
request, sampling rate, length, all big-endian) and as many bytes as its length says. One request is answered by any
number of ``audio`` frames and then one ``done`` or ``failed``. The first frame of a process is ``ready`` or ``failed``.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import BinaryIO, Final

_HEAD: Final = struct.Struct(">BIII")
MAX_PAYLOAD_BYTES: Final = 64 << 20
"""Half an hour of speech in one piece; whoever sends more is broken."""


class Kind(IntEnum):
    """What a frame is."""

    READY = 0
    AUDIO = 1
    DONE = 2
    FAILED = 3


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame; ``payload`` is little-endian 16-bit samples, or the message of a failure in UTF-8."""

    kind: Kind
    request: int
    rate_hz: int = 0
    payload: bytes = b""

    def to_bytes(self) -> bytes:
        """As it goes through the pipe."""
        return _HEAD.pack(self.kind, self.request, self.rate_hz, len(self.payload)) + self.payload


@dataclass(frozen=True, slots=True)
class Request:
    """A piece of text to be spoken."""

    id: int
    text: str
    speed: float

    def to_bytes(self) -> bytes:
        """As it goes through the pipe."""
        return json.dumps({"id": self.id, "text": self.text, "speed": self.speed}).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Request:
        """The request in a line.

        Raises:
            ValueError: It is none.
        """
        try:
            told = json.loads(line)
            return cls(int(told["id"]), str(told["text"]), float(told["speed"]))
        except (KeyError, TypeError, RecursionError) as error:
            raise ValueError("not a request") from error


def read_frame(stream: BinaryIO) -> Frame | None:
    """The next frame, or None where the stream has ended, also in the middle of one.

    Raises:
        ValueError: What comes is no frame.
    """
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    kind, request, rate_hz, length = _HEAD.unpack(head)
    if length > MAX_PAYLOAD_BYTES:
        raise ValueError("a frame of that length is none")
    payload = stream.read(length)
    return Frame(Kind(kind), request, rate_hz, payload) if len(payload) == length else None
