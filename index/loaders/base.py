"""The seam between files and the index: what a loader promises."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from index.documents import LoadedDocument


@dataclass(frozen=True, slots=True)
class LoadLimits:
    """Bounds that keep one hostile or huge file from taking the device down, and what may be spent on one."""

    file_bytes: int = 1 << 30
    unpacked_bytes: int = 512 << 20  # of a zip container, all members together
    unpack_ratio: int = 200  # unpacked to packed, beyond which a container is taken for a bomb
    pages: int = 20_000
    ocr: bool = True  # read pages without text by OCR where the `ocr` extra is installed


class Loader(Protocol):
    """Reads one kind of document as a stream of blocks."""

    media_types: frozenset[str]

    def load(self, path: Path, media_type: str, limits: LoadLimits) -> LoadedDocument:
        """Open ``path`` and return it with its blocks as a lazy stream.

        Memory must not grow with the document where the format allows reading it piece by piece.

        Raises:
            InputError: One of its subclasses, naming what is wrong with the file; also while blocks are read.
        """
        ...
