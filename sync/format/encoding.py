"""MessagePack read with suspicion: every value is looked at before it is believed, and only one form is accepted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

import msgpack

from index.errors import PackError
from sync.format.limits import AGAIN

_GREATEST: Final = (1 << 63) - 1

NEWER: Final = "Update Edge Copilot on this device."


def encode(value: object) -> bytes:
    """Return the bytes of a value made of lists, tuples, text, bytes, integers, and None."""
    return cast("bytes", msgpack.packb(value, use_bin_type=True))


def decode(data: bytes, what: str) -> Sequence[Any]:
    """Return the array that ``data`` holds.

    Args:
        data: One value and nothing after it.
        what: Names it in errors.

    Raises:
        PackError: It is no MessagePack, no array, or not in the form that `encode` gives.
    """
    try:
        value = msgpack.unpackb(data, raw=False, use_list=False, strict_map_key=True)
        canonical = isinstance(value, tuple) and encode(value) == data
    except (ValueError, TypeError, OverflowError, RecursionError, msgpack.UnpackException) as error:
        raise PackError(f"One {what} is damaged.", AGAIN) from error
    if not canonical:
        # Two encodings of one content would have two names, and what is made of the index again only one of them.
        raise PackError(f"One {what} is not in the form that a hub writes.", AGAIN)
    return cast("Sequence[Any]", value)


def versioned(data: bytes, what: str, known: int = 1) -> Sequence[Any]:
    """Return what follows the version at the head of an array.

    Raises:
        PackError: As `decode`; or the version is a later one.
    """
    value = decode(data, what)
    if not value:
        raise malformed(what)
    version = integer(value[0], what, lowest=1)
    if version > known:
        raise newer(what)
    return value[1:]


def newer(what: str) -> PackError:
    """The error for something that a newer version wrote."""
    return PackError(f"One {what} was made by a newer version of Edge Copilot.", NEWER)


def malformed(what: str) -> PackError:
    """The error for a value that isn't what has to stand in its place."""
    return PackError(f"One {what} doesn't hold what it should.", AGAIN)


def array(value: object, what: str, length: int | None = None) -> Sequence[Any]:
    """Return ``value`` if it is an array, of ``length`` where that is given."""
    if not isinstance(value, tuple) or (length is not None and len(value) != length):
        raise malformed(what)
    return value


def integer(value: object, what: str, lowest: int = 0, highest: int = _GREATEST) -> int:
    """Return ``value`` if it is an integer within bounds."""
    if type(value) is not int or not lowest <= value <= highest:
        raise malformed(what)
    return value


def text(value: object, what: str, longest: int | None = None) -> str:
    """Return ``value`` if it is text, of at most ``longest`` characters, without NUL, at which SQLite would end it."""
    if not isinstance(value, str) or "\0" in value or (longest is not None and len(value) > longest):
        raise malformed(what)
    return value


def blob(value: object, what: str) -> bytes:
    """Return ``value`` if it is bytes."""
    if not isinstance(value, bytes):
        raise malformed(what)
    return value


def digest(value: object, what: str) -> bytes:
    """Return ``value`` if it is a digest."""
    if not isinstance(value, bytes) or len(value) != 32:
        raise malformed(what)
    return value


def optional_integer(value: object, what: str, lowest: int, highest: int) -> int | None:
    """Return ``value`` if it is an integer within bounds, or nil."""
    return None if value is None else integer(value, what, lowest, highest)


def optional_text(value: object, what: str) -> str | None:
    """Return ``value`` if it is text or nil."""
    return None if value is None else text(value, what)
