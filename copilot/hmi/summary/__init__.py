"""The summary of a shift: alarms, how the signals went, notes, and what was done. Made without a language model."""

from copilot.hmi.summary.making import make_summary
from copilot.hmi.summary.since import since_of

__all__ = ["make_summary", "since_of"]
