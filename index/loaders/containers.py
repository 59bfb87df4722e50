"""Zip containers (Office files, e-books) opened with bounds on what they unpack to."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import DamagedDocument, DocumentTooLarge, EncryptedDocument
from index.loaders.base import LoadLimits
from index.loaders.files import damaged

_SMALL = 1 << 20  # a member below this is never a bomb, however well it packs
_MEMBERS = 50_000
_ENTITY = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_CHUNK = 1 << 16


@contextmanager
def open_container(path: Path, kind: str, limits: LoadLimits) -> Iterator[zipfile.ZipFile]:
    """The zip container at ``path``, once it is known to unpack to a bearable size.

    Raises:
        DocumentTooLarge: It unpacks to more than the limits allow, or is a zip bomb.
        EncryptedDocument: Its members need a password.
        DamagedDocument: It is no zip container, or its directory contradicts its content.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise damaged(path, kind) from error
    with archive:
        check_container(archive, path, kind, limits)
        yield archive


def check_container(archive: zipfile.ZipFile, path: Path, kind: str, limits: LoadLimits) -> None:
    """Refuse an archive that would unpack beyond ``limits``; see `open_container` for what it raises."""
    members = archive.infolist()
    if len(members) > _MEMBERS:
        raise DocumentTooLarge(f"{path.name} holds {len(members)} parts; it is no ordinary {_bare(kind)}.")
    total = 0
    for member in members:
        if member.flag_bits & 0x1:
            raise EncryptedDocument(f"{path.name} is protected by a password.", "Save a copy without a password.")
        total += member.file_size
        ratio = member.file_size / max(member.compress_size, 1)
        if member.file_size > _SMALL and ratio > limits.unpack_ratio:
            raise _bomb(path, f"its part {member.filename[:80]} unpacks to {ratio:.0f} times its size")
    if total > limits.unpacked_bytes:
        raise _bomb(path, f"it unpacks to {total >> 20} MB, over the limit of {limits.unpacked_bytes >> 20} MB")


def _bomb(path: Path, why: str) -> DocumentTooLarge:
    return DocumentTooLarge(
        f"{path.name} was not opened: {why}.", "If you trust the file, save it anew without large embedded objects."
    )


def _bare(kind: str) -> str:
    return kind.split(" ", 1)[-1]


def read_member(archive: zipfile.ZipFile, name: str, path: Path, limits: LoadLimits) -> bytes:
    """The content of one member, stopped where it grows beyond what its directory entry declares.

    Raises:
        DamagedDocument: It is missing or broken.
        DocumentTooLarge: It is larger than it claims.
    """
    try:
        info = archive.getinfo(name)
    except KeyError as error:
        raise DamagedDocument(f"{path.name} lacks its part {name[:80]}.", "Get the document again.") from error
    parts: list[bytes] = []
    size = 0
    with archive.open(info) as stream:
        while piece := stream.read(_CHUNK):
            size += len(piece)
            if size > min(info.file_size + _CHUNK, limits.unpacked_bytes):
                raise _bomb(path, "one of its parts is larger than it claims")
            parts.append(piece)
    return b"".join(parts)


def refuse_entities(archive: zipfile.ZipFile, path: Path, suffixes: tuple[str, ...] = (".xml", ".rels")) -> None:
    """Refuse an Office file whose XML declares a document type: none needs one, entity bombs and file theft do.

    Raises:
        DamagedDocument: One does.
    """
    for member in archive.infolist():
        if member.filename.lower().endswith(suffixes):
            with archive.open(member) as stream:
                if _ENTITY.search(stream.read(4096)) is not None:
                    raise DamagedDocument(
                        f"{path.name} was not opened: its part {member.filename[:80]} declares XML entities, which no "
                        "Office program writes.",
                        "Get the document from a source that you trust.",
                    )
