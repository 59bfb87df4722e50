"""The notes of this device: the one service behind every face."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import apsw
from pydantic import JsonValue

from copilot.keeping import KeptFile
from copilot.notes import attaching
from copilot.notes.autosave import Autosave
from copilot.notes.cleaning import check, cleaned
from copilot.notes.handing import Recipient
from copilot.notes.labels import label_of
from copilot.notes.looking import Looking
from copilot.notes.outgoing import Outgoing
from copilot.notes.schema import MIGRATIONS, NOTE, note_of, put
from copilot.notes.templates import Templates
from copilot.notes.values import Context, Kept, Note, NoteKind, Origin
from index.documents import AccessLabel
from index.errors import NoteError

log = logging.getLogger(__name__)

_CONTEXT: Final = "context"


class Notes(Looking):
    """Keeps notes in one SQLite file under the index's key. Safe to use from several threads and processes.

    A note is begun, saved with every keystroke (`autosave` returns at once), and kept; from then on it is handed in
    and comes up in answers. A kept note is changed through a draft (`revise`), which replaces it when that is kept.

    Args:
        path: The file; created with the first note.
        key: Encrypts it.
        access: The label of notes, unless something makes one stricter.
        templates: What notes can begin with.
        outbox: Where kept notes go; None keeps them here.
        author: Filled in where the context names nobody.
        now: The clock, with a time zone.
        new_id: Makes ids.
    """

    def __init__(
        self,
        path: Path,
        key: str | None = None,
        *,
        access: AccessLabel = AccessLabel.RESTRICTED,
        templates: Templates | None = None,
        outbox: Recipient | None = None,
        author: str = "",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        new_id: Callable[[], str] = lambda: secrets.token_hex(4),
    ) -> None:
        super().__init__(KeptFile(path, key, "notes", MIGRATIONS), Autosave(self._write))
        self.templates = templates or Templates()
        self._access = access
        self._author = author
        self._now = now
        self._new_id = new_id
        self._outgoing = Outgoing(self.file, outbox, self._stored, self.label_of, now, access)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Write what waits, and close the file."""
        self._autosave.close()
        self.file.close()

    # Where the person stands

    def context(self) -> Context:
        """What is filled into new notes."""
        rows = self.file.read("SELECT value FROM facts WHERE name = ?", (_CONTEXT,))
        known = Context.model_validate_json(rows[0][0]) if rows else Context()
        return known if known.author else known.model_copy(update={"author": self._author})

    def set_context(self, context: Context) -> None:
        """Keep what is filled into new notes from now on.

        Raises:
            StoreError, ResourceError: It can't be written.
        """
        with self.file.writing() as connection:
            _remember(connection, _CONTEXT, context.model_dump_json())

    # Writing

    def begin(
        self,
        context: Context | None = None,
        *,
        text: str = "",
        template: str = "",
        tags: Sequence[str] = (),
        origin: Origin | None = None,
        language: str = "en",
        kind: NoteKind = "note",
        record: dict[str, JsonValue] | None = None,
        access: AccessLabel | None = None,
    ) -> Note:
        """A new draft. It is in the file with its first `autosave`, or at once where it begins with something.

        Args:
            context: What is filled in; default: the current one.
            text: What it begins with, after the template's text.
            template: Name of a template.
            tags: Beside the template's.
            origin: What it is taken from.
            language: Of the template's wording.
            kind: A note, or the record of a procedure.
            record: Of a record, its steps.
            access: A label stricter than the configured one.

        Raises:
            NotThere, UsageError: The template isn't there, or can't be used.
        """
        note = self._draft(context, text, template, tags, origin, language, kind, record, access)
        if note.text or record:
            self._autosave.save(note)
        return note

    def _draft(
        self,
        context: Context | None,
        text: str,
        template: str,
        tags: Sequence[str],
        origin: Origin | None = None,
        language: str = "en",
        kind: NoteKind = "note",
        record: dict[str, JsonValue] | None = None,
        access: AccessLabel | None = None,
    ) -> Note:
        context = context or self.context()
        now = self._now()
        given = list(tags)
        if template:
            chosen = self.templates.get(template)
            local = now.astimezone()
            filled = chosen.filled(context, local.strftime("%Y-%m-%d"), local.strftime("%H:%M"), language)
            text = f"{filled.strip()}\n\n{text}" if text else filled.strip() + "\n"
            given = [*chosen.tags, *given]
        return cleaned(
            Note(
                id=self._new_id(),
                text=text,
                machine=context.machine,
                work_order=context.work_order,
                author=context.author,
                tags=tuple(given),
                written_at=now,
                changed_at=now,
                template=template,
                origin=origin,
                access=access,
                kind=kind,
                record=record,
            )
        )

    def revise(self, note_id: str) -> Note:
        """The draft in which a kept note is changed; the one that was begun before, where there is one. A draft's own.

        Raises:
            NotThere: There is no such note.
        """
        note = self.get(note_id)
        if note.state == "draft":
            return note
        begun = self.file.read(f"SELECT {NOTE} FROM notes WHERE revises = ?", (note.id,))  # noqa: S608 - names of columns
        if begun:
            return self._newest(note_of(begun[0]))
        draft = note.model_copy(
            update={
                "id": self._new_id(),
                "state": "draft",
                "revises": note.id,
                "attachments": (),
                "changed_at": self._now(),
            }
        )
        with self.file.writing() as connection:
            put(connection, draft)
            attaching.copy(connection, note.id, draft.id)
        return self.get(draft.id)

    def autosave(self, note: Note) -> None:
        """Save a draft as it is on the screen. Returns at once; see `unsaved` and `flush`.

        Raises:
            NoteError: It is longer than a draft can be.
        """
        self._autosave.save(cleaned(note.model_copy(update={"changed_at": self._now()})))

    def flush(self, timeout_s: float | None = 5.0) -> None:
        """Wait until everything that was given to `autosave` is in the file.

        Raises:
            StoreError, ResourceError: What keeps it from being there; it is tried again.
        """
        self._autosave.flush(timeout_s)

    @property
    def unsaved(self) -> str:
        """Why what is on the screen is not saved, for the person; "" where it is."""
        failure = self._autosave.failure
        return "" if failure is None else str(failure)

    def keep(self, note: Note) -> Kept:
        """End the writing of a draft: it is a kept note now, on the disk for good, and on its way to the outbox.

        Args:
            note: As it is on the screen.

        Returns:
            The kept note (of a draft that revises one, under that one's id), with what is to be said about it.

        Raises:
            NoteError: There is nothing in it, or it is too long.
            StoreError, ResourceError: It can't be written; the draft is still there.
        """
        note = cleaned(note)
        check(note)
        self._autosave.forget(note.id)
        now = self._now()
        with self.file.writing() as connection:
            if note.revises is not None and not _there(connection, note.revises):
                note = note.model_copy(update={"revises": None})  # deleted meanwhile: the draft is a note of its own
            if note.revises is None:
                stored = connection.execute(
                    "SELECT revision FROM notes WHERE id = ? AND state = 'kept'", (note.id,)
                ).fetchone()
                revision = (int(stored[0]) if stored else 0) + 1
                put(connection, note.model_copy(update={"state": "kept", "revision": revision, "changed_at": now}))
                kept = self._stored(note.id)
            else:
                kept = self._replace(connection, note, now)
            self._outgoing.due(connection, kept)
        return Kept(note=kept, notice=self._outgoing.hand_in_quietly(kept))

    def _replace(self, connection: apsw.Connection, draft: Note, now: datetime) -> Note:
        """Put a draft in the place of the note that it revises."""
        assert draft.revises is not None
        before = self._stored(draft.revises)
        put(
            connection,
            draft.model_copy(
                update={
                    "id": before.id,
                    "state": "kept",
                    "revises": None,
                    "revision": before.revision + 1,
                    "written_at": before.written_at,
                    "changed_at": now,
                }
            ),
        )
        connection.execute("DELETE FROM attachments WHERE note_id = ?", (before.id,))
        connection.execute("UPDATE attachments SET note_id = ? WHERE note_id = ?", (before.id, draft.id))
        connection.execute("DELETE FROM notes WHERE id = ?", (draft.id,))
        return self._stored(before.id)

    def add(
        self,
        text: str,
        *,
        context: Context | None = None,
        template: str = "",
        tags: Sequence[str] = (),
        origin: Origin | None = None,
        access: AccessLabel | None = None,
        files: Sequence[Path] = (),
    ) -> Kept:
        """Keep a note in one go.

        Raises:
            NoteError, NotThere, UsageError, StoreError, ResourceError: As `begin`, `attach` and `keep`. Nothing is
                kept then.
        """
        read = [attaching.read(path) for path in files]  # before anything is written
        note = self._draft(context, text, template, tags, origin, access=access)
        check(note, bool(read))
        with self.file.writing() as connection:
            put(connection, note)
            for one in read:
                attaching.add(connection, note.id, one)
        return self.keep(note)

    def label_of(self, note: Note) -> AccessLabel:
        """Who may see a note; see `labels.label_of`."""
        return label_of(note, self._access)

    # Files

    def attach(self, note: Note, path: Path) -> Note:
        """Copy a file into a draft.

        Raises:
            NoteError: The note is kept, or has too many files.
            UnreadableFile, DocumentTooLarge: The file can't be read, or is too large.
        """
        return self.attach_bytes(note, attaching.read(path))

    def attach_bytes(self, note: Note, file: attaching.FileRead) -> Note:
        """Put a file that was read or received into a draft.

        Raises:
            NoteError: The note is kept, or has too many files.
        """
        note = cleaned(note)
        if note.state == "kept":
            raise NoteError("A file can't be added to a kept note.", "Edit the note, then add the file.")
        self._autosave.forget(note.id)
        with self.file.writing() as connection:
            put(connection, note)
            attaching.add(connection, note.id, file)
        return self._stored(note.id)

    def detach(self, note: Note, attachment_id: int) -> Note:
        """Take a file out of a draft.

        Raises:
            NotThere: The draft has no such file.
            NoteError: The note is kept.
        """
        if note.state == "kept":
            raise NoteError("A file can't be taken out of a kept note.", "Edit the note, then take the file out.")
        self._autosave.forget(note.id)
        with self.file.writing() as connection:
            put(connection, cleaned(note))
            attaching.remove(connection, note.id, attachment_id)
        return self._stored(note.id)

    def content(self, attachment_id: int) -> bytes:
        """The content of an attachment.

        Raises:
            NotThere: There is no such attachment.
        """
        return attaching.content(self.file, attachment_id)

    # Deleting

    def discard(self, draft: Note) -> None:
        """Throw a draft away; what it was to revise stays as it is.

        Raises:
            NoteError: It is a kept note.
        """
        if draft.state == "kept":
            raise NoteError("This note is kept already.", "Delete it instead.")
        self._autosave.forget(draft.id)
        with self.file.writing() as connection:
            connection.execute("DELETE FROM notes WHERE id = ? AND state = 'draft'", (draft.id,))

    def delete(self, note_id: str) -> str:
        """Delete a note with its files, its draft, and what of it waits in the outbox.

        Returns:
            What is to be said, such as that the hub has it already; else "".

        Raises:
            NotThere: There is no such note.
            StoreError, ResourceError: It can't be written; the note is still there.
        """
        note = self.get(note_id)
        self._autosave.forget(note.id)
        for row in self.file.read("SELECT id FROM notes WHERE revises = ?", (note.id,)):
            self._autosave.forget(row[0])
        with self.file.writing() as connection:
            connection.execute("DELETE FROM notes WHERE id = ? OR revises = ?", (note.id, note.id))
            self._outgoing.gone(connection, note)
        return self._outgoing.withdraw_quietly(note)

    # Handing in

    def hand_in_due(self) -> int:
        """Put into the outbox what isn't there yet, such as after a crash, or once a hub is configured.

        Returns:
            How many items were put there.

        Raises:
            StoreError, ResourceError: Notes or outbox can't be read or written.
        """
        return self._outgoing.hand_in()

    def _write(self, notes: Mapping[str, Note], durable: bool) -> None:
        with self.file.writing(durable=durable) as connection:
            if durable:
                _remember(connection, "settled", self._now().isoformat())
            for note in notes.values():
                kept = connection.execute("SELECT 1 FROM notes WHERE id = ? AND state = 'kept'", (note.id,)).fetchone()
                if note.revises is not None and not _there(connection, note.revises):
                    note = note.model_copy(update={"revises": None, "revision": 0})
                if kept is None:  # a kept one is only ever changed by `keep`
                    put(connection, note)


def _there(connection: apsw.Connection, note_id: str) -> bool:
    return connection.execute("SELECT 1 FROM notes WHERE id = ?", (note_id,)).fetchone() is not None


def _remember(connection: apsw.Connection, name: str, value: str) -> None:
    connection.execute(
        "INSERT INTO facts VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", (name, value)
    )
