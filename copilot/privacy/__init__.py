"""The wall: what may leave this device in a question, and in which words.

Nothing is sent but an `Outgoing`, and only a `copilot.privacy.wall.Wall` makes one. What an engine needs stands here;
the wall itself, its policy and its look into the library stand in their modules.
"""

from copilot.privacy.audit import AuditLog, Departure
from copilot.privacy.outgoing import Outgoing
from copilot.privacy.values import Held, PriorTurn, Recipient, Refused, Source, ToolCall

__all__ = [
    "AuditLog",
    "Departure",
    "Held",
    "Outgoing",
    "PriorTurn",
    "Recipient",
    "Refused",
    "Source",
    "ToolCall",
]
