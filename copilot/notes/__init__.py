"""Notes of technicians: saved while they are written, found at once, handed in once, and evidence for later answers."""

from copilot.notes.looking import Machine
from copilot.notes.searching import Wanted
from copilot.notes.store import Notes
from copilot.notes.values import Attachment, Context, Found, Kept, Note, Origin, Quoted

__all__ = ["Attachment", "Context", "Found", "Kept", "Machine", "Note", "Notes", "Origin", "Quoted", "Wanted"]
