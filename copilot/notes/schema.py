"""The tables of the notes' file, and how a row becomes a note."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any, Final

import apsw

from copilot.notes.values import Attachment, Note, Origin
from index.documents import AccessLabel

_FIRST: Final = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
-- AUTOINCREMENT: passages are named by it, and a name must never come to mean another note.
CREATE TABLE notes (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    machine TEXT NOT NULL,
    machine_key TEXT NOT NULL,
    work_order TEXT NOT NULL,
    author TEXT NOT NULL,
    tags TEXT NOT NULL,
    written_at TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    template TEXT NOT NULL,
    origin TEXT,
    access TEXT,
    revises TEXT UNIQUE REFERENCES notes (id) ON DELETE SET NULL,
    revision INTEGER NOT NULL,
    record TEXT
) STRICT;
CREATE INDEX notes_by_time ON notes (written_at);
CREATE INDEX notes_by_machine ON notes (machine_key, written_at);
CREATE TABLE attachments (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    note_id TEXT NOT NULL REFERENCES notes (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    content BLOB NOT NULL
) STRICT;
CREATE INDEX attachments_by_note ON attachments (note_id, id);
-- What the hub is to have: one row an item of the outbox. 'due' until it lies there, 'put' from then on.
CREATE TABLE handing (
    item_id TEXT PRIMARY KEY,
    note_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    part INTEGER NOT NULL,
    state TEXT NOT NULL,
    due_at TEXT NOT NULL
) STRICT;
CREATE INDEX handing_by_note ON handing (note_id);
CREATE VIRTUAL TABLE notes_fts USING fts5 (
    text, machine, work_order, tags,
    content = 'notes', content_rowid = 'number', prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TRIGGER notes_put AFTER INSERT ON notes BEGIN
    INSERT INTO notes_fts (rowid, text, machine, work_order, tags)
        VALUES (new.number, new.text, new.machine, new.work_order, new.tags);
END;
CREATE TRIGGER notes_gone AFTER DELETE ON notes BEGIN
    INSERT INTO notes_fts (notes_fts, rowid, text, machine, work_order, tags)
        VALUES ('delete', old.number, old.text, old.machine, old.work_order, old.tags);
END;
CREATE TRIGGER notes_changed AFTER UPDATE OF text, machine, work_order, tags ON notes BEGIN
    INSERT INTO notes_fts (notes_fts, rowid, text, machine, work_order, tags)
        VALUES ('delete', old.number, old.text, old.machine, old.work_order, old.tags);
    INSERT INTO notes_fts (rowid, text, machine, work_order, tags)
        VALUES (new.number, new.text, new.machine, new.work_order, new.tags);
END;
"""

MIGRATIONS: Final = (lambda connection: connection.execute(_FIRST),)

COLUMNS: Final = (
    "id, state, kind, text, machine, machine_key, work_order, author, tags, written_at, changed_at, template, origin, "
    "access, revises, revision, record"
)
FILES: Final = (
    "(SELECT json_group_array(json_array(id, name, media_type, bytes, sha256)) FROM"
    " (SELECT * FROM attachments WHERE note_id = notes.id ORDER BY id))"
)
NOTE: Final = ", ".join([*(f"notes.{name}" for name in COLUMNS.split(", ")), FILES])
"""What `note_of` reads of the table ``notes``."""

_UPSERT: Final = (
    f"INSERT INTO notes ({COLUMNS}) VALUES ({', '.join('?' * 17)}) ON CONFLICT (id) DO UPDATE SET "  # noqa: S608 - names of columns
    + ", ".join(f"{name} = excluded.{name}" for name in COLUMNS.split(", ") if name != "id")
)


def machine_key(machine: str) -> str:
    """One form for the ways in which people write a machine's name: "Press 3", "press-3", "PRESS3"."""
    return re.sub(r"[\W_]+", "", machine.casefold())


def put(connection: apsw.Connection, note: Note) -> None:
    """Write ``note``, new or not. Its attachments are rows of their own."""
    connection.execute(
        _UPSERT,
        (
            note.id,
            note.state,
            note.kind,
            note.text,
            note.machine,
            machine_key(note.machine),
            note.work_order,
            note.author,
            json.dumps(note.tags, ensure_ascii=False),
            note.written_at.astimezone(UTC).isoformat(),
            note.changed_at.astimezone(UTC).isoformat(),
            note.template,
            None if note.origin is None else note.origin.model_dump_json(),
            note.access,
            note.revises,
            note.revision,
            None if note.record is None else json.dumps(note.record, ensure_ascii=False),
        ),
    )


def note_of(row: tuple[Any, ...]) -> Note:
    """The note of a row of `NOTE`."""
    (
        id_,
        state,
        kind,
        text,
        machine,
        _,
        work_order,
        author,
        tags,
        written_at,
        changed_at,
        template,
        origin,
        access,
        revises,
        revision,
        record,
        files,
    ) = row
    return Note(
        id=id_,
        state=state,
        kind=kind,
        text=text,
        machine=machine,
        work_order=work_order,
        author=author,
        tags=tuple(json.loads(tags)),
        written_at=datetime.fromisoformat(written_at),
        changed_at=datetime.fromisoformat(changed_at),
        template=template,
        origin=None if origin is None else Origin.model_validate_json(origin),
        access=None if access is None else AccessLabel(access),
        revises=revises,
        revision=revision,
        record=None if record is None else json.loads(record),
        attachments=tuple(
            Attachment(id=one[0], name=one[1], media_type=one[2], bytes=one[3], sha256=one[4])
            for one in json.loads(files)
        ),
    )
