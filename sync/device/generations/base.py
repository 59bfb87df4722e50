"""The seam between what builds a generation and what fetches for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol


class ObjectSource(Protocol):
    """Whatever has the objects of a generation: a downloader, a folder, a test."""

    def get(self, digests: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
        """Yield each of these objects with its digest, in any order.

        Raises:
            PackError: It lacks one.
        """
        ...


@dataclass(frozen=True, slots=True)
class Building:
    """How far the building of a generation is: documents that are there, of all."""

    documents_done: int
    documents_total: int


Tell = Callable[[Building], None]
