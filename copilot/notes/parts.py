"""Builds the notes from the settings; the faces call this through the assembly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copilot.notes.store import Notes
from copilot.notes.templates import FOLDER, Templates
from copilot.uploading import Uploading

if TYPE_CHECKING:
    from copilot.settings import Settings


def open_notes(settings: Settings, key: str | None, uploading: Uploading | None) -> Notes:
    """The notes of a data directory.

    Args:
        settings: Of the data directory.
        key: The index's.
        uploading: The way to the outbox; None keeps every note here.
    """
    return Notes(
        settings.notes_file,
        key,
        access=settings.notes.access,
        templates=Templates(settings.data_dir / FOLDER),
        outbox=uploading,
        author=settings.notes.author,
    )
