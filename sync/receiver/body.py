"""Reading what a device sends: bounded in bytes, in what it unpacks to, and in time."""

from __future__ import annotations

import asyncio
from typing import Final

import zstandard
from fastapi import Request
from starlette.requests import ClientDisconnect

from sync.outbox.wire import MAX_BATCH_BYTES
from sync.receiver.problems import Refused

_WINDOW_LIMIT: Final = 2 * MAX_BATCH_BYTES
_TOO_LARGE: Final = "The batch is too large"


async def read_body(request: Request, most_bytes: int = MAX_BATCH_BYTES, patience_s: float = 120.0) -> bytes:
    """The body, unpacked where it is a zstd frame.

    Args:
        most_bytes: Of the body as sent, and of what it unpacks to.
        patience_s: For the whole body.

    Raises:
        Refused: It is larger, too slow, or no zstd frame although it says so.
    """
    said = request.headers.get("Content-Length", "")
    if said.isdecimal() and int(said) > most_bytes:
        raise Refused(413, _TOO_LARGE, f"At most {most_bytes / 1e6:.1f} MB are taken.")
    packed = bytearray()
    try:
        async with asyncio.timeout(patience_s):
            async for piece in request.stream():
                packed += piece
                if len(packed) > most_bytes:
                    raise Refused(413, _TOO_LARGE, f"At most {most_bytes / 1e6:.1f} MB are taken.")
    except ClientDisconnect as error:
        raise Refused(400, "The connection broke off") from error
    except TimeoutError as error:
        raise Refused(408, "The body came too slowly") from error
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if encoding == "identity":
        return bytes(packed)
    if encoding != "zstd":
        raise Refused(415, "Only zstd is understood", f"The body is said to be packed with {encoding[:20]}.")
    return _unpacked(bytes(packed), most_bytes)


def _unpacked(packed: bytes, most_bytes: int) -> bytes:
    try:
        size = zstandard.frame_content_size(packed)
        if size > most_bytes:
            raise Refused(
                413, _TOO_LARGE, f"It unpacks to {size / 1e6:.1f} MB; at most {most_bytes / 1e6:.1f} are taken."
            )
        if size < 0:
            raise Refused(400, "The body is damaged", "Its zstd frame does not say how long it is.")
        return zstandard.ZstdDecompressor(max_window_size=_WINDOW_LIMIT).decompress(packed, max_output_size=most_bytes)
    except zstandard.ZstdError as error:
        raise Refused(400, "The body is damaged", "It is no zstd frame.") from error
