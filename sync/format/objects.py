"""Objects: documents, their sections, and pieces of files, each named by the digest of its bytes.

The layout is that of docs/sync-format.md. Equal content has equal bytes and hence one name, so what hasn't changed is
never fetched again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from index.errors import PackError
from sync.format import encoding
from sync.format.limits import AGAIN, OBJECT, PATH_CHARACTERS, PIECE

_MOST_PAGES: Final = 1 << 24


@dataclass(frozen=True, slots=True)
class ChunkObject:
    """A chunk within its section.

    Attributes:
        lead, body: As `index.documents.Chunk`.
        page, page_end: Counted from the section's first page, which is 0; None where the format has no pages.
        page_starts: Offsets from the section's first character, with pages counted as above.
        whole, bits, windows: Vectors as `index.store.writing.ChunkVectors` has them; all empty without an embedder.
    """

    lead: str
    body: str
    page: int | None = None
    page_end: int | None = None
    page_starts: tuple[tuple[int, int], ...] = ()
    whole: bytes = b""
    bits: bytes = b""
    windows: bytes = b""


@dataclass(frozen=True, slots=True)
class SectionObject:
    """A section: the same wherever it stands, as long as its headings and text are.

    Attributes:
        path: Headings from the top down.
        chunks: In order.
    """

    path: tuple[str, ...]
    chunks: tuple[ChunkObject, ...]


@dataclass(frozen=True, slots=True)
class SectionRef:
    """Where a document has a section.

    Attributes:
        digest: Of the section object.
        first_page: 1-based page on which it begins; None where the format has no pages.
    """

    digest: bytes
    first_page: int | None = None


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file that goes with a document: its original, the picture of a page, a model.

    Attributes:
        name: Relative, with forward slashes; never leads out of a folder.
        size: Its length, bytes.
        sha256: Of the whole file, 32 bytes.
        pieces: Digests of its pieces in order, each of `PIECE` bytes but the last.
    """

    name: str
    media_type: str
    size: int
    sha256: bytes
    pieces: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class DocumentObject:
    """A document without the text of its sections.

    Attributes:
        title, media_type, language, pages, recipe, notices: As `index.store.reading.DocumentInfo`.
        size: Of its source, bytes.
        sha256: Of its source, 32 bytes.
        revision: As its owner calls it: "C".
        reviewed_until: Day up to which its owner stands for it, ISO 8601.
        sections: In order; of no section in a collection of files.
        files: What goes with it.
    """

    title: str
    media_type: str
    language: str | None
    pages: int | None
    size: int
    sha256: bytes
    recipe: str
    notices: tuple[str, ...] = ()
    revision: str | None = None
    reviewed_until: str | None = None
    sections: tuple[SectionRef, ...] = ()
    files: tuple[FileRef, ...] = ()


def encode_document(document: DocumentObject) -> bytes:
    """Return the bytes of a document object."""
    return encoding.encode(
        [
            1, "document", document.title, document.media_type, document.language, document.pages, document.size,
            document.sha256, document.recipe, document.notices, document.revision, document.reviewed_until,
            [[section.digest, section.first_page] for section in document.sections],
            [[file.name, file.media_type, file.size, file.sha256, file.pieces] for file in document.files],
        ]
    )  # fmt: skip


def decode_document(data: bytes) -> DocumentObject:
    """Undo `encode_document`.

    Raises:
        PackError: It is damaged, no document, made by a newer version, or a file in it would lead out of its folder.
    """
    what = "document"
    values = encoding.array(_object(data, what), what, 12)
    title, media_type, language, pages, size, sha256, recipe, notices, revision, until, sections, files = values
    return DocumentObject(
        title=encoding.text(title, what),
        media_type=encoding.text(media_type, what),
        language=encoding.optional_text(language, what),
        pages=encoding.optional_integer(pages, what, 0, _MOST_PAGES),
        size=encoding.integer(size, what),
        sha256=encoding.digest(sha256, what),
        recipe=encoding.text(recipe, what),
        notices=tuple(encoding.text(notice, what) for notice in encoding.array(notices, what)),
        revision=encoding.optional_text(revision, what),
        reviewed_until=encoding.optional_text(until, what),
        sections=tuple(_section_ref(value) for value in encoding.array(sections, what)),
        files=tuple(_file_ref(value) for value in encoding.array(files, what)),
    )


