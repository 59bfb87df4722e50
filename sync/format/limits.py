"""How large a thing may be, and whether a file is the one that was asked for: decided before anything is unpacked."""

from __future__ import annotations

import hashlib
from typing import Final

from index.errors import PackError

# All in bytes; docs/sync-format.md names them too.
METADATA: Final = 4 << 20
PUBLICATION: Final = 1 << 20
MANIFEST: Final = 256 << 20  # unpacked
INDEX: Final = 64 << 20  # unpacked
OBJECT: Final = 32 << 20  # unpacked
PIECE: Final = 4 << 20
DICTIONARY: Final = 1 << 20

PATH_CHARACTERS: Final = 1024

AGAIN: Final = "Sync again; if that doesn't help, whoever keeps the hub should publish the collection anew."


def digest_of(data: bytes) -> bytes:
    """Return the SHA-256 by which a thing is named, 32 bytes."""
    return hashlib.sha256(data).digest()


def checked(data: bytes, digest: bytes, what: str, size: int | None = None) -> bytes:
    """Return ``data`` if it is what was asked for.

    Args:
        data: As it was fetched.
        digest: The SHA-256 that it must have, 32 bytes.
        what: Names it in the error: "pack", "manifest".
        size: The length that whoever named it said, where anybody did.

    Raises:
        PackError: It is not.
    """
    if size is not None and len(data) != size:
        raise PackError(f"One {what} is {len(data):,} bytes long instead of {size:,}.", AGAIN)
    if digest_of(data) != digest:
        raise PackError(f"One {what} is damaged: it doesn't have the digest {digest.hex()[:12]}… that names it.", AGAIN)
    return data
