"""A file put together from parts that may arrive in any order, one today and one tomorrow.

The file itself is the only record of what has arrived: each part has its place in it and its hash in the catalogue, so
after a power cut a look at the file tells which parts are there. Nothing is kept beside it that could disagree.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from pathlib import Path
from typing import IO, Final

from copilot.catalogue.fetching.base import new_digest
from copilot.catalogue.hashing import BLOCK
from copilot.catalogue.schema import Member, ModelFile

SUFFIX: Final = "parts"


class PartDamaged(Exception):
    """A part's size or hash is not what the catalogue lists."""


class JoinedFile:
    """The parts of one file that have arrived.

    Attributes:
        path: Where it is put together.
        file: The file that it becomes.
    """

    def __init__(
        self, path: Path, file: ModelFile, members: tuple[Member, ...], on_bytes: Callable[[int], None] | None = None
    ) -> None:
        """Look at what is there already.

        Args:
            path: Need not exist.
            file: With its size and hash.
            members: Its parts, in order.
            on_bytes: Called with the size of each block that is read; may raise, to stop.
        """
        self.path = path
        self.file = file
        self._members = members
        self._sizes = [self._size(member) for member in members]
        self._offsets = [0, *accumulate(self._sizes)]
        self._here: set[int] = set()
        # The hash of the whole grows with the parts for as long as they come in order; so the usual pull reads no
        # byte twice.
        self._whole = new_digest()
        self._whole_parts = 0
        self._scan(on_bytes)

    def lacks(self, member: Member) -> bool:
        """Whether a part has not arrived yet."""
        return self._number(member) not in self._here

    @property
    def complete(self) -> bool:
        """Whether all parts are there."""
        return len(self._here) == len(self._members)

    @property
    def arrived_bytes(self) -> int:
        """How much of the file is there."""
        return sum(self._sizes[number] for number in self._here)

    def write(self, member: Member, stream: IO[bytes], on_bytes: Callable[[int], None] | None = None) -> None:
        """Put a part in its place.

        Args:
            member: Which part.
            stream: Its content; read to one byte beyond its size at most.
            on_bytes: As in `__init__`.

        Raises:
            PartDamaged: The content is not this part's. What was written counts as not there.
        """
        number = self._number(member)
        size = self._sizes[number]
        part = new_digest()
        whole = self._whole.copy() if self._whole_parts == number else None
        self._here.discard(number)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("r+b" if self.path.exists() else "x+b") as out:
            out.seek(self._offsets[number])
            left = size
            while left and (block := stream.read(min(BLOCK, left))):
                left -= len(block)
                part.update(block)
                if whole is not None:
                    whole.update(block)
                out.write(block)
                if on_bytes is not None:
                    on_bytes(len(block))
        if left or stream.read(1) or part.hexdigest() != self._hash(member):
            raise PartDamaged(f"{member.path} is not the part that the catalogue lists")
        self._here.add(number)
        if whole is not None:
            self._whole, self._whole_parts = whole, number + 1

    def sha256(self, on_bytes: Callable[[int], None] | None = None) -> str:
        """Return the hash of the whole file, all parts of which must be there."""
        with self.path.open("rb") as file:
            file.seek(self._offsets[self._whole_parts])
            while block := file.read(BLOCK):
                self._whole.update(block)
                if on_bytes is not None:
                    on_bytes(len(block))
        self._whole_parts = len(self._members)
        return self._whole.hexdigest()

    def _scan(self, on_bytes: Callable[[int], None] | None) -> None:
        if not self.path.is_file():
            return
        with self.path.open("rb") as file:
            for number, member in enumerate(self._members):
                part = new_digest()
                whole = self._whole.copy() if self._whole_parts == number else None
                file.seek(self._offsets[number])
                left = self._sizes[number]
                while left and (block := file.read(min(BLOCK, left))):
                    left -= len(block)
                    part.update(block)
                    if whole is not None:
                        whole.update(block)
                    if on_bytes is not None:
                        on_bytes(len(block))
                if not left and part.hexdigest() == self._hash(member):
                    self._here.add(number)
                    if whole is not None:
                        self._whole, self._whole_parts = whole, number + 1

    def _number(self, member: Member) -> int:
        # By identity: two parts of a file may well have the same path, size and content.
        return next(number for number, known in enumerate(self._members) if known is member)

    def _size(self, member: Member) -> int:
        size = member.bytes or self.file.bytes
        assert size is not None, "the catalogue was checked"
        return size

    def _hash(self, member: Member) -> str | None:
        return member.sha256 or self.file.sha256
