"""What of the live side belongs to a question: the signals and alarms that matter, as evidence."""

from copilot.hmi.context.present import LivePresent

__all__ = ["LivePresent"]
