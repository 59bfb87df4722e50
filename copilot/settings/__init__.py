"""Settings: one ``copilot.toml``, the environment (``EDGE_COPILOT_…``) and flags."""

from copilot.settings.cloud import CloudSettings, EndpointSettings, RouteSettings
from copilot.settings.sections import (
    AnswerSettings,
    EmbeddingSettings,
    EngineSettings,
    IndexSettings,
    LogSettings,
    ModelsSettings,
    SearchSettings,
)
from copilot.settings.settings import Settings, config_path, known_keys
from copilot.settings.sources import Origin

__all__ = [
    "AnswerSettings",
    "CloudSettings",
    "EmbeddingSettings",
    "EndpointSettings",
    "EngineSettings",
    "IndexSettings",
    "LogSettings",
    "ModelsSettings",
    "Origin",
    "RouteSettings",
    "SearchSettings",
    "Settings",
    "config_path",
    "known_keys",
]
