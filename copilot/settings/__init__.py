"""Settings: one ``copilot.toml``, the environment (``EDGE_COPILOT_…``) and flags."""

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
    "EmbeddingSettings",
    "EngineSettings",
    "IndexSettings",
    "LogSettings",
    "ModelsSettings",
    "Origin",
    "SearchSettings",
    "Settings",
    "config_path",
    "known_keys",
]
