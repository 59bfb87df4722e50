"""The body of a chat completion, from its messages to its bytes.

Source: OpenAI API reference, "Create chat completion" and "Function calling".
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any, Final

from copilot.engines.base import GenerationOptions

SEARCH_TOOL: Final = "search"
_TOOL: Final[dict[str, Any]] = {
    "type": "function",
    "function": {
        "name": SEARCH_TOOL,
        "description": "Look for more excerpts in the manuals, where those given don't answer the question.",
        "parameters": {
            "type": "object",
            "properties": {"query": {"type": "string", "description": "What to look for: a few words."}},
            "required": ["query"],
            "additionalProperties": False,
        },
    },
}


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    Attributes:
        role: system, user, assistant or tool.
        call_id: Of an assistant's tool call, or of the tool's reply to it; else "".
        query: Of an assistant's tool call; else "".
    """

    role: str
    text: str
    call_id: str = ""
    query: str = ""

    def as_json(self) -> dict[str, Any]:
        """As the protocol has it."""
        if self.role == "tool":
            return {"role": "tool", "tool_call_id": self.call_id, "content": self.text}
        if self.call_id:
            arguments = json.dumps({"query": self.query}, ensure_ascii=False)
            call = {
                "id": self.call_id,
                "type": "function",
                "function": {"name": SEARCH_TOOL, "arguments": arguments},
            }
            return {"role": "assistant", "content": self.text or None, "tool_calls": [call]}
        return {"role": self.role, "content": self.text}


@dataclass(frozen=True, slots=True)
class Request:
    """Messages and how they are to be answered.

    Attributes:
        model: Name that the endpoint knows the model by.
        may_ask: Whether the endpoint may ask for more passages.
    """

    model: str
    messages: tuple[Message, ...]
    options: GenerationOptions
    may_ask: bool = False

    def with_messages(self, *messages: Message) -> Request:
        """The same, going on with ``messages``."""
        return replace(self, messages=(*self.messages, *messages))

    def without_asking(self) -> Request:
        """The same; the endpoint is to answer now."""
        return replace(self, may_ask=False)

    def encode(self) -> bytes:
        """As bytes: JSON in UTF-8 without escapes, so that what is looked for in them can be found."""
        body: dict[str, Any] = {
            "model": self.model,
            "messages": [message.as_json() for message in self.messages],
            "max_tokens": self.options.max_tokens,
            "temperature": 0,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if self.options.stop:
            body["stop"] = list(self.options.stop)
        if self.may_ask:
            body["tools"] = [_TOOL]
            body["tool_choice"] = "auto"
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
