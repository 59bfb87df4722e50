"""A walk as a record: Markdown for people, and the walk itself for going on with it and for machines."""

from __future__ import annotations

from typing import Final

from pydantic import JsonValue, ValidationError

from copilot.answering.excerpts import place
from copilot.notes.values import Note, Origin, Quoted
from copilot.procedures.values import Entry, Procedure, Step, StepState, Walk
from copilot.procedures.walking import concerns, said_s
from index.errors import StoreCorrupt

TAG: Final = "procedure"
_MARKS: Final = {"open": "[ ]", "done": "[x]", "skipped": "[-]"}
_STATUS: Final = {
    "walking": "under way",
    "paused": "paused",
    "finished": "finished",
    "ended": "ended early",
}
_VERDICTS: Final = {"in": "within", "out": "OUT", "unknown": "not checked"}


def as_record(walk: Walk) -> dict[str, JsonValue]:
    """``walk`` as it is kept in a note."""
    return {"walk": walk.model_dump(mode="json")}


def walk_of(note: Note) -> Walk:
    """The walk that a note records.

    Raises:
        StoreCorrupt: There is none in it, or of another version.
    """
    try:
        return Walk.model_validate((note.record or {}).get("walk"))
    except ValidationError as error:
        raise StoreCorrupt(
            f"The record {note.id} can't be gone on with.", "It can still be read: edge-copilot notes show."
        ) from error


def origin_of(procedure: Procedure) -> Origin | None:
    """What a record stems from; None for a procedure of no document."""
    if not procedure.document:
        return None
    return Origin(
        cited=(
            Quoted(
                document=procedure.document,
                title=procedure.document_title,
                section=procedure.section,
                page=procedure.page,
                collection=procedure.collection,
                access=procedure.access,
                chunk_id=procedure.chunk_id,
            ),
        ),
        access=(procedure.access,),
    )


def as_markdown(walk: Walk) -> str:
    """The record for people: what was done, with which values, and what somebody should look at again."""
    procedure = walk.procedure
    begun, ended = walk.begun_at.astimezone(), walk.ended_at and walk.ended_at.astimezone()
    lines = [f"# {procedure.title}", ""]
    if procedure.document:
        lines.append(f"After: {place(procedure.document_title, procedure.section, procedure.page)}  ")
    when = f"{begun:%Y-%m-%d %H:%M}" + (f" to {ended:%Y-%m-%d %H:%M}" if ended else "")
    lines.append(f"{when}, {_STATUS[walk.status]}, {said_s(walk.spent_s)} at work  ")
    done = sum(one.status == "done" for one in walk.steps)
    skipped = sum(one.status == "skipped" for one in walk.steps)
    lines.append(f"{done} of {len(walk.steps)} steps done" + (f", {skipped} skipped" if skipped else ""))
    if walk.reason:
        lines.append(f"Ended early: {walk.reason}")
    if found := concerns(walk):
        lines += ["", "## To look at", *(f"- {one}" for one in found)]
    lines += ["", "## Steps"]
    for step, state in zip(procedure.steps, walk.steps, strict=True):
        lines += _step_lines(step, state)
    return "\n".join(lines).rstrip() + "\n"


def _step_lines(step: Step, state: StepState) -> list[str]:
    indent = "  " * step.depth
    number = f"{step.number}. " if step.number else ""
    spent = f" ({said_s(state.spent_s)})" if state.status == "done" and state.spent_s >= 1 else ""
    lines = [f"{indent}- {_MARKS[state.status]} {number}{step.text}{spent}"]
    inner = f"{indent}  "
    if state.status == "skipped":
        lines.append(f"{inner}- skipped: {state.reason}")
    lines += [f"{inner}- {_entry(step, one)}" for one in state.entries]
    if state.remark:
        lines += [f"{inner}- {line}" for line in state.remark.splitlines() if line.strip()]
    return lines


def _entry(step: Step, entry: Entry) -> str:
    if entry.limit is None:
        return f"entered: {entry.text}"
    return f"{step.limits[entry.limit].text}: {entry.text}, {_VERDICTS[entry.verdict]}"
