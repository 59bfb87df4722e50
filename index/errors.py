"""The one exception hierarchy of Edge Copilot.

It stands in the lowest room, because rooms import downwards only and every room raises from it::

    EdgeCopilotError
    ├── UsageError                 the call itself is wrong (exit code 2)
    ├── InputError                 a file or question can't be used (3)
    │   ├── UnsupportedDocument    no loader for this content
    │   ├── DamagedDocument        truncated, not what it claims to be
    │   ├── EncryptedDocument      needs a password
    │   ├── DocumentTooLarge       over a limit (size, pages, unpacked size)
    │   ├── UnreadableFile         vanished, no permission, not a regular file
    │   ├── QuestionError          empty, too long, nothing but control characters
    │   ├── NotThere               a note, conversation or procedure that was named isn't there
    │   └── NoteError              a note can't be kept as it is: empty, too long, too many files
    ├── ModelError                 a model is missing or must not be used (4)
    │   ├── ModelMissing
    │   └── ModelCorrupt           its hash differs: never loaded
    ├── StoreError                 the index file (5)
    │   ├── WrongKey
    │   ├── StoreCorrupt
    │   ├── StoreBusy              another process is writing
    │   └── StoreTooNew            written by a newer version
    ├── NetworkError               a source can't be reached (6)
    ├── ResourceError              the machine lacks something (7)
    │   ├── DiskFull
    │   ├── ReadOnlyData
    │   └── AudioError             no microphone or loudspeaker, or it went away
    ├── EngineError                the language model failed (8)
    │   └── EngineGone             its process has ended and is being started again
    └── SyncError                  new knowledge can't be fetched or used (10)
        ├── TrustError             not genuine, expired, or older than what was seen before
        ├── PackError              damaged, or not what it says of itself
        └── SyncRefused            a rule of this device forbids it now: metered link, battery, quiet hours

Every message is written for the person who reads it; ``remedy`` says what to do next.
"""

from __future__ import annotations

from typing import ClassVar


class EdgeCopilotError(Exception):
    """Root of every error that Edge Copilot raises on purpose.

    Args:
        message: What is wrong, in one sentence, in words for the person in front of the device.
        remedy: What to do next; empty where there is nothing to do.
    """

    exit_code: ClassVar[int] = 70

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class UsageError(EdgeCopilotError):
    """The call itself is wrong: an unknown setting, an option that doesn't fit."""

    exit_code = 2


class InputError(EdgeCopilotError):
    """A file or a question can't be used; the rest goes on without it."""

    exit_code = 3


class UnsupportedDocument(InputError):
    """No loader reads this kind of content."""


class DamagedDocument(InputError):
    """The content is truncated or is not what it claims to be."""


class EncryptedDocument(InputError):
    """The document needs a password."""


class DocumentTooLarge(InputError):
    """The document is over a limit: bytes, pages, or what it unpacks to."""


class UnreadableFile(InputError):
    """The file vanished, may not be read, or is no regular file."""


class QuestionError(InputError):
    """The question is empty, too long, or holds no words."""


class NotThere(InputError):
    """A note, a conversation or a procedure that was named isn't there."""


class NoteError(InputError):
    """A note can't be kept as it is: it is empty, too long, or has too many files."""


class ModelError(EdgeCopilotError):
    """A model is missing or must not be used."""

    exit_code = 4


class ModelMissing(ModelError):
    """The model is not on this device."""


class ModelCorrupt(ModelError):
    """A model file's hash differs from the catalogue: it is never loaded."""


class StoreError(EdgeCopilotError):
    """The index file can't be used."""

    exit_code = 5


class WrongKey(StoreError):
    """The index is encrypted and the key does not open it."""


class StoreCorrupt(StoreError):
    """The index file is damaged."""


class StoreBusy(StoreError):
    """Another process is writing to the index."""


class StoreTooNew(StoreError):
    """The index was written by a newer version of Edge Copilot."""


class NetworkError(EdgeCopilotError):
    """A source or an endpoint can't be reached."""

    exit_code = 6


class ResourceError(EdgeCopilotError):
    """The machine lacks something: disk, memory, a permission."""

    exit_code = 7


class DiskFull(ResourceError):
    """There is not enough room on the disk."""


class ReadOnlyData(ResourceError):
    """The data directory can't be written to."""


class AudioError(ResourceError):
    """There is no such microphone or loudspeaker, it can't be opened, or it went away."""


class EngineError(EdgeCopilotError):
    """The language model failed to load or to answer."""

    exit_code = 8


class EngineGone(EngineError):
    """The language model's process has ended and is being started again."""


class SyncError(EdgeCopilotError):
    """New knowledge can't be fetched or used; what was there before goes on answering."""

    exit_code = 10


class TrustError(SyncError):
    """What a hub offers is not genuine, has expired, or is older than what this device has seen before."""


class PackError(SyncError):
    """What was fetched is damaged, or is not what it says of itself."""


class SyncRefused(SyncError):
    """A rule of this device forbids it now: a metered link, the battery, quiet hours."""
