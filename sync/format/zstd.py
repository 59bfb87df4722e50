"""Zstandard frames that say how large they unpack to, and are believed only as far as the limits go.

RFC 8878. Only single frames with their content size in the header are written and read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import zstandard

from index.errors import PackError
from sync.format.limits import AGAIN, DICTIONARY

LEVEL: Final = 12  # hubs pack once, devices fetch often; from 13 on packing takes twice as long for 1% less
_SAMPLES_AT_LEAST: Final = 8
_TRAINED_BYTES: Final = 112_640  # zstd's own default
_WINDOW_BYTES: Final = 1 << 29  # a patch looks back over the whole older manifest


class Codec:
    """Packs and unpacks frames with one dictionary. Not safe to share between threads.

    Args:
        dictionary: As `train` made it; None for frames without one.

    Raises:
        PackError: The dictionary is too large or damaged.
    """

    def __init__(self, dictionary: bytes | None = None) -> None:
        trained = None
        if dictionary is not None:
            if len(dictionary) > DICTIONARY:
                raise PackError(f"A dictionary is {len(dictionary):,} bytes long, over the limit.", AGAIN)
            trained = zstandard.ZstdCompressionDict(dictionary)
        self._dictionary = trained
        self._compressor: zstandard.ZstdCompressor | None = None
        try:
            self._decompressor = zstandard.ZstdDecompressor(dict_data=trained, max_window_size=_WINDOW_BYTES)
        except zstandard.ZstdError as error:
            raise PackError("A dictionary is damaged.", AGAIN) from error

    def pack(self, data: bytes) -> bytes:
        """Return ``data`` as one frame."""
        if self._compressor is None:
            # The index of a pack says which dictionary it takes and what each frame must unpack to.
            parameters = zstandard.ZstdCompressionParameters.from_level(
                LEVEL, write_content_size=True, write_checksum=False, write_dict_id=False
            )
            self._compressor = zstandard.ZstdCompressor(dict_data=self._dictionary, compression_params=parameters)
        return self._compressor.compress(data)

    def unpack(self, frame: bytes, limit: int, what: str) -> bytes:
        """Undo `pack`.

        Args:
            frame: One whole frame and nothing after it.
            limit: How many bytes it may unpack to.
            what: Names it in the error: "manifest".

        Raises:
            PackError: It is no whole frame, unpacks to more than it says or than ``limit``, or is followed by more.
        """
        return _unpacked(self._decompressor, frame, limit, what)


def patch(old: bytes, new: bytes) -> bytes:
    """Return a frame from which, with ``old`` at hand, `patched` makes ``new``; small where they are alike."""
    size = len(old) + len(new)
    parameters = zstandard.ZstdCompressionParameters.from_level(
        LEVEL,
        source_size=size,
        dict_size=len(old),
        window_log=max(18, min(29, size.bit_length())),
        enable_ldm=True,  # finds what is equal however far back it lies
        write_content_size=True,
        write_checksum=False,
        write_dict_id=False,
    )
    return zstandard.ZstdCompressor(dict_data=_raw(old), compression_params=parameters).compress(new)


def patched(old: bytes, frame: bytes, limit: int, what: str) -> bytes:
    """Undo `patch`.

    Raises:
        PackError: As `Codec.unpack`. That it is the wanted content, only its digest can tell.
    """
    decompressor = zstandard.ZstdDecompressor(dict_data=_raw(old), max_window_size=_WINDOW_BYTES)
    return _unpacked(decompressor, frame, limit, what)


def train(samples: Sequence[bytes], size: int = _TRAINED_BYTES) -> bytes | None:
    """Return a dictionary for things that are like ``samples``; None where they are too few or too small for one.

    Args:
        samples: A few hundred to a few thousand, together about a hundred times ``size``.
        size: Of the dictionary, bytes.
    """
    if len(samples) < _SAMPLES_AT_LEAST:
        return None
    try:
        return zstandard.train_dictionary(size, list(samples), level=LEVEL).as_bytes()
    except zstandard.ZstdError:
        return None


def _raw(content: bytes) -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(content, dict_type=zstandard.DICT_TYPE_RAWCONTENT)


def _unpacked(decompressor: zstandard.ZstdDecompressor, frame: bytes, limit: int, what: str) -> bytes:
    try:
        said = zstandard.frame_content_size(frame)
        if said > limit:
            raise PackError(f"One {what} unpacks to {said:,} bytes, over the limit of {limit:,}.", AGAIN)
        if said < 0:
            raise PackError(f"One {what} doesn't say how large it is.", AGAIN)
        data = decompressor.decompress(frame, max_output_size=limit, allow_extra_data=False)
    except (zstandard.ZstdError, MemoryError) as error:
        raise PackError(f"One {what} is damaged and can't be unpacked.", AGAIN) from error
    if len(data) != said:
        raise PackError(f"One {what} unpacks to another length than it says.", AGAIN)
    return data
