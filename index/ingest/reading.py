"""Files in, a stream of what is to be written out: the first stage of an ingest."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from index.chunking import chunk
from index.documents import Chunk, LoadedDocument
from index.errors import InputError, UnreadableFile
from index.ingest.languages import detect_language
from index.ingest.vectors import Embeddable, embeddable, text_of
from index.ingest.walking import FoundFile
from index.loaders import LoadLimits, load, ocr_available
from index.loaders.files import checked_size, unreadable
from index.search.identifiers import extract
from index.store.reading import DocumentInfo
from index.store.writing import DocumentRecord

# Raise it when loaders or chunking change so that documents should be read anew.
_RECIPE: Final = 1
_SAMPLE_CHARACTERS: Final = 20_000
# A file written this shortly before it was looked at may be written again without its time changing: file systems
# keep times in steps of up to 2 s (FAT). Such a file is compared by content (as git does, "racy" entries).
_RACE_NS: Final = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A file is as it was; ``touched`` where only its time differs."""

    file: FoundFile
    touched: tuple[int, int, int] | None = None  # document id, mtime_ns, checked_ns


@dataclass(frozen=True, slots=True)
class Opened:
    """A document begins; its chunks follow."""

    file: FoundFile
    record: DocumentRecord


@dataclass(frozen=True, slots=True)
class Cut:
    """The next chunk of the document that was opened last."""

    chunk: Chunk
    identifiers: frozenset[str]
    embeddable: Embeddable


@dataclass(frozen=True, slots=True)
class Closed:
    """The document is complete."""

    language: str | None
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """The file can't be used; nothing of it that came before counts."""

    file: FoundFile
    reason: str


Event = Unchanged | Opened | Cut | Closed | Failed


def read_files(
    files: Iterable[FoundFile],
    known: Mapping[str, DocumentInfo],
    limits: LoadLimits,
) -> Iterator[Event]:
    """Read files one after the other, holding no more of one than its loader does.

    Args:
        files: What to read.
        known: The documents that are there, by path.
        limits: Bounds for the loaders.

    Yields:
        For each file one `Unchanged`, or one `Failed`, or an `Opened`, its `Cut` and a `Closed`, of which a `Failed`
        may take the place of the rest.
    """
    for file in files:
        try:
            yield from _read(file, known.get(file.path), limits)
        except InputError as error:
            yield Failed(file, str(error))


def recipe_of(limits: LoadLimits) -> str:
    """Name the way in which documents are read now."""
    return f"{_RECIPE}+ocr" if limits.ocr and _has_ocr() else f"{_RECIPE}"


def _read(file: FoundFile, old: DocumentInfo | None, limits: LoadLimits) -> Iterator[Event]:
    path = Path(file.path)
    before, checked_ns = _stat(path), time.time_ns()
    current = old is not None and _read_alike(old, limits)
    if old is not None and current and _surely_unchanged(old, before):
        yield Unchanged(file)
        return
    checked_size(path, limits)  # before anything is opened: a pipe would wait for its other end
    digest = _sha256(path)
    if old is not None and current and old.sha256 == digest:
        yield Unchanged(file, touched=(old.id, before.st_mtime_ns, checked_ns))
        return
    document = load(path, limits, ocr=limits.ocr)
    yield Opened(
        file,
        DocumentRecord(
            path=file.path,
            title=document.title,
            media_type=document.media_type,
            pages=document.pages,
            bytes=before.st_size,
            mtime_ns=before.st_mtime_ns,
            checked_ns=checked_ns,
            sha256=digest,
            recipe=recipe_of(limits),
        ),
    )
    yield from _cut(document)
    after = _stat(path)
    if (after.st_mtime_ns, after.st_size) != (before.st_mtime_ns, before.st_size):
        raise UnreadableFile(f"{path.name} was changed while it was read.", "Ingest it again.")
    yield Closed(document.language, tuple(document.notices))


def _cut(document: LoadedDocument) -> Iterator[Event]:
    sample: list[str] = []
    sampled = count = 0
    for piece in chunk(document.blocks):
        count += 1
        if sampled < _SAMPLE_CHARACTERS:
            sample.append(piece.body[: _SAMPLE_CHARACTERS - sampled])
            sampled += len(sample[-1])
        parts = embeddable(document.title, piece.section.path, piece.text)
        yield Cut(piece, frozenset(extract(text_of(piece))), parts)
    if not count:
        why = f" ({document.notices[0]})" if document.notices else ""
        raise InputError(f"There is no text in it that could be read{why}.")
    document.language = document.language or detect_language("".join(sample))


@cache
def _has_ocr() -> bool:
    return ocr_available()


def _read_alike(old: DocumentInfo, limits: LoadLimits) -> bool:
    """Whether reading the file now would give what reading it then did, if it is the same file."""
    if old.recipe == recipe_of(limits):
        return True
    # With OCR a page without text may yield some now; what OCR once read is not thrown away for want of it.
    without_ocr, with_ocr = f"{_RECIPE}", f"{_RECIPE}+ocr"
    return old.recipe == with_ocr or (old.recipe == without_ocr and not old.notices)


def _surely_unchanged(old: DocumentInfo, status: os.stat_result) -> bool:
    same = (old.mtime_ns, old.bytes) == (status.st_mtime_ns, status.st_size)
    return same and old.mtime_ns + _RACE_NS < old.checked_ns


def _stat(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except OSError as error:
        raise unreadable(path, error) from error


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise unreadable(path, error) from error
