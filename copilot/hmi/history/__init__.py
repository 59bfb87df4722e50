"""What a signal was: its last values, a value a minute, its trend, and what is odd about it."""

from copilot.hmi.history.history import History, Minute
from copilot.hmi.history.oddities import oddities, outside
from copilot.hmi.history.trend import trend_of

__all__ = ["History", "Minute", "oddities", "outside", "trend_of"]
