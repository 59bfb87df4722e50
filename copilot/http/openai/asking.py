"""From a chat to a question: which model is meant, what is asked, what was said before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from copilot.answering.turns import Turn
from copilot.http.openai.failing import NotPossible
from copilot.http.openai.wire import ChatBody, Message
from copilot.http.wire import Wish

DEFAULT: Final = "edge-copilot"
LOCAL: Final = "edge-copilot-local"
CLOUD: Final = "edge-copilot-cloud"
QUOTES: Final = "edge-copilot-quotes"

_OF_OPENAI: Final = re.compile(r"(?:gpt|chatgpt|o\d|codex)(?:[-.\d]|$)")
"""Programs that let nobody choose the model ask for one of these; they get the default."""

_TURNS: Final = 3  # as many as a conversation of our own is remembered


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a model's name stands for.

    Attributes:
        id: The name that is answered with.
        use_model: Whether a language model may write.
        wish: Where.
    """

    id: str
    use_model: bool
    wish: Wish


_CHOICES: Final = {
    DEFAULT: Chosen(DEFAULT, use_model=True, wish="auto"),
    LOCAL: Chosen(LOCAL, use_model=True, wish="local"),
    CLOUD: Chosen(CLOUD, use_model=True, wish="cloud"),
    QUOTES: Chosen(QUOTES, use_model=False, wish="auto"),
}


def names(*, model: bool, cloud: bool) -> tuple[str, ...]:
    """The names that can be asked for.

    Args:
        model: Whether there is a language model.
        cloud: Whether larger models elsewhere are configured.
    """
    return (DEFAULT, *((LOCAL,) if model else ()), *((CLOUD,) if model and cloud else ()), QUOTES)


def chosen(model: str, known: Sequence[str]) -> Chosen:
    """What ``model`` stands for.

    Raises:
        NotPossible: Nothing.
    """
    if model in known:
        return _CHOICES[model]
    if _OF_OPENAI.match(model):
        return _CHOICES[DEFAULT]
    raise NotPossible(
        f"There is no model “{model}”.", "model", "model_not_found", f"There are: {', '.join(known)}.", status=404
    )


def text_of(message: Message) -> str:
    """The text of a message.

    Raises:
        NotPossible: It holds something else.
    """
    if message.content is None or isinstance(message.content, str):
        return message.content or ""
    for part in message.content:
        if part.type not in ("text", "input_text", "output_text", "refusal"):
            raise NotPossible(
                f"A message holds a part of type “{part.type}”; only text can be read.", "messages", "unsupported_value"
            )
    return "\n".join(part.text for part in message.content if part.text)


def question_of(messages: Sequence[Message]) -> tuple[str, tuple[Turn, ...]]:
    """The question, and the exchanges before it, oldest first.

    Instructions (system, developer) are not handed to the model: what it is told is fixed, so that answers stay tied
    to the documents and a passage is read once for everybody. Messages of tools are no exchange with the person.

    Raises:
        NotPossible: The last message is not the person's, or one can't be read.
    """
    spoken = [(message.role, text_of(message)) for message in messages if message.role in ("user", "assistant")]
    if not spoken or messages[-1].role != "user":
        raise NotPossible("The last message must be the question, of role user.", "messages", "invalid_value")
    *before, (_, question) = spoken
    turns: list[Turn] = []
    asked: str | None = None
    for role, text in before:
        if role == "user":
            asked = text
        elif asked is not None:
            # Where the words of the answer came from, nobody knows any more: so nothing of it may leave this device.
            turns.append(Turn(asked, text, sources=None))
            asked = None
    return question, tuple(turns[-_TURNS:])


def check(body: ChatBody) -> None:
    """Refuse what can't be done and would not be missed silently.

    Raises:
        NotPossible: One thing is asked for that can't be done.
    """
    if body.n not in (None, 1):
        raise NotPossible("There is one answer to a question.", "n")
    if body.logprobs:
        raise NotPossible("The probabilities of single tokens are not told.", "logprobs")
    if body.tool_choice not in (None, "auto", "none"):
        raise NotPossible("This model calls no tools.", "tool_choice")
    if isinstance(body.response_format, dict) and body.response_format.get("type", "text") != "text":
        raise NotPossible("Answers are text with citations.", "response_format")
    if isinstance(body.modalities, list) and "audio" in body.modalities:
        raise NotPossible("Answers are text.", "modalities", remedy="Speech goes over /v1/voice.")
