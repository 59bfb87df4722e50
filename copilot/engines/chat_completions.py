"""What an OpenAI-compatible endpoint sends, read piece by piece; used by every engine over HTTP.

Source: OpenAI API reference, "Create chat completion", streamed as server-sent events.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from index.errors import EngineError, UsageError


@dataclass(frozen=True, slots=True)
class CallPart:
    """A piece of a tool call: they come in parts, told apart by their number.

    Attributes:
        number: Which call of the reply it belongs to.
        id, name: In the first part of a call; "" in the others.
        arguments: A piece of JSON.
    """

    number: int
    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Delta:
    """One event of a streamed reply.

    Attributes:
        text: What it adds to the reply.
        usage: Counts of the whole reply, where the event has them.
        finished: Whether the reply ends with it.
        calls: What it adds to tool calls.
    """

    text: str
    usage: Mapping[str, Any] | None
    finished: bool
    calls: tuple[CallPart, ...] = ()


def read_event(data: str) -> Delta:
    """Read one event.

    Raises:
        EngineError: It is not what the protocol says, or reports an error.
    """
    try:
        event = json.loads(data)
        if "error" in event:
            raise EngineError("The endpoint reported an error while answering.", "Look at its log.")
        choices = event.get("choices") or [{}]
        delta = choices[0].get("delta") or {}
        usage = event.get("usage")
        return Delta(
            str(delta.get("content") or ""),
            usage if isinstance(usage, dict) else None,
            choices[0].get("finish_reason") is not None,
            tuple(_call(part) for part in delta.get("tool_calls") or ()),
        )
    except (ValueError, AttributeError, LookupError, TypeError, RecursionError) as error:
        raise EngineError(
            "The endpoint sent something that is no chat completion.", "Check the address of the endpoint."
        ) from error


def _call(part: Mapping[str, Any]) -> CallPart:
    function = part.get("function") or {}
    return CallPart(
        int(part.get("index") or 0),
        str(part.get("id") or ""),
        str(function.get("name") or ""),
        str(function.get("arguments") or ""),
    )


def count(counts: object, name: str) -> int:
    """A count of a usage; 0 where it has none, or of another kind."""
    value = counts.get(name) if isinstance(counts, Mapping) else None
    return value if isinstance(value, int) and value >= 0 else 0


def web_address(text: str, setting: str) -> httpx.URL:
    """``text`` as an address.

    Args:
        setting: Named in the message.

    Raises:
        UsageError: It is none.
    """
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in ("http", "https") or not url.host:
        raise UsageError(f"{setting} is no web address: {text}", "Write it as http://host:port/v1.")
    return url


def place_of(url: httpx.URL) -> str:
    """Scheme, host and port: what may be told of an address, without any password."""
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_key(key: str | None, setting: str) -> None:
    """Refuse a key that can be none, without showing it.

    Raises:
        UsageError: It holds a character that no key has.
    """
    if key is not None and not (key.isascii() and key.isprintable()):
        raise UsageError(
            "The key for the endpoint holds a character that no key has, such as the end of a line.",
            f"Look at {setting}.",
        )
