"""Notes as the endpoint writes and changes them."""

from __future__ import annotations

from collections.abc import Mapping

from copilot.answering.conversations import Conversations
from copilot.http.problems import Refused
from copilot.http.security.callers import Caller
from copilot.http.talks import opened
from copilot.notes import Kept, Note, Notes, Origin, Quoted
from index.documents import AccessLabel
from index.errors import NotThere


def kept_note(notes: Notes, id_: str) -> Note:
    """A note by its whole id; drafts belong to the screen that they are written on.

    Raises:
        NotThere: There is none.
    """
    found = notes.get(id_)
    if found.id != id_ or found.state != "kept":
        raise NotThere(f"There is no note {id_}.", "See: GET /v1/notes")
    return found


def change(notes: Notes, id_: str, given: Mapping[str, object], revision: int | None) -> Kept:
    """Change a note.

    Args:
        notes: All of them.
        id_: Which.
        given: New values by field.
        revision: Which the change was made from; None: whichever there is.

    Raises:
        NotThere: There is no such note.
        Refused: It has another revision by now, or somebody is changing it.
        NoteError: It can't be kept so.
    """
    before = kept_note(notes, id_)
    if revision is not None and revision != before.revision:
        raise Refused(
            409, f"The note was changed meanwhile: it has revision {before.revision}.", "Read it again, then change it."
        )
    if any(draft.revises == id_ for draft in notes.drafts()):
        raise Refused(409, "Somebody is changing this note on the device itself.", "Try again when they are done.")
    draft = notes.revise(id_)
    try:
        return notes.keep(draft.model_copy(update=dict(given)))
    except BaseException:
        notes.discard(draft)
        raise


def origin_of(conversations: Conversations, caller: Caller, conversation: str) -> Origin:
    """What a note takes over from a caller's conversation: where it stands, and how it is guarded.

    Raises:
        NotThere: They have none with this id.
    """
    talk, turns = opened(conversations, caller, conversation)
    last = turns[-1] if turns else None
    labels: set[AccessLabel] = set()
    for turn in turns:
        sources = turn.sources
        labels |= {AccessLabel.RESTRICTED} if sources is None else {AccessLabel(source.access) for source in sources}
    return Origin(
        conversation=talk.id,
        question=last.question if last is not None else "",
        cited=tuple(
            Quoted(
                document=one.document,
                title=one.title,
                section=one.section,
                page=one.page,
                quote=one.quote,
                collection=one.collection,
                access=one.access,
                chunk_id=one.chunk_id,
            )
            for one in (last.cited if last is not None else ())
        ),
        access=tuple(sorted(labels)),
    )
