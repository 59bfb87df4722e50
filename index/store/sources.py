"""What is needed when the index can't be read: where its documents came from, in a small plain file beside it.

``index.sources.json`` names the files and folders that were ingested, their collections and those collections' access
labels. It holds paths and labels only, no text, and stands unencrypted beside an encrypted index, because it is needed
most when that can't be opened.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from index.documents import AccessLabel
from index.store.files import write_atomically

# OWASP's figure for PBKDF2-HMAC-SHA256 (2023); the cipher's own derivation has 64,007, so this adds no weaker way in.
_ITERATIONS: Final = 600_000


class KeyCheck(BaseModel):
    """Tells a wrong key from a damaged file, which to SQLite look alike."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    salt: str
    digest: str
    iterations: int = Field(default=_ITERATIONS, ge=1, le=100_000_000)

    @classmethod
    def of(cls, key: str) -> Self:
        """Make one with a fresh salt."""
        salt = os.urandom(16)
        return cls(salt=salt.hex(), digest=_derive(key, salt, _ITERATIONS).hex())

    def fits(self, key: str) -> bool:
        """Whether ``key`` is the one that it was made of."""
        try:
            salt, digest = bytes.fromhex(self.salt), bytes.fromhex(self.digest)
        except ValueError:
            return False
        return hmac.compare_digest(_derive(key, salt, self.iterations), digest)


class Source(BaseModel):
    """A file or folder that was given to ingest.

    Attributes:
        path: Absolute.
        collection: Where its documents went.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    path: str
    collection: str


class Sources(BaseModel):
    """The content of the file.

    Attributes:
        encrypted: Whether the index is.
        key_check: Of an encrypted index.
        collections: Access label of each collection.
        sources: What was ingested, in the order in which it first was.
        removed: Documents that a person took out although their source is still listed.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    format: int = 1
    encrypted: bool = False
    key_check: KeyCheck | None = None
    collections: dict[str, AccessLabel] = {}
    sources: tuple[Source, ...] = ()
    removed: tuple[Source, ...] = ()

    @classmethod
    def read(cls, store_file: Path) -> Self | None:
        """Read the file beside ``store_file``; None where there is none that can be used."""
        try:
            return cls.model_validate_json(sources_file(store_file).read_bytes())
        except (OSError, ValidationError):
            return None

    def write(self, store_file: Path) -> None:
        """Replace the file beside ``store_file``, wholly or not at all.

        Raises:
            OSError: No room, or no right to.
        """
        write_atomically(sources_file(store_file), self.model_dump_json(indent=2) + "\n")

    def with_key(self, key: str | None) -> Self:
        """The same for an index that ``key`` opens."""
        return self.model_copy(
            update={"encrypted": key is not None, "key_check": KeyCheck.of(key) if key is not None else None}
        )

    def with_access(self, collection: str, access: AccessLabel | None) -> Self:
        """The same with ``collection`` labelled anew; None takes the collection and all of its sources out."""
        labels = {name: label for name, label in self.collections.items() if name != collection}
        if access is not None:
            return self.model_copy(update={"collections": labels | {collection: access}})
        return self.model_copy(
            update={
                "collections": labels,
                "sources": tuple(source for source in self.sources if source.collection != collection),
                "removed": tuple(source for source in self.removed if source.collection != collection),
            }
        )

    def with_added(self, paths: Iterable[str], collection: str, unwanted: Collection[str] = ()) -> Self:
        """The same after ``paths`` were given to ingest: what was removed under them is wanted again.

        Args:
            paths: Absolute.
            collection: Where they went.
            unwanted: Documents that were left out this time too.
        """
        given = tuple(Source(path=path, collection=collection) for path in paths)
        still_removed = (
            gone for gone in self.removed if gone.path in unwanted or not any(_covers(source, gone) for source in given)
        )
        return self.model_copy(
            update={"sources": tuple(dict.fromkeys(self.sources + given)), "removed": tuple(still_removed)}
        )

    def with_removed(self, paths: Iterable[str], collection: str) -> Self:
        """The same after documents were taken out of the index by a person."""
        gone = tuple(Source(path=path, collection=collection) for path in paths)
        kept = tuple(source for source in self.sources if source not in gone)
        noted = tuple(source for source in gone if any(_covers(root, source) for root in kept))
        return self.model_copy(update={"sources": kept, "removed": tuple(dict.fromkeys(self.removed + noted))})


def sources_file(store_file: Path) -> Path:
    """Where the list of sources of an index stands."""
    return store_file.with_suffix(".sources.json")


def _covers(root: Source, source: Source) -> bool:
    return root.collection == source.collection and Path(source.path).is_relative_to(root.path)


def _derive(key: str, salt: bytes, iterations: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", key.encode(), salt, iterations)
