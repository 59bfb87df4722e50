"""Intents: what an utterance asks for, without a language model."""

from copilot.voice.intents.expected import GrammarCommands
from copilot.voice.intents.understanding import GrammarUnderstanding

__all__ = ["GrammarCommands", "GrammarUnderstanding"]
