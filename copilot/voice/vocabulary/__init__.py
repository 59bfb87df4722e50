"""The words that speech to text should expect, chosen from the collection for what is talked about."""

from copilot.voice.vocabulary.prompter import IndexPrompter, compose

__all__ = ["IndexPrompter", "compose"]
