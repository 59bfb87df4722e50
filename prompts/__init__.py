"""Prompts as files, and the loader that fills them and counts their tokens. No logic.

A folder per prompt family (the ``general.architecture`` of a GGUF file), a file per prompt; what a family does not
have comes from ``default``.
"""

from prompts.loader import FilledPrompt, PromptError, PromptFile, load, use

__all__ = ["FilledPrompt", "PromptError", "PromptFile", "load", "use"]
