"""Chat templates: a prompt as tokens, with the prefix apart and nobody's text taken for control tokens.

GGUF files carry a Jinja template (Hugging Face's chat-template convention). It is rendered once with marks where the
texts belong; each piece is then tokenized by itself, the template's own with control tokens, documents' and people's
text without.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NoReturn

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from copilot.engines.base import Prompt
from index.errors import EngineError

_SYSTEM: Final = "\ue000"
_CONTEXT: Final = "\ue001"
_QUESTION: Final = "\ue002"

CHATML: Final = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

Tokenize = Callable[[str, bool], list[int]]
"""Text, and whether control tokens in it are meant, to tokens."""


@dataclass(frozen=True, slots=True)
class PromptTokens:
    """A prompt as tokens: what is shared between questions, and what follows it."""

    prefix: tuple[int, ...]
    suffix: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.prefix) + len(self.suffix)


class ChatTemplate:
    """A model's chat template, cut into the pieces around system, context and question.

    Args:
        source: Jinja source from the GGUF file.
        begin: The model's beginning-of-text token as text, "" where it has none.
        end: Its end-of-text token as text.
        needs_begin: Whether the model wants ``begin`` first even where the template does not write it.

    Raises:
        EngineError: The template can't be rendered or drops a part of the prompt.
    """

    def __init__(self, source: str, *, begin: str = "", end: str = "", needs_begin: bool = False) -> None:
        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
        environment.globals.update(raise_exception=_raise, strftime_now=lambda form: datetime.now().strftime(form))
        try:
            render = environment.from_string(source).render
            try:
                pieces = self._render(render, begin, end, has_system=True)
            except Exception:  # a template may fail in any way
                # Some families (Gemma) refuse a system role: the instructions then open the user's message.
                pieces = self._render(render, begin, end, has_system=False)
        except Exception as error:
            raise EngineError(
                f"The model's chat template can't be used: {error}", "Name another model in engine.model."
            ) from error
        before, between, after = pieces
        if needs_begin and not before.startswith(begin):
            before = begin + before
        self._pieces = before, between, after

    @staticmethod
    def _render(render: Callable[..., str], begin: str, end: str, *, has_system: bool) -> tuple[str, str, str]:
        user = _CONTEXT + _QUESTION
        messages = [{"role": "system", "content": _SYSTEM}, {"role": "user", "content": user}]
        if not has_system:
            messages = [{"role": "user", "content": f"{_SYSTEM}\n\n{user}"}]
        text = render(messages=messages, add_generation_prompt=True, bos_token=begin, eos_token=end)
        before, found_system, rest = text.partition(_SYSTEM)
        between, found_user, after = rest.partition(user)
        if not (found_system and found_user):
            raise TemplateError("it drops the system text or the question")
        return before, between, after

    def tokens(self, prompt: Prompt, tokenize: Tokenize) -> PromptTokens:
        """``prompt`` as tokens."""
        before, between, after = self._pieces
        prefix = [
            *tokenize(before, True),
            *tokenize(prompt.system, False),
            *tokenize(between, True),
            *tokenize(prompt.context, False),
        ]
        suffix = [*tokenize(prompt.question, False), *tokenize(after, True), *tokenize(prompt.reply, False)]
        return PromptTokens(tuple(prefix), tuple(suffix))

    def base(self, system: str, tokenize: Tokenize) -> tuple[int, ...]:
        """The tokens that every prompt with this system text begins with."""
        before, between, _ = self._pieces
        return (*tokenize(before, True), *tokenize(system, False), *tokenize(between, True))


def _raise(message: str) -> NoReturn:
    raise TemplateError(message)
