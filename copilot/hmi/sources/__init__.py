"""Where values come from: one module a protocol behind one seam. Nothing in here sends a value to the plant."""

from copilot.hmi.sources.base import Intake, Source, SourceLost
from copilot.hmi.sources.keeping import Backoff, keep_running

__all__ = ["Backoff", "Intake", "Source", "SourceLost", "keep_running"]
