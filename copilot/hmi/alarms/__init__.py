"""Alarms: what stands now, what came and went, and where alarms come from."""

from copilot.hmi.alarms.book import AlarmBook, Happening, Occurrence
from copilot.hmi.alarms.conditions import Condition
from copilot.hmi.alarms.journal import Journal
from copilot.hmi.alarms.rules import Rules

__all__ = ["AlarmBook", "Condition", "Happening", "Journal", "Occurrence", "Rules"]
