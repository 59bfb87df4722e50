"""Reads a prompt file: three parts under ``## system``, ``## context`` and ``## question``, with ``{{name}}`` to fill.

Text before the first part says what the prompt is for and what was measured; it is not sent.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final

_PARTS: Final = ("system", "context", "question", "reply")
_PART = re.compile(r"^## (\w+)[ \t]*\n", re.MULTILINE)
_FIELD = re.compile(r"\{\{(\w+)\}\}")


class PromptError(Exception):
    """A prompt file is missing or malformed, or a field of it was not given: a fault of the program."""


@dataclass(frozen=True, slots=True)
class FilledPrompt:
    """A prompt ready for an engine; the parts are those of the file."""

    system: str
    context: str
    question: str
    reply: str

    def count_tokens(self, count: Callable[[str], int]) -> int:
        """Tokens of all parts by an engine's own count, the chat template's few not included."""
        return sum(count(part) for part in (self.system, self.context, self.question, self.reply))


@dataclass(frozen=True, slots=True)
class PromptFile:
    """A prompt as it stands in its file.

    Attributes:
        name: "family/file".
        version: First characters of the sha256 of all parts: changes with every change of the wording.
    """

    name: str
    system: str
    context: str
    question: str
    reply: str
    version: str

    @property
    def fields(self) -> frozenset[str]:
        """Names that `fill` wants."""
        return frozenset(_FIELD.findall(self.system + self.context + self.question + self.reply))

    def fill(self, values: Mapping[str, str]) -> FilledPrompt:
        """Put ``values`` into the fields.

        A value is never searched for fields itself, whatever a document or a question holds.

        Raises:
            PromptError: A field has no value, or a value has no field.
        """
        if missing := self.fields - values.keys():
            raise PromptError(f"prompt {self.name} wants {', '.join(sorted(missing))}")
        if unknown := values.keys() - self.fields:
            raise PromptError(f"prompt {self.name} has no field {', '.join(sorted(unknown))}")

        def put(text: str) -> str:
            return _FIELD.sub(lambda match: values[match[1]], text)

        return FilledPrompt(put(self.system), put(self.context), put(self.question), put(self.reply))


def parse(name: str, text: str) -> PromptFile:
    """Read the parts of a prompt file.

    Raises:
        PromptError: A part is missing, unknown or there twice.
    """
    _, *pieces = _PART.split(text)
    parts = dict(zip(pieces[::2], (body.strip("\n") for body in pieces[1::2]), strict=True))
    if len(parts) * 2 != len(pieces):
        raise PromptError(f"prompt {name} has a part twice")
    if unknown := parts.keys() - set(_PARTS):
        raise PromptError(f"prompt {name} has an unknown part {', '.join(sorted(unknown))}")
    if "question" not in parts:
        raise PromptError(f"prompt {name} has no part ## question")
    system, context, question, reply = (parts.get(part, "") for part in _PARTS)
    version = hashlib.sha256("\0".join((system, context, question, reply)).encode()).hexdigest()[:12]
    return PromptFile(name, system, context, question, reply, version)


_own: Path | None = None


def use(folder: Path | None) -> None:
    """Have `load` look into a folder of the owner's before it takes what comes with the program; None: into none."""
    global _own
    if folder != _own:
        _own = folder
        load.cache_clear()


@cache
def load(family: str, name: str) -> PromptFile:
    """The prompt ``name`` for a family of models.

    Raises:
        PromptError: Neither the family nor ``default`` has it, or the file is malformed.
    """
    roots = (*([_own] if _own is not None else []), resources.files("prompts"))
    for folder in (family, "default"):
        if not re.fullmatch(r"[\w.-]+", folder) or folder.startswith("."):
            continue
        for root in roots:
            file = root / folder / f"{name}.md"
            if file.is_file():
                return parse(f"{folder}/{name}", file.read_text("utf-8"))
    raise PromptError(f"there is no prompt {name}, neither for {family} nor by default")
