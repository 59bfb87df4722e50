"""What goes up: kept encrypted on the device, shown before it leaves, delivered until the hub has it."""

from sync.outbox.items import Draft, File, Kept, Receipt
from sync.outbox.policy import OutboxPolicy, find_policy
from sync.outbox.preparing import HeldBack, Preparer
from sync.outbox.store import Outbox

__all__ = ["Draft", "File", "HeldBack", "Kept", "Outbox", "OutboxPolicy", "Preparer", "Receipt", "find_policy"]
