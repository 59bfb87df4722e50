"""Which signals there are: ``signals.toml``, read with clear complaints."""

from copilot.hmi.registry.reading import read_registry
from copilot.hmi.registry.registry import Registry

__all__ = ["Registry", "read_registry"]
