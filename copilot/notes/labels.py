"""Who may see a note. It is never less guarded than what it was taken from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from copilot.notes.values import Note
from index.documents import AccessLabel

_ORDER: Final = (AccessLabel.PUBLIC, AccessLabel.INTERNAL, AccessLabel.RESTRICTED)


def strictest(labels: Iterable[AccessLabel]) -> AccessLabel:
    """The strictest of ``labels``; of none, RESTRICTED: what isn't known to be allowed stays here."""
    return max(labels, key=_ORDER.index, default=AccessLabel.RESTRICTED)


def label_of(note: Note, configured: AccessLabel) -> AccessLabel:
    """The label of a note: as configured, or stricter where a person wishes so or what it stems from is."""
    labels = [configured]
    if note.access is not None:
        labels.append(note.access)
    if note.origin is not None and (note.origin.conversation is not None or note.origin.cited):
        labels.append(strictest((*note.origin.access, *(one.access for one in note.origin.cited))))
    return strictest(labels)
