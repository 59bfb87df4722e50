"""Settings of notes."""

from __future__ import annotations

from pydantic import Field

from copilot.settings.sections import Section
from index.documents import AccessLabel


class NotesSettings(Section):
    """What technicians write down: who may see it, and whether it comes up in answers."""

    access: AccessLabel = Field(
        default=AccessLabel.RESTRICTED,
        description="Label of notes. restricted: they never leave this device, neither for larger models nor for the "
        "hub. internal: they go to the hub, and to endpoints that are trusted.",
    )
    author: str = Field(default="", max_length=200, description="Who writes on this device, filled into notes.")
    in_answers: bool = Field(default=True, description="Whether past notes come up as evidence in answers.")