def encode_section(section: SectionObject) -> bytes:
    """Return the bytes of a section object."""
    return encoding.encode(
        [
            1, "section", section.path,
            [
                [chunk.lead, chunk.body, chunk.page, chunk.page_end, chunk.page_starts,
                 chunk.whole, chunk.bits, chunk.windows]
                for chunk in section.chunks
            ],
        ]
    )  # fmt: skip


def decode_section(data: bytes) -> SectionObject:
    """Undo `encode_section`.

    Raises:
        PackError: It is damaged, no section, or made by a newer version.
    """
    what = "section"
    path, chunks = encoding.array(_object(data, what), what, 2)
    if not chunks:
        raise encoding.malformed(what)
    return SectionObject(
        tuple(encoding.text(heading, what) for heading in encoding.array(path, what)),
        tuple(_chunk(value) for value in encoding.array(chunks, what)),
    )


def pieces_of(file: bytes) -> list[bytes]:
    """Cut a file into pieces; none for an empty one."""
    return [file[start : start + PIECE] for start in range(0, len(file), PIECE)]


def safe_name(name: str) -> bool:
    """Whether a file's name stays within the folder that it is put in, on every system."""
    if not name or len(name) > PATH_CHARACTERS or any(ord(c) < 32 or c in '\\:*?"<>|\x7f' for c in name):
        return False
    return all(part and not part.endswith((".", " ")) for part in name.split("/"))  # "", ".", ".." and "a." are out


def _object(data: bytes, kind: str) -> Sequence[Any]:
    if len(data) > OBJECT:
        raise PackError(f"One {kind} is {len(data):,} bytes long, over the limit of {OBJECT:,}.", AGAIN)
    values = encoding.versioned(data, kind)
    if not values or values[0] != kind:
        raise encoding.malformed(kind)
    return values[1:]


def _section_ref(value: object) -> SectionRef:
    digest, first_page = encoding.array(value, "document", 2)
    return SectionRef(
        encoding.digest(digest, "document"), encoding.optional_integer(first_page, "document", 0, _MOST_PAGES)
    )


def _file_ref(value: object) -> FileRef:
    what = "document"
    name, media_type, size, sha256, pieces = encoding.array(value, what, 5)
    file = FileRef(
        encoding.text(name, what, PATH_CHARACTERS),
        encoding.text(media_type, what),
        encoding.integer(size, what),
        encoding.digest(sha256, what),
        tuple(encoding.digest(piece, what) for piece in encoding.array(pieces, what)),
    )
    if not safe_name(file.name):
        raise PackError("A document holds a file whose name would lead out of its folder.", AGAIN)
    if len(file.pieces) != -(-file.size // PIECE):
        raise encoding.malformed(what)
    if len(file.pieces) == 1 and file.pieces[0] != file.sha256:
        raise encoding.malformed(what)
    return file


def _chunk(value: object) -> ChunkObject:
    what = "section"
    lead, body, page, page_end, starts, whole, bits, windows = encoding.array(value, what, 8)
    chunk = ChunkObject(
        encoding.text(lead, what),
        encoding.text(body, what),
        _page(page),
        _page(page_end),
        tuple(_page_start(start) for start in encoding.array(starts, what)),
        encoding.blob(whole, what),
        encoding.blob(bits, what),
        encoding.blob(windows, what),
    )
    # One sign a component, and windows as long as the whole: else a search would compare what can't be compared.
    size = len(chunk.whole)
    if size % 8 or len(chunk.bits) * 8 != size or (len(chunk.windows) % size if size else len(chunk.windows)):
        raise encoding.malformed(what)
    return chunk


def _page(value: object) -> int | None:
    return encoding.optional_integer(value, "section", -_MOST_PAGES, _MOST_PAGES)


def _page_start(value: object) -> tuple[int, int]:
    offset, page = encoding.array(value, "section", 2)
    return encoding.integer(offset, "section", highest=OBJECT), encoding.integer(
        page, "section", -_MOST_PAGES, _MOST_PAGES
    )
