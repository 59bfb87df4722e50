"""Notes as Markdown, for a report."""

from __future__ import annotations

from collections.abc import Sequence

from copilot.answering.excerpts import place
from copilot.notes.values import Note


def as_markdown(notes: Sequence[Note]) -> str:
    """All of ``notes`` in their order, each with its facts and the places that it stems from."""
    return "\n---\n\n".join(_one(note) for note in notes)


def _one(note: Note) -> str:
    facts = [
        f"{note.written_at.astimezone():%Y-%m-%d %H:%M}",
        note.machine,
        f"work order {note.work_order}" if note.work_order else "",
        note.author,
        " ".join(f"#{tag.replace(' ', '-')}" for tag in note.tags),
        note.id + ("" if note.state == "kept" else " (draft)"),
    ]
    lines = [f"*{' · '.join(fact for fact in facts if fact)}*", "", note.text.strip(), ""]
    if note.attachments:
        lines += [*(f"- file: {file.name} ({file.bytes:,} bytes)" for file in note.attachments), ""]
    if note.origin is not None and note.origin.cited and note.kind == "note":
        lines.append("Taken from:")
        lines += [f"- {place(one.title, one.section, one.page)}" for one in note.origin.cited]
        lines.append("")
    return "\n".join(lines)
