"""What goes up from this device, as the application uses it: its outbox, its policy, its way to the hub."""

from copilot.uploading.parts import Uploading

__all__ = ["Uploading"]
