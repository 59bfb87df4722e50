"""The language model in a process of its own: what kills it kills no more than the answer that it was writing."""

from copilot.engines.child.engine import ChildEngine
from copilot.engines.child.messages import Load, PrefixesFile
from copilot.engines.child.restarting import RestartPolicy

__all__ = ["ChildEngine", "Load", "PrefixesFile", "RestartPolicy"]
