"""``/v1/notes``: what technicians wrote down, and a way to write more."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query
from pydantic import AwareDatetime, Field, JsonValue

from copilot.http.noting import change, kept_note, origin_of
from copilot.http.problems import Refused
from copilot.http.security.callers import Caller
from copilot.http.services import Noter, Reader, ServicesOf
from copilot.http.status import iso
from copilot.http.wire import Conversation, Limit, Line, Offset, Wire
from copilot.notes import Context, Note, Wanted
from copilot.notes.values import LONGEST_TEXT, NoteKind
from index.documents import AccessLabel

router = APIRouter(tags=["notes"])

NOTES = "notes"
"""What a key that is limited to collections must also name to see notes."""

Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$", examples=["k3w9"])]
Tags = Annotated[tuple[Annotated[Line, Field(min_length=1, max_length=60)], ...], Field(max_length=50)]


class NoteBody(Wire):
    """``POST /v1/notes``."""

    text: str = Field(min_length=1, max_length=LONGEST_TEXT, description="Markdown.", examples=["Coil replaced."])
    machine: Line = Field(default="", max_length=200, examples=["press 3"])
    work_order: Line = Field(default="", max_length=200)
    author: Line = Field(default="", max_length=200)
    tags: Tags = ()
    access: AccessLabel | None = Field(default=None, description="A stricter label than the configured one.")
    conversation: Conversation | None = Field(
        default=None, description="What it was taken from: the note is then guarded like what was said there."
    )


class NoteChange(Wire):
    """``PATCH /v1/notes/{id}``: what is left out stays."""

    text: str | None = Field(default=None, min_length=1, max_length=LONGEST_TEXT)
    machine: Line | None = Field(default=None, max_length=200)
    work_order: Line | None = Field(default=None, max_length=200)
    author: Line | None = Field(default=None, max_length=200)
    tags: Tags | None = None
    revision: int | None = Field(
        default=None, ge=1, le=2**31, description="Refuse the change where the note has another revision by now."
    )


class AttachmentJson(Wire):
    """A file that belongs to a note."""

    name: str
    media_type: str
    bytes: int


class NoteJson(Wire):
    """A note."""

    id: str
    title: str
    text: str
    machine: str
    work_order: str
    author: str
    tags: tuple[str, ...]
    kind: NoteKind
    record: dict[str, JsonValue] | None
    access: AccessLabel
    written_at: str
    changed_at: str
    revision: int
    attachments: tuple[AttachmentJson, ...]
    notice: str = Field(default="", description="What is to be said about keeping it; empty where nothing is.")


class NotesJson(Wire):
    """Notes, the newest first; of a search, the best first."""

    notes: tuple[NoteJson, ...]


class DeletedNoteJson(Wire):
    """What was deleted."""

    deleted: str
    notice: str


_NewNote = Annotated[
    NoteBody,
    Body(
        openapi_examples={
            "a note": {
                "value": {"text": "Coil of BR-120 replaced, 24 V measured.", "machine": "press 3", "tags": ["brake"]}
            }
        }
    ),
]


@router.get("/v1/notes")
async def notes(
    services: ServicesOf,
    caller: Reader,
    query: Annotated[str, Query(max_length=500, description="Words that it must hold.")] = "",
    machine: Annotated[str, Query(max_length=200, description="However it is written: Press 3 is press-3.")] = "",
    tag: Annotated[list[str] | None, Query(max_length=20, description="All of these.")] = None,
    since: Annotated[AwareDatetime | None, Query(description="Begun at this time or later.")] = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> NotesJson:
    """List the notes of this device, or search them."""
    _may_read(caller)
    wanted = Wanted(machine=machine, tags=tuple(tag or ()), state="kept", since=since, limit=limit, offset=offset)

    def look() -> NotesJson:
        kept = services.assembly.notes
        return NotesJson(notes=tuple(_json(one.note, kept.label_of(one.note)) for one in kept.search(query, wanted)))

    return await services.keeping.run(look, caller.client)


@router.post("/v1/notes", status_code=201)
async def add(body: _NewNote, services: ServicesOf, caller: Noter) -> NoteJson:
    """Write a note. It is on the disk when this answers, and on its way to the hub where one is configured."""

    def work() -> NoteJson:
        kept = services.assembly.notes
        origin = origin_of(services.assembly.conversations, caller, body.conversation) if body.conversation else None
        context = Context(machine=body.machine, work_order=body.work_order, author=body.author)
        done = kept.add(body.text, context=context, tags=body.tags, origin=origin, access=body.access)
        return _json(done.note, kept.label_of(done.note), done.notice)

    return await services.keeping.run(work, caller.client)


@router.get("/v1/notes/{id}")
async def note(id: Id, services: ServicesOf, caller: Reader) -> NoteJson:  # noqa: A002 - its name in the path
    """Open a note."""
    _may_read(caller)

    def look() -> NoteJson:
        found = kept_note(services.assembly.notes, id)
        return _json(found, services.assembly.notes.label_of(found))

    return await services.keeping.run(look, caller.client)


@router.patch("/v1/notes/{id}")
async def patch(id: Id, body: NoteChange, services: ServicesOf, caller: Noter) -> NoteJson:  # noqa: A002 - as above
    """Change a note. 409 where somebody else has changed it, or is doing so."""
    _may_read(caller)
    given = body.model_dump(exclude_none=True, exclude={"revision"})

    def work() -> NoteJson:
        done = change(services.assembly.notes, id, given, body.revision)
        return _json(done.note, services.assembly.notes.label_of(done.note), done.notice)

    return await services.keeping.run(work, caller.client)


@router.delete("/v1/notes/{id}")
async def delete(id: Id, services: ServicesOf, caller: Noter) -> DeletedNoteJson:  # noqa: A002 - as above
    """Delete a note with its files, and take it out of the outbox where it still waits there."""
    _may_read(caller)

    def work() -> str:
        return services.assembly.notes.delete(kept_note(services.assembly.notes, id).id)

    return DeletedNoteJson(deleted=id, notice=await services.keeping.run(work, caller.client))


def _may_read(caller: Caller) -> None:
    """Notes belong to no collection, so a key that is limited to some sees none, unless it is told otherwise."""
    if not caller.sees(NOTES):
        raise Refused(
            403, "This key may not see notes.", f"Make one that may: edge-copilot keys add NAME --collection {NOTES}"
        )


def _json(note: Note, access: AccessLabel, notice: str = "") -> NoteJson:
    return NoteJson(
        id=note.id,
        title=note.title,
        text=note.text,
        machine=note.machine,
        work_order=note.work_order,
        author=note.author,
        tags=note.tags,
        kind=note.kind,
        record=note.record,
        access=access,
        written_at=iso(note.written_at),
        changed_at=iso(note.changed_at),
        revision=note.revision,
        attachments=tuple(
            AttachmentJson(name=one.name, media_type=one.media_type, bytes=one.bytes) for one in note.attachments
        ),
        notice=notice,
    )
