"""Files of notes: copied into the notes' file, and so under its key."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import apsw

from copilot.keeping import KeptFile
from copilot.notes.values import MAX_ATTACHMENT_BYTES, MAX_ATTACHMENTS, Attachment
from index.errors import DocumentTooLarge, NoteError, NotThere, UnreadableFile

_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069/\\:]")
_LONGEST_NAME: Final = 120


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file before it is in a note."""

    name: str
    media_type: str
    content: bytes


def read(path: Path) -> FileRead:
    """Read a file that is to be put into a note.

    Raises:
        UnreadableFile: It isn't there, may not be read, or is no regular file.
        DocumentTooLarge: It is over `MAX_ATTACHMENT_BYTES`.
    """
    try:
        if not path.is_file():
            kind = "is no file" if path.exists() else "isn't there"
            raise UnreadableFile(f"{path.name} {kind}.", "Give the path of a file, such as a photograph.")
        with path.open("rb") as file:
            content = file.read(MAX_ATTACHMENT_BYTES + 1)
    except OSError as error:
        raise UnreadableFile(f"{path.name} can't be read.", "Check its permissions.") from error
    return received(path.name, content)


def received(name: str, content: bytes, media_type: str | None = None) -> FileRead:
    """A file whose content is here already.

    Raises:
        DocumentTooLarge: It is over `MAX_ATTACHMENT_BYTES`.
    """
    if len(content) > MAX_ATTACHMENT_BYTES:
        raise DocumentTooLarge(
            f"{name} is too large for a note: at most {MAX_ATTACHMENT_BYTES >> 20} MiB.",
            "Take the photograph with fewer pixels, or shorten the file.",
        )
    safe = _UNSAFE.sub("_", name.encode("utf-8", "replace").decode("utf-8")).strip(" .") or "file"
    if len(safe) > _LONGEST_NAME:
        stem, dot, suffix = safe.rpartition(".")
        safe = f"{stem[: _LONGEST_NAME - 10]}{dot}{suffix[:9]}" if dot else safe[:_LONGEST_NAME]
    return FileRead(safe, media_type or mimetypes.guess_type(safe)[0] or "application/octet-stream", content)


def add(connection: apsw.Connection, note_id: str, file: FileRead) -> None:
    """Put ``file`` into a note that is in the table; the same content once only.

    Raises:
        NoteError: The note has too many files.
    """
    digest = hashlib.sha256(file.content).hexdigest()
    rows = connection.execute("SELECT sha256 FROM attachments WHERE note_id = ?", (note_id,)).fetchall()
    if (digest,) in rows:
        return
    if len(rows) >= MAX_ATTACHMENTS:
        raise NoteError(f"A note has room for {MAX_ATTACHMENTS} files.", "Begin another note for the next ones.")
    connection.execute(
        "INSERT INTO attachments (note_id, name, media_type, bytes, sha256, content) VALUES (?, ?, ?, ?, ?, ?)",
        (note_id, file.name, file.media_type, len(file.content), digest, file.content),
    )


def copy(connection: apsw.Connection, source: str, target: str) -> None:
    """Give the files of one note to another, too."""
    connection.execute(
        "INSERT INTO attachments (note_id, name, media_type, bytes, sha256, content)"
        " SELECT ?, name, media_type, bytes, sha256, content FROM attachments WHERE note_id = ? ORDER BY id",
        (target, source),
    )


def remove(connection: apsw.Connection, note_id: str, attachment_id: int) -> None:
    """Take a file out of a note.

    Raises:
        NotThere: The note has no such file.
    """
    connection.execute("DELETE FROM attachments WHERE id = ? AND note_id = ?", (attachment_id, note_id))
    if not connection.changes():
        raise NotThere("The note has no such file.")


def content(file: KeptFile, attachment_id: int) -> bytes:
    """The content of an attachment.

    Raises:
        NotThere: There is no such attachment.
    """
    rows = file.read("SELECT content FROM attachments WHERE id = ?", (attachment_id,))
    if not rows:
        raise NotThere("There is no such file in the notes.", "See the note again; it may have been changed.")
    found: bytes = rows[0][0]
    return found


def part(file: KeptFile, attachments: tuple[Attachment, ...], number: int) -> tuple[Attachment, bytes] | None:
    """The attachment at ``number`` with its content; None where there are fewer."""
    if number >= len(attachments):
        return None
    return attachments[number], content(file, attachments[number].id)
