"""Larger models elsewhere, behind OpenAI-compatible endpoints: asked in order and given up in time."""

from copilot.engines.cloud.cloud import Begun, Cloud, Exchange, Patience
from copilot.engines.cloud.endpoint import Endpoint, Phases
from copilot.engines.cloud.quality import LinkQuality
from copilot.engines.cloud.replies import Asked, Ended, Spent, Word

__all__ = [
    "Asked",
    "Begun",
    "Cloud",
    "Ended",
    "Endpoint",
    "Exchange",
    "LinkQuality",
    "Patience",
    "Phases",
    "Spent",
    "Word",
]
